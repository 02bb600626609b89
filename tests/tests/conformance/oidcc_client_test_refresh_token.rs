//! `oidcc-client-test-refresh-token`: refresh tokens are good once. The client uses the new tokens: the
//! access token at UserInfo, the refresh token for the next refresh; the new ID token is checked
//! against the first (OpenID Connect Core §12.2).

use tegata_testkit::Endpoint as At;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with_rotating_refresh_tokens();
    let signed_in = stage.sign_in(stage.request().offline()).unwrap();
    let (before, first) = (signed_in.tokens().unwrap(), signed_in.claims().as_first());

    let refreshed = stage.client.refresh(before, Some(&first)).unwrap();
    let after = refreshed.tokens();
    assert_eq!(refreshed.id_token().unwrap().unwrap().subject(), "alice");
    assert_ne!(after.access_token(), before.access_token());
    assert_ne!(after.refresh_token(), before.refresh_token());
    let user_info = stage.client.user_info(after, signed_in.claims()).unwrap();
    assert_eq!(user_info.subject(), "alice");

    stage.client.refresh(after, Some(&first)).unwrap();
    assert_eq!(stage.provider.count(At::Token), 3);
}
