//! `oidcc-client-test-userinfo-bearer-body`: the access token is taken from a posted form alone
//! (RFC 6750 §2.2), for which the client has a way of its own.

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::BearerBodyOnly);
    let signed_in = stage.sign_in(stage.request()).unwrap();
    let token = signed_in.tokens().unwrap().access_token();
    let party = stage.client.relying_party();
    let user_info = stage.client.run(party.user_info(token, signed_in.claims()).in_body()).unwrap();
    assert_eq!(user_info.standard_claims().email(), Some("alice@example.com"));
    assert!(stage.user_info(&signed_in).unwrap().is_err(), "the header is refused");
}
