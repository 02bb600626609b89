//! `oidcc-client-test-scope-userinfo-claims`: each scope of OpenID Connect Core §5.4 brings its claims
//! and no others: from UserInfo, or in the ID token where no access token comes.

use tegata_oidc::standard_claims::StandardClaims;

use super::stage::{Stage, Variant};

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    for scope in ["address", "email", "phone", "profile"] {
        let claims = claims(&stage, scope);
        let found = [
            ("address", claims.address().is_some()),
            ("email", claims.email() == Some("alice@example.com")),
            ("phone", claims.phone_number() == Some("+44 20 7946 0000")),
            ("profile", claims.name().plain() == Some("Alice Example")),
        ];
        for (name, found) in found {
            assert_eq!(found, name == scope, "{name} for {scope}");
        }
    }
}

fn claims(stage: &Stage, scope: &str) -> StandardClaims {
    let request = stage.request_for(&format!("openid {scope}"));
    let signed_in = stage.sign_in(request).unwrap();
    match stage.user_info(&signed_in) {
        Some(user_info) => user_info.unwrap().standard_claims(),
        None => signed_in.standard_claims(),
    }
}
