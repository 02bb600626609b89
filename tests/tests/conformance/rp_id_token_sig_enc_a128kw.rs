//! `rp-id_token-sig+enc-a128kw` of the tool of 2020: ID tokens are signed and then encrypted by a key
//! that both sides make of the client secret (OpenID Connect Core §10.2).

use tegata_core::error::TokenFault;
use tegata_core::secret::ClientSecret;
use tegata_oidc::decryption::{
    ContentEncryption, Decryption, DecryptionKey, Encryption, KeyManagement,
};
use tegata_testkit::encryption::recipient_by_secret;
use tegata_testkit::{Client as Registered, Fault};

use super::stage::{Stage, Variant, registered};

const AGREED: Encryption = Encryption::new(KeyManagement::A128Kw, ContentEncryption::A256CbcHs512);

pub(crate) fn run(variant: Variant) {
    stage(variant).accepts();
    let stage = stage(variant);
    stage.provider.misbehave(Fault::EncryptionKeyOther);
    stage.refuses_id_token(TokenFault::Decryption);
}

fn stage(variant: Variant) -> Stage {
    let recipient = recipient_by_secret(Registered::ODD_SECRET, AGREED);
    let secret = ClientSecret::new(Registered::ODD_SECRET);
    let key = DecryptionKey::from_client_secret(&secret, AGREED).unwrap();
    let client = registered().id_token_encrypted_response(AGREED, recipient);
    variant.encrypted(client, Decryption::new([key]).with_id_tokens(AGREED))
}
