//! What can be wrong with, or odd in, the key set.

use std::collections::BTreeSet;

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
    if faults.has(Fault::KeySetOnePerType) {
        let mut seen = BTreeSet::new();
        keys.retain(|key| !signs(key) || seen.insert(kind(key)));
    }
    if faults.has(Fault::KeySetThreePerType) {
        three_per_type(keys);
    }
    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
        if faults.has(Fault::KeySetKidsMissing) && key.get("use").is_none_or(|used| used != "enc") {
            key.remove("kid");
        }
        if faults.has(Fault::KeySetCertificates) {
            key.insert("key_ops".into(), json!(["verify"]));
            key.insert("x5c".into(), json!([ring.certificate()]));
            key.insert("x5t#S256".into(), "bm90LXRoZS1oYXNoLW9mLWFueS1jZXJ0aWZpY2F0ZSE".into());
        }
        if faults.has(Fault::KeySetUseEncryption) {
            key.insert("use".into(), "enc".into());
        }
    }
    if faults.has(Fault::KeySetCrowded) {
        keys.splice(0..0, unusable());
    }
    if faults.has(Fault::KeySetHuge) {
        keys.splice(0..0, std::iter::repeat_n(unusable().into_iter().next(), 1000).flatten());
    }
    if faults.has(Fault::KeySetEmpty) {
        keys.clear();
    }
}

/// Fills up to three, one of them first, so that no order leads to the one that signs.
fn three_per_type(keys: &mut Vec<Value>) {
    let spare: Vec<Value> = serde_json::from_str(include_str!("../keys/spare.json"))
        .expect("the spare keys of this crate are a list");
    for spare in spare {
        let same = keys.iter().filter(|key| signs(key) && kind(key) == kind(&spare)).count();
        if (1..3).contains(&same) {
            keys.insert(0, spare);
        }
    }
}

fn signs(key: &Value) -> bool {
    key.get("use").is_none_or(|used| used == "sig")
}

fn kind(key: &Value) -> [String; 2] {
    ["kty", "crv"].map(|name| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
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
