//! The provider's public keys, in the three forms that providers publish them in.

use http::StatusCode;
use serde_json::{Value, json};
use tegata_core::http::HttpResponse;

use super::answer;
use super::exchange::Exchange;
use crate::{Endpoint, misbehave};

/// A JWK set (RFC 7517 §5).
pub(crate) fn jwks(exchange: &Exchange<'_>) -> HttpResponse {
    let profile = &exchange.settings.profile;
    let ring = &exchange.state.keys;
    let mut keys = ring.jwks(profile.signing);
    // A logout token of the wrong algorithm is signed by a key of the provider's all the same: only
    // its algorithm speaks against it.
    let ends_sessions = profile.address(Endpoint::EndSession).is_some();
    let wrong = ends_sessions.then(|| misbehave::other_algorithm(profile.signing));
    let registered = exchange.settings.clients.iter().filter_map(|client| client.userinfo_signing);
    for key in wrong.into_iter().chain(registered).flat_map(|algorithm| ring.jwks(algorithm)) {
        if keys.iter().all(|known| known.get("kid") != key.get("kid")) {
            keys.push(key);
        }
    }
    if !profile.key_algorithms {
        for key in keys.iter_mut().filter_map(Value::as_object_mut) {
            key.remove("alg");
        }
    }
    let others: Vec<Value> =
        serde_json::from_str(profile.other_keys).expect("the other keys of a profile are a list");
    keys.extend(others);
    if profile.weak_decoy_keys {
        keys.splice(0..0, weak_keys());
    }
    misbehave::key_set(&exchange.faults, ring, profile.signing, &mut keys);
    let text = misbehave::doubled(&exchange.faults, json!({ "keys": keys }).to_string());
    answer::cached(answer::body(StatusCode::OK, "application/json", text))
}

/// A map from key name to public key in PEM (Yahoo! JAPAN).
pub(crate) fn public_keys(exchange: &Exchange<'_>) -> HttpResponse {
    let map = exchange.state.keys.pem_map(|files| files.public);
    answer::cached(answer::json(&Value::Object(map)))
}

/// A map from key name to certificate in PEM (Google).
pub(crate) fn certificates(exchange: &Exchange<'_>) -> HttpResponse {
    let map = exchange.state.keys.pem_map(|files| files.certificate);
    answer::cached(answer::json(&Value::Object(map)))
}

/// RSA keys of 1024 bits, twice the same, with a leading zero byte in `n`: what stands in the key
/// set of Yahoo beside the good key.
fn weak_keys() -> [Value; 2] {
    const MODULUS: &str = "ALffV0gmRY-tfvrPJ7U5zeEEudiVf3D3fDcn2ZbGMdIX3o4q53DJmTWhQCnwDb9FKNmBkbeK\
        rBGmVB5VGxpQh3T0W3glfitxRCFmHaF-zycwRrSl03Jnj_8_mtGBaX2cTfHnWvDM7rVsPxTVfiQgMpzk2pXfstkLzyz\
        zLPD9o4oF";
    ["weak-1", "0"].map(|kid| {
        json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": MODULUS, "e": "AQAB" })
    })
}
