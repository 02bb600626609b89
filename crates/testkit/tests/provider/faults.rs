//! Each fault of the catalogue is seen by a strict client, and as what it is.

use tegata_core::authorize::ResponseType;
use tegata_core::error::{Error, Fault as CoreFault, TokenFault};
use tegata_core::form::FormFault;
use tegata_core::secret::AccessToken;
use tegata_core::url::EndpointUrl;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Fault, Place};

use super::hand::{Hand, SCOPE};

/// What a strict verifier says of an ID token with this fault; `None`: it is good, or the fault
/// cannot be seen by a client that verifies one token.
fn expected(fault: Fault) -> Option<TokenFault> {
    Some(match fault {
        Fault::AlgHs256PublicKey | Fault::AlgNone => TokenFault::AlgorithmNotAllowed,
        Fault::AtHashInvalid | Fault::AtHashSorted => TokenFault::AccessTokenHash,
        Fault::AtHashMissing => TokenFault::AccessTokenHashMissing,
        Fault::AudInvalid | Fault::AudMissing | Fault::AudOther => TokenFault::Audience,
        Fault::AudSecond | Fault::AudUntrusted => TokenFault::AudienceUntrusted,
        Fault::AuthTimeMissing => TokenFault::AuthTimeMissing,
        Fault::AuthTimeOld | Fault::AuthTimeZero => TokenFault::AuthTimeTooOld,
        Fault::AzpMismatch => TokenFault::AuthorizedParty,
        Fault::CHashInvalid | Fault::CHashSorted => TokenFault::CodeHash,
        Fault::CHashMissing => TokenFault::CodeHashMissing,
        Fault::ClaimsDuplicate | Fault::ExpText => TokenFault::Claims,
        Fault::Crit => TokenFault::Critical,
        Fault::ExpMissing => TokenFault::ExpiryMissing,
        Fault::ExpPast => TokenFault::Expired,
        Fault::IatFuture => TokenFault::IssuedAt,
        Fault::IatMissing => TokenFault::IssuedAtMissing,
        Fault::IssMismatch | Fault::IssMissing | Fault::IssOther | Fault::IssSlash => {
            TokenFault::Issuer
        }
        // Both are signed by a key that is not published, under the name of one that is.
        Fault::JkuHeader | Fault::JwkEmbedded | Fault::SignatureInvalid => TokenFault::Signature,
        Fault::KidUnknown => TokenFault::KeyNotFound,
        Fault::NbfFuture => TokenFault::NotYetValid,
        Fault::NonceInvalid | Fault::NonceOther => TokenFault::Nonce,
        Fault::NonceMissing => TokenFault::NonceMissing,
        Fault::SignatureSorted => TokenFault::Structure,
        Fault::X5cHeader | Fault::X5uHeader => TokenFault::Signature,
        Fault::SHashInvalid => TokenFault::StateHash,
        Fault::SubEmpty | Fault::SubMissing => TokenFault::Subject,
        Fault::TypAccessToken | Fault::TypLogoutToken => TokenFault::Type,
        _ => return None,
    })
}

#[test]
fn a_strict_verifier_sees_every_fault_of_an_id_token() {
    // The clock of this client has a leeway, as every client's has.
    let legal = [
        Fault::AuthTimeFraction,
        Fault::ExpFraction,
        Fault::ExpNow,
        Fault::KeysRotated,
        Fault::KidMissing,
    ];
    // Only a second token, or UserInfo, shows that the subject is another; only an issuer with a
    // slash can lose it.
    let invisible = [Fault::IssSlashMissing, Fault::SubMismatch];
    for fault in Fault::ALL.iter().filter(|fault| fault.place() == Place::IdToken) {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        provider.on(Endpoint::Authorization).once(*fault);
        let max_age = [("max_age", "60")];
        let kind = ResponseType::CodeIdTokenToken;
        let front = hand.authorize(kind, None, SCOPE, &max_age).unwrap();
        let found = hand.verify_front_within(&front, Some(60)).err();
        assert_eq!(found, expected(*fault), "{fault}");
        let good = legal.contains(fault) || invisible.contains(fault);
        assert_eq!(found.is_none(), good, "{fault}");
    }
}

#[test]
fn faults_combine() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    provider.on(Endpoint::Token).once([Fault::KidMissing, Fault::ExpPast]);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    assert_eq!(hand.verify_back(&tokens).unwrap_err(), TokenFault::Expired);
}

