//! Tokens: a JWS, an ID token, a sealed sign-in. With ring nothing gets through; with a backend that
//! anybody can fool, nothing gets through that breaks a rule.

use std::sync::LazyLock;

use serde_json::Value;
use tegata_core::error::TokenKind;
use tegata_core::secret::{self, CompactToken};
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::base64url;
use tegata_jose::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwks::KeySet;
use tegata_jose::jws::UnverifiedJws;
use tegata_oidc::sign_in::{CookieKey, PendingDevice, PendingSignIn};
use tegata_testkit::signature::{FAKE_SIGNATURE, dangerous_fuzzing_backend};

use crate::input::assert_hidden;

/// A public RSA key of RFC 7515 Appendix A.2; nobody here has the private half.
pub const JWKS: &str = include_str!("../seeds/jwks/rfc7515-a2.json");

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::from_jwks(JWKS.as_bytes()).expect("a key set"));

const ALGORITHMS: AllowedAlgorithms =
    AllowedAlgorithms::of(&[Algorithm::ES256, Algorithm::PS256, Algorithm::RS256]);

/// What comes out is what was signed.
pub fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let token = UnverifiedJws::new(CompactToken::new(text));
    if let Ok(verified) = token.verify(&KEYS, ALGORITHMS, dangerous_fuzzing_backend()) {
        let parts: Vec<_> = text.split('.').collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[2], base64url::encode(FAKE_SIGNATURE));
        assert_eq!(parts[1], base64url::encode(verified.payload()));
        let header = base64url::decode(parts[0]).expect("base64url");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        assert_eq!(header["alg"], verified.algorithm().as_str());
        assert!(!format!("{verified:?}").contains(parts[1]));
    }
    let forged = token.verify(&KEYS, ALGORITHMS, backend::ring());
    assert!(forged.is_err() || text.starts_with(RFC7515_A2), "a forged token was believed");
}

/// The one token that the key has ever signed.
const RFC7515_A2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

/// Data is `header \n payload`, signed by nobody. Claims come out only when they are right.
pub fn id_token(data: &[u8]) {
    const NOW: i64 = 1_700_000_000;
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (header, payload) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let text = [header, payload, FAKE_SIGNATURE].map(base64url::encode).join(".");
    let rules = IdTokenRules::new("https://op.example.com", "client").with_algorithms(ALGORITHMS);
    let nonce = secret::Nonce::new("n-0S6_WzA2Mj");
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    let verify = |backend| {
        let token = UnverifiedIdToken::new(CompactToken::new(text.as_str()));
        token.verify(&KEYS, &rules, &expect, backend, UnixTime::from_seconds(NOW))
    };
    assert!(verify(backend::ring()).is_err(), "a forged ID token was believed");
    let Ok(token) = verify(dangerous_fuzzing_backend()) else { return };
    let claims: Value = serde_json::from_slice(payload).expect("JSON");
    assert_eq!(claims["iss"], "https://op.example.com");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(claims["sub"], token.subject());
    assert!(!token.subject().is_empty() && token.subject().len() <= 255);
    let audience = &claims["aud"];
    let is_client = |value: &Value| value == "client";
    assert!(
        is_client(audience) || audience.as_array().is_some_and(|all| all.iter().any(is_client))
    );
    assert!(claims["exp"].as_f64().is_some_and(|exp| exp > NOW as f64 - 601.0));
    assert!(claims["iat"].is_number());
}

/// A cookie is opened only when it was sealed with this key; what is read from a session reads back.
pub fn pending_sign_in(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let now = UnixTime::from_seconds(1_700_000_000);
    let opened = PendingSignIn::open(&CookieKey::new([7; 32]), text, now);
    assert!(opened.is_err(), "a forged cookie was opened");
    if let Ok(pending) = PendingDevice::from_json(text, now) {
        let ends = pending.expires_at();
        assert!(now < ends && text.contains("device_code"));
        let written = pending.into_json();
        let again = PendingDevice::from_json(&written, now).expect("what it writes");
        assert_eq!((again.expires_at(), again.into_json()), (ends, written));
    }
    let Ok(pending) = PendingSignIn::from_json(text, now) else { return };
    let shown = format!("{pending:?}");
    let said: Value = serde_json::from_str(text).expect("JSON");
    for name in ["state", "nonce", "code_verifier"] {
        let secret = said[name].as_str().unwrap_or_default();
        // The fuzzer writes a part of a secret into what is shown: only the whole has leaked.
        if secret.len() >= 12 {
            assert_hidden(&shown, secret, text.as_bytes());
        }
    }
    let written = pending.into_json();
    let again = PendingSignIn::from_json(&written, now).expect("what it writes");
    assert_eq!(again.into_json(), written);
}
