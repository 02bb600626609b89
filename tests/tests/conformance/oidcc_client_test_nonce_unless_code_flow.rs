//! `oidcc-client-test-nonce-unless-code-flow`: the provider refuses a request without a `nonce`,
//! `code token` too. The one that was sent comes back in the ID token.

use tegata_testkit::Endpoint as At;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    let signed_in = stage.accepts();
    let sent = stage.provider.requests();
    let sent = sent.iter().find(|seen| seen.endpoint() == At::Authorization).unwrap();
    assert_eq!(sent.parameter("nonce").as_deref(), signed_in.claims().nonce());
    assert!(signed_in.claims().nonce().is_some());
}
