//! What can be wrong when a session ends: with the token that says so, and with what the browser
//! brings back.

use serde_json::{Map, Value, json};

use super::append;
use crate::keys::SigningAlgorithm;
use crate::{Fault, Faults};

pub(crate) fn logout_claims(faults: &Faults, claims: &mut Map<String, Value>) {
    let missing = [
        (Fault::LogoutTokenEventsMissing, "events"),
        (Fault::LogoutTokenJtiMissing, "jti"),
        (Fault::LogoutTokenSidMissing, "sid"),
        (Fault::LogoutTokenSubMissing, "sub"),
    ];
    for (fault, name) in missing {
        if faults.has(fault) {
            claims.remove(name);
        }
    }
    for (fault, name) in
        [(Fault::LogoutTokenAudInvalid, "aud"), (Fault::LogoutTokenIssMismatch, "iss")]
    {
        if faults.has(fault) {
            append(claims, name, "INVALID");
        }
    }
    let other_event = json!({ "http://schemas.openid.net/event/foobar": {} });
    let nonce = json!("logout_tokens_must_not_contain_a_nonce");
    let long = claims.get("iat").and_then(Value::as_i64).unwrap_or_default() + 24 * 60 * 60;
    let other = || json!("https://example.com/op");
    for (fault, name, value) in [
        (Fault::LogoutTokenAudOther, "aud", other()),
        (Fault::LogoutTokenIssOther, "iss", other()),
        (Fault::LogoutTokenLongLived, "exp", json!(long)),
        (Fault::LogoutTokenEventWrong, "events", other_event),
        (Fault::LogoutTokenNonceAdded, "nonce", nonce),
    ] {
        if faults.has(fault) {
            claims.insert(name.to_owned(), value);
        }
    }
}

/// How a logout token is signed; `None`: not at all.
pub(crate) fn logout_algorithm(
    faults: &Faults,
    honest: SigningAlgorithm,
) -> Option<SigningAlgorithm> {
    if faults.has(Fault::LogoutTokenAlgNone) {
        return None;
    }
    Some(if faults.has(Fault::LogoutTokenAlgWrong) { other_algorithm(honest) } else { honest })
}

/// One that was not agreed on.
pub(crate) const fn other_algorithm(honest: SigningAlgorithm) -> SigningAlgorithm {
    match honest {
        SigningAlgorithm::RS256 => SigningAlgorithm::ES256,
        _ => SigningAlgorithm::RS256,
    }
}

/// Whether another issuer than the one that is asked signed it.
pub(crate) fn logout_of_stranger(faults: &Faults) -> bool {
    faults.has(Fault::LogoutTokenIssOther)
}

/// The `state` that comes back after signing out.
pub(crate) fn returned_state(faults: &Faults, sent: Option<&str>) -> Option<String> {
    let state = sent.filter(|_| !faults.has(Fault::PostLogoutStateMissing))?;
    let suffix = if faults.has(Fault::PostLogoutStateMismatch) { "_INVALID" } else { "" };
    Some(format!("{state}{suffix}"))
}
