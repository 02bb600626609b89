//! A token that is at hand costs no allocation.

use std::time::Duration;

use tegata_core::metadata::ServerMetadata;
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::token::TokenSet;
use tegata_providers::openid;
use tegata_tokens::GrantId;
use tegata_tokens::store::MemoryStore;
use tegata_ureq::Client;

#[test]
fn a_token_at_hand_costs_no_allocation() {
    let config = openid::public_client("https://op.example.com", "client").unwrap();
    let metadata = ServerMetadata::new(config.issuer().clone());
    let config = config.with_metadata(metadata).unwrap();
    let silence = |_| -> Result<_, tegata_core::error::TransportError> { unreachable!() };
    let client = Client::builder(config).transport(silence).build().unwrap();
    let now = client.now();
    let tokens = TokenSet::new(AccessToken::new("token"), now)
        .with_expires_at(now.plus(Duration::from_secs(3600)));
    let grant = GrantId::new("https://op.example.com", "client", "subject");
    let manager = client.tokens(MemoryStore::new()).build();
    let handle = manager.keep_as(grant, &tokens, &Scope::empty()).unwrap();
    // The first load of a thread makes its own place to note borrows in.
    handle.access_token(Duration::ZERO).unwrap();
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let token = handle.access_token(Duration::ZERO).unwrap();
            assert_eq!(token.token().expose(), "token");
        }
    });
    assert_eq!(counted.count_total, 0);
}
