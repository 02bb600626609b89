//! What can be wrong with, or odd in, the key set.

use serde_json::{Value, json};

use crate::keys::{KeyRing, SigningAlgorithm};
use crate::{Fault, Faults};

pub(crate) fn key_set(
    faults: &Faults,
    ring: &KeyRing,
    algorithm: SigningAlgorithm,
    keys: &mut Vec<Value>,
) {
    if faults.has(Fault::KeySetSameKid) {
        let mut stranger = ring.stranger(algorithm);
        if let Some(members) = stranger.as_object_mut() {
            members.insert("kid".into(), ring.kid(algorithm).into());
        }
        *keys = vec![stranger];
    }
    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
        if faults.has(Fault::KeySetKidsMissing) {
            key.remove("kid");
        }
        if faults.has(Fault::KeySetUseEncryption) {
            key.insert("use".into(), "enc".into());
        }
    }
    if faults.has(Fault::KeySetCrowded) {
        keys.splice(0..0, unusable());
    }
    if faults.has(Fault::KeySetEmpty) {
        keys.clear();
    }
}

fn unusable() -> Vec<Value> {
    let x = "cWZxqH95zGdr8P4XvPd_jgoP5XROlipzYxfC_vWC61I";
    vec![
        json!({ "kty": "XYZ", "kid": "unknown-type", "use": "sig" }),
        json!({ "kty": "EC", "crv": "P-999", "kid": "unknown-curve", "use": "sig", "x": x, "y": x }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "off-curve", "use": "sig", "x": x, "y": x }),
        json!({ "kty": "RSA", "kid": "no-modulus", "use": "sig", "e": "AQAB" }),
        json!({ "kty": "oct", "kid": "secret", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" }),
        json!({ "kty": "RSA", "kid": "encrypts", "use": "enc", "alg": "RSA-OAEP", "n": x, "e": "AQAB" }),
        json!("not an object"),
    ]
}
