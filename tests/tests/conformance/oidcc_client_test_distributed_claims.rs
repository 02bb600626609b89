//! `oidcc-client-test-distributed-claims`: a credit score is to be had from another party, with a token
//! for it (OpenID Connect Core §5.6.2.2). That token goes there, in the header, and no other does.

use tegata_testkit::{Endpoint as At, Fault};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::UserinfoDistributed);
    let signed_in = stage.sign_in(stage.request()).unwrap();
    let user_info = stage.user_info(&signed_in).unwrap().unwrap();
    let source = user_info.claim_source("credit_score").unwrap().unwrap();
    let claims = stage.client.run(source.fetch()).unwrap();
    let claims = claims.dangerous_unverified().unwrap();
    assert_eq!(claims.get("credit_score").and_then(|score| score.as_u64()), Some(650));

    let seen = stage.provider.requests();
    let asked = seen.iter().find(|seen| seen.endpoint() == At::Claims).unwrap();
    let sent = asked.header("authorization").unwrap();
    let own = signed_in.tokens().unwrap().access_token().expose();
    assert!(sent.starts_with("Bearer ") && !sent.contains(own));
    assert!(asked.request().uri().query().is_none());
}