#[test]
fn a_strict_client_sees_every_fault_of_a_callback() {
    let legal = [Fault::CallbackPage400];
    let illegal = Fault::ALL.iter().filter(|fault| !legal.contains(fault));
    for fault in illegal.filter(|fault| fault.place() == Place::Callback) {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        provider.on(Endpoint::Authorization).once(*fault);
        let kind = match fault {
            Fault::CallbackInQuery => ResponseType::CodeIdToken,
            _ => ResponseType::Code,
        };
        let error = hand.authorize(kind, None, SCOPE, &[]).unwrap_err();
        let Error::Misbehaved(found) = error else { panic!("{fault}: {error}") };
        let fits = match fault {
            Fault::CallbackCodeMissing => found.fault == CoreFault::Declined,
            Fault::CallbackErrorAdded => found.fault == CoreFault::BothResultAndError,
            Fault::CallbackInQuery => found.fault == CoreFault::ResponseMode,
            Fault::CallbackIssMismatch => matches!(found.fault, CoreFault::IssuerMismatch { .. }),
            Fault::CallbackIssMissing => found.fault == CoreFault::MissingIssuer,
            Fault::CallbackStateDuplicate => {
                matches!(found.fault, CoreFault::Form(FormFault::Duplicate { .. }))
            }
            Fault::CallbackStateMismatch | Fault::CallbackStateMissing => {
                found.fault == CoreFault::State
            }
            Fault::CallbackTokenAdded => {
                found.fault == CoreFault::UnexpectedParameter { name: "access_token" }
            }
            _ => false,
        };
        assert!(fits, "{fault}: {:?}", found.fault);
    }
}

#[test]
fn a_strict_client_sees_every_fault_of_a_token_response() {
    // Whether what is missing was promised, only the one who asked for it can say.
    let invisible = [Fault::IdTokenMissing, Fault::RefreshTokenMissing];
    let legal = [Fault::ExpiresInMissing, Fault::TokenTypeLowercase];
    for fault in Fault::ALL.iter().filter(|fault| fault.place() == Place::TokenResponse) {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        provider.on(Endpoint::Token).once(*fault);
        let found = hand.sign_in("openid offline_access", &[("prompt", "consent")]);
        let good = invisible.contains(fault) || legal.contains(fault);
        assert_eq!(found.is_ok(), good, "{fault}: {found:?}");
        if let Ok(tokens) = found {
            assert_eq!(tokens.id_token().is_none(), *fault == Fault::IdTokenMissing);
            assert_eq!(tokens.refresh_token().is_none(), *fault == Fault::RefreshTokenMissing);
            assert_eq!(tokens.expires_at().is_none(), *fault == Fault::ExpiresInMissing);
        }
    }
}

#[test]
fn the_metadata_has_the_fault_that_was_asked_for() {
    let member = |fault, name: &str| {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        provider.on(Endpoint::Discovery).once(fault);
        let response = hand.get(&hand.metadata.issuer().openid_configuration());
        let document: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        document.get(name).cloned().unwrap_or_default()
    };
    let issuer = "https://op.example.comINVALID";
    assert_eq!(member(Fault::DiscoveryIssuerMismatch, "issuer"), issuer);
    assert!(member(Fault::DiscoveryIssuerMissing, "issuer").is_null());
    assert!(member(Fault::DiscoveryJwksUriMissing, "jwks_uri").is_null());
    assert_eq!(member(Fault::DiscoveryJwksUriPrivate, "jwks_uri"), "https://169.254.169.254/jwks");
    let insecure = member(Fault::DiscoveryTokenEndpointInsecure, "token_endpoint");
    assert!(insecure.as_str().unwrap().starts_with("http://"));
    let other = member(Fault::DiscoveryIssuerOther, "issuer");
    assert_eq!(other, "https://another.example.com");
    let algorithms = "id_token_signing_alg_values_supported";
    assert_eq!(member(Fault::DiscoveryRs256Only, algorithms), serde_json::json!(["RS256"]));
    let types = member(Fault::DiscoveryUnusual, "response_types_supported");
    assert_eq!(types[1], "id_token code");
}

#[test]
fn only_some_key_sets_hold_the_key() {
    let table = [
        (Fault::KeySetCertificates, None),
        (Fault::KeySetCrowded, None),
        (Fault::KeySetEmpty, Some(TokenFault::KeyNotFound)),
        (Fault::KeySetKidsMissing, Some(TokenFault::KeyNotFound)),
        (Fault::KeySetOnePerType, None),
        (Fault::KeySetSameKid, Some(TokenFault::Signature)),
        (Fault::KeySetThreePerType, None),
        (Fault::KeySetUseEncryption, Some(TokenFault::KeyNotFound)),
    ];
    for (fault, expected) in table {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        let tokens = hand.sign_in(SCOPE, &[]).unwrap();
        provider.on(Endpoint::Jwks).once(fault);
        assert_eq!(hand.verify_back(&tokens).err(), expected, "{fault}");
    }
}

#[test]
fn a_key_without_a_name_fits_a_token_that_names_none() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.misbehave([Fault::KeySetKidsMissing, Fault::KidMissing]);
    let hand = Hand::new(&provider);
    assert!(hand.verify_back(&hand.sign_in(SCOPE, &[]).unwrap()).is_ok());
}

