//! What the token endpoint may get away with, and at which provider.

use tegata_core::error::Fault;
use tegata_core::http::Endpoint;
use tegata_core::json::{JsonFault, JsonType};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint as At, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

#[test]
fn what_is_wrong_is_refused_by_every_preset_but_those_that_know_better() {
    let number_as_text = JsonFault::WrongType {
        path: "expires_in".into(),
        expected: JsonType::Number,
        found: JsonType::String,
    };
    let missing = |path: &str| Fault::Json(JsonFault::Missing { path: path.into() });
    let twice = JsonFault::Duplicate { name: "access_token".into() };
    // The last column: which provider is known to do this, and forgiven.
    let table = [
        (Fake::AccessTokenMissing, missing("access_token"), ""),
        (Fake::ErrorWithStatus200, missing("access_token"), ""),
        (Fake::ExpiresInText, Fault::Json(number_as_text), "google"),
        (Fake::TokenResponseDuplicate, Fault::Json(twice), ""),
        (Fake::TokenTypeMissing, Fault::MissingParameter { name: "token_type" }, ""),
        (Fake::TokenTypeUnknown, Fault::ParameterValue { name: "token_type" }, ""),
    ];
    for (fault, expected, forgiven) in table {
        for profile in Profile::ALL {
            let case = format!("{fault} at {}", profile.name);
            let stage = Stage::direct(profile.clone());
            let _ = stage.provider.on(At::Token).once(fault);
            let result = stage.sign_in(request());
            if profile.name == forgiven {
                assert!(tokens(&result.unwrap()).expires_at().is_some(), "{case}");
            } else {
                let refused = Verdict::Misbehaved(Endpoint::Token, expected.clone());
                assert_eq!(Verdict::on(result), refused, "{case}");
            }
        }
    }
}

#[test]
fn what_is_merely_unusual_is_accepted() {
    for fault in
        [Fake::AtHashMissing, Fake::KidMissing, Fake::RefreshTokenMissing, Fake::TokenTypeLowercase]
    {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Token).once(fault);
        stage.sign_in(request()).unwrap_or_else(|error| panic!("{fault}: {error}"));
    }
}
