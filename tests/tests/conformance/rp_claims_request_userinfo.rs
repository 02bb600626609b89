//! `rp-claims_request-userinfo` of the tool of 2020: a claim is asked for by its name, from UserInfo
//! (OpenID Connect Core §5.5), and no scope.

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    let claims = r#"{"userinfo": {"name": null}}"#;
    let request = stage.request_for("openid").parameter("claims", claims).unwrap();
    let signed_in = stage.sign_in(request).unwrap();
    assert_eq!(signed_in.standard_claims().name().plain(), None);
    let said = stage.user_info(&signed_in).unwrap().unwrap().standard_claims();
    assert_eq!((said.name().plain(), said.email()), (Some("Alice Example"), None));
}
