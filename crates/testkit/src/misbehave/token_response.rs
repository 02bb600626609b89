//! What can be wrong with, or odd in, the JSON of the token endpoint.

use serde_json::{Map, Value, json};

use super::doubled;
use crate::{Fault, Faults};

/// The text of the answer, after what is to be wrong with it.
pub(crate) fn token_response(faults: &Faults, mut members: Map<String, Value>) -> String {
    if faults.has(Fault::ErrorWithStatus200) {
        return json!({ "error": "invalid_grant" }).to_string();
    }
    let missing = [
        (Fault::AccessTokenMissing, "access_token"),
        (Fault::ExpiresInMissing, "expires_in"),
        (Fault::IdTokenMissing, "id_token"),
        (Fault::RefreshTokenMissing, "refresh_token"),
        (Fault::TokenTypeMissing, "token_type"),
    ];
    for (fault, name) in missing {
        if faults.has(fault) {
            members.remove(name);
        }
    }
    if faults.has(Fault::TokenTypeLowercase) {
        members.insert("token_type".into(), "bearer".into());
    }
    if faults.has(Fault::TokenTypeUnknown) {
        members.insert("token_type".into(), "N_A".into());
    }
    if faults.has(Fault::ExpiresInText)
        && let Some(seconds) = members.get("expires_in").and_then(Value::as_u64)
    {
        members.insert("expires_in".into(), seconds.to_string().into());
    }
    doubled(faults, Value::Object(members).to_string())
}