#[test]
fn misbehaves_at_every_endpoint_where_it_shows() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.misbehave(Fault::IssMismatch);
    let hand = Hand::new(&provider);
    let front = hand.authorize(ResponseType::CodeIdToken, None, SCOPE, &[]).unwrap();
    assert_eq!(hand.verify_front(&front).unwrap_err(), TokenFault::Issuer);
    let back = hand.exchange(&front.code.unwrap()).unwrap();
    assert_eq!(hand.verify_back(&back).unwrap_err(), TokenFault::Issuer);
}

#[test]
fn userinfo_has_the_fault_that_was_asked_for() {
    let claims = |fault| {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        provider.on(Endpoint::UserInfo).once(fault);
        let tokens = hand.sign_in(SCOPE, &[]).unwrap();
        let url = hand.endpoint("userinfo_endpoint");
        let answer = hand.with_bearer(&url, tokens.access_token());
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap()
    };
    assert_eq!(claims(Fault::UserinfoSubMismatch)["sub"], "aliceinvalid");
    assert!(claims(Fault::UserinfoSubMissing).get("sub").is_none());
    assert_eq!(claims(Fault::UserinfoEmailVerifiedText)["email_verified"], "true");
    assert_eq!(claims(Fault::UserinfoSubOther)["sub"], "foobar");
}

#[test]
fn a_document_can_say_a_thing_twice() {
    let twice = [
        (Endpoint::Discovery, Fault::DiscoveryDuplicate, "issuer"),
        (Endpoint::Jwks, Fault::KeySetDuplicate, "keys"),
        (Endpoint::UserInfo, Fault::UserinfoDuplicate, "sub"),
    ];
    for (endpoint, fault, member) in twice {
        let provider = FakeProvider::new(Profile::OPENID);
        let hand = Hand::new(&provider);
        let tokens = hand.sign_in(SCOPE, &[]).unwrap();
        provider.on(endpoint).once(fault);
        let url = match endpoint {
            Endpoint::Discovery => hand.metadata.issuer().openid_configuration(),
            Endpoint::Jwks => hand.endpoint("jwks_uri"),
            _ => hand.endpoint("userinfo_endpoint"),
        };
        let response = match endpoint {
            Endpoint::UserInfo => hand.with_bearer(&url, tokens.access_token()),
            _ => hand.get(&url),
        };
        let text = String::from_utf8(response.into_body()).unwrap();
        assert_eq!(text.matches(&format!("\"{member}\":")).count(), 2, "{fault}");
    }
}

#[test]
fn a_key_set_can_be_larger_than_anybody_reads() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let keys = || {
        let response = hand.get(&hand.endpoint("jwks_uri"));
        let set: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        set["keys"].as_array().unwrap().len()
    };
    let honest = keys();
    provider.on(Endpoint::Jwks).once(Fault::KeySetHuge);
    assert_eq!(keys(), honest + 1000);
}

#[test]
fn demands_one_way_to_authenticate() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    provider.on(Endpoint::Token).once(Fault::ClientSecretBasicOnly);
    assert!(hand.sign_in(SCOPE, &[]).is_ok());
    provider.on(Endpoint::Token).once(Fault::ClientSecretPostOnly);
    assert!(hand.sign_in(SCOPE, &[]).is_err());
}

#[test]
fn demands_one_place_for_the_access_token() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let url = hand.endpoint("userinfo_endpoint");
    for (fault, status) in [(Fault::BearerHeaderOnly, 200), (Fault::BearerBodyOnly, 400)] {
        provider.on(Endpoint::UserInfo).once(fault);
        assert_eq!(hand.with_bearer(&url, tokens.access_token()).status(), status, "{fault}");
    }
}

#[test]
fn claims_of_others_come_with_the_answer_or_are_to_be_fetched() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    provider.on(Endpoint::UserInfo).once([Fault::UserinfoAggregated, Fault::UserinfoDistributed]);
    let tokens = hand.sign_in("openid address phone", &[]).unwrap();
    let answer = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), tokens.access_token());
    let claims: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert!(claims.get("address").is_none());
    assert_eq!(claims["_claim_names"]["address"], "src1");
    assert!(claims["_claim_sources"]["src1"]["JWT"].as_str().unwrap().ends_with('.'));
    let source = &claims["_claim_sources"]["src2"];
    let url = EndpointUrl::new(source["endpoint"].as_str().unwrap()).unwrap();
    let token = AccessToken::new(source["access_token"].as_str().unwrap());
    let answer = hand.with_bearer(&url, &token);
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    assert_eq!(hand.with_bearer(&url, tokens.access_token()).status(), 401);
}
