//! What can be wrong with a JWT: its claims, its header, its text, its signature.

use serde_json::{Map, Value, json};
use tegata_core::time::UnixTime;

use super::{append, sorted};
use crate::keys::{KeyRing, OldKeys, SigningAlgorithm, hmac_sha256};
use crate::{Fault, Faults};

/// One hour: more than any leeway.
const FAR: i64 = 3600;

pub(crate) fn claims(faults: &Faults, claims: &mut Map<String, Value>, now: UnixTime) {
    let missing = [
        (Fault::AtHashMissing, "at_hash"),
        (Fault::AudMissing, "aud"),
        (Fault::AuthTimeMissing, "auth_time"),
        (Fault::CHashMissing, "c_hash"),
        (Fault::ExpMissing, "exp"),
        (Fault::IatMissing, "iat"),
        (Fault::IssMissing, "iss"),
        (Fault::NonceMissing, "nonce"),
        (Fault::SubMissing, "sub"),
    ];
    for (fault, name) in missing {
        if faults.has(fault) {
            claims.remove(name);
        }
    }
    let appended = [
        (Fault::IssMismatch, "iss", "1"),
        (Fault::IssSlash, "iss", "/"),
        (Fault::NonceInvalid, "nonce", "1"),
        (Fault::SubMismatch, "sub", "1"),
    ];
    for (fault, name, suffix) in appended {
        if faults.has(fault) {
            append(claims, name, suffix);
        }
    }
    // Only where there is one: the same fault may be on for front and back at once.
    let hashes = [
        (Fault::AtHashInvalid, "at_hash"),
        (Fault::CHashInvalid, "c_hash"),
        (Fault::SHashInvalid, "s_hash"),
    ];
    for (fault, name) in hashes {
        if faults.has(fault) && claims.contains_key(name) {
            append(claims, name, "1");
        }
    }
    for (fault, name) in [(Fault::AtHashSorted, "at_hash"), (Fault::CHashSorted, "c_hash")] {
        if faults.has(fault)
            && let Some(hash) = claims.get(name).and_then(Value::as_str)
        {
            let hash = sorted(hash);
            claims.insert(name.into(), hash.into());
        }
    }
    if faults.has(Fault::IssSlashMissing)
        && let Some(issuer) = claims.get("iss").and_then(Value::as_str)
    {
        let issuer = issuer.trim_end_matches('/').to_owned();
        claims.insert("iss".into(), issuer.into());
    }
    let seconds = now.seconds();
    let replaced = [
        (Fault::AuthTimeOld, "auth_time", json!(seconds - 24 * FAR)),
        (Fault::AuthTimeZero, "auth_time", json!(0)),
        (Fault::AzpMismatch, "azp", json!("another-client")),
        (Fault::ExpNow, "exp", json!(seconds)),
        (Fault::ExpPast, "exp", json!(seconds - FAR)),
        (Fault::ExpText, "exp", json!((seconds + FAR).to_string())),
        (Fault::IatFuture, "iat", json!(seconds + FAR)),
        (Fault::IssOther, "iss", json!("https://another.example.com/")),
        (Fault::NbfFuture, "nbf", json!(seconds + FAR)),
        (Fault::NonceOther, "nonce", json!("012345678")),
        (Fault::SubEmpty, "sub", json!("")),
    ];
    for (fault, name, value) in replaced {
        if faults.has(fault) {
            claims.insert(name.to_owned(), value);
        }
    }
    for (fault, name) in [(Fault::AuthTimeFraction, "auth_time"), (Fault::ExpFraction, "exp")] {
        if faults.has(fault)
            && let Some(whole) = claims.get(name)
        {
            let fraction = format!("{whole}.25").parse().map(Value::Number).unwrap_or_default();
            claims.insert(name.into(), fraction);
        }
    }
    audience(faults, claims);
}

fn audience(faults: &Faults, claims: &mut Map<String, Value>) {
    let Some(found) = claims.get("aud") else { return };
    let client = found.get(0).unwrap_or(found).as_str().unwrap_or_default().to_owned();
    if faults.has(Fault::AudInvalid) {
        claims.insert("aud".into(), format!("{client}1").into());
    }
    if faults.has(Fault::AudOther) {
        claims.insert("aud".into(), "https://stranger.example.com/".into());
    }
    if faults.has(Fault::AudSecond) {
        claims.insert("azp".into(), client.clone().into());
    }
    if faults.has(Fault::AudSecond) || faults.has(Fault::AudUntrusted) {
        claims.insert("aud".into(), json!(["stranger", client]));
    }
}

pub(crate) fn before_signing(faults: &Faults, keys: &mut KeyRing) {
    if faults.has(Fault::KeysRotated) {
        keys.rotate(OldKeys::Dropped);
    }
}

pub(crate) fn header(
    faults: &Faults,
    keys: &KeyRing,
    algorithm: SigningAlgorithm,
    header: &mut Map<String, Value>,
) {
    if faults.has(Fault::KidMissing) {
        header.remove("kid");
    }
    let replaced = [
        (Fault::AlgNone, "alg", json!("none")),
        (Fault::AlgHs256PublicKey, "alg", json!("HS256")),
        (Fault::JkuHeader, "jku", json!("https://attacker.example/jwks")),
        (Fault::KidUnknown, "kid", json!("nobody-knows-me")),
        (Fault::TypAccessToken, "typ", json!("at+jwt")),
        (Fault::TypLogoutToken, "typ", json!("logout+jwt")),
        (Fault::X5uHeader, "x5u", json!("https://attacker.example/certificate")),
    ];
    for (fault, name, value) in replaced {
        if faults.has(fault) {
            header.insert(name.to_owned(), value);
        }
    }
    if faults.has(Fault::JwkEmbedded) {
        header.insert("jwk".into(), keys.stranger(algorithm));
    }
    if faults.has(Fault::X5cHeader) {
        header.insert("x5c".into(), json!([keys.stranger_certificate()]));
    }
    if faults.has(Fault::Crit) {
        header.insert("crit".into(), json!(["https://op.example.com/extension"]));
        header.insert("https://op.example.com/extension".into(), json!(true));
    }
}

pub(crate) fn signature(
    faults: &Faults,
    keys: &KeyRing,
    algorithm: SigningAlgorithm,
    message: &[u8],
    honest: impl FnOnce() -> Vec<u8>,
) -> Vec<u8> {
    if faults.has(Fault::AlgNone) {
        return Vec::new();
    }
    if faults.has(Fault::AlgHs256PublicKey) {
        return hmac_sha256(keys.public_text(algorithm).as_bytes(), message);
    }
    let strangers = [Fault::JkuHeader, Fault::JwkEmbedded, Fault::X5cHeader, Fault::X5uHeader];
    if strangers.into_iter().any(|fault| faults.has(fault)) {
        return keys.sign_as_stranger(algorithm, message);
    }
    let mut signature = honest();
    if faults.has(Fault::SignatureInvalid) {
        signature.iter_mut().for_each(|byte| *byte ^= 0x5A);
    }
    signature
}

/// The signature as it stands in the token.
pub(crate) fn encoded_signature(faults: &Faults, text: String) -> String {
    if faults.has(Fault::SignatureSorted) { sorted(&text) } else { text }
}
