//! Tokens to verify, signed here and now with the key of RFC 8037 Appendix A.

use serde_json::{Map, Value, json};
use tegata_core::secret::ClientSecret;
use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend;
use tegata_jose::sign::SigningKey;

pub(crate) const ISSUER: &str = "https://op.example.com";
pub(crate) const CLIENT: &str = "client-1";
/// The middle of the life of the tokens here.
pub(crate) const NOW: i64 = 1_700_000_000;
/// Long enough for HS256.
pub(crate) const SECRET: &str = "canary-of-a-client-secret-32-bytes!";

/// RFC 8037 Appendix A.1 as PKCS#8 (RFC 8410 §7), A.2 behind it.
const PKCS8: [&str; 4] = [
    "3053020101300506032b657004220420",
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "a123032100",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
];

/// The public half as a JWK set, called `ed`, beside members that cannot be used.
pub(crate) fn jwks() -> String {
    let key = json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    json!({ "keys": [{ "kty": "unknown" }, key] }).to_string()
}

/// The public half as PEM, in a map.
pub(crate) fn pem_map() -> String {
    json!({ "ed": key().public_pem().unwrap() }).to_string()
}

fn key() -> SigningKey {
    let hex = PKCS8.concat();
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let der: Vec<u8> = (0..hex.len()).step_by(2).map(digits).collect();
    SigningKey::from_pkcs8(Algorithm::EdDSA, &der, backend::ring()).unwrap().with_key_id("ed")
}

/// The claims of a good token, changed by `changes`; `null` takes a claim away.
pub(crate) fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "alice", "nonce": "n-1",
        "iat": NOW - 10, "exp": NOW + 300, "auth_time": NOW - 100,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// An ID token by EdDSA.
pub(crate) fn id_token(changes: &Value) -> String {
    sign(claims(changes).to_string())
}

/// A JWS by EdDSA over anything.
pub(crate) fn sign(payload: impl AsRef<[u8]>) -> String {
    key().sign(&Map::new(), payload.as_ref()).unwrap().expose().to_owned()
}

/// An ID token by HS256.
pub(crate) fn with_secret(changes: &Value) -> String {
    let secret = ClientSecret::new(SECRET);
    let key = SigningKey::from_client_secret(Algorithm::HS256, &secret, backend::ring()).unwrap();
    let payload = claims(changes).to_string();
    key.sign(&Map::new(), payload.as_bytes()).unwrap().expose().to_owned()
}
