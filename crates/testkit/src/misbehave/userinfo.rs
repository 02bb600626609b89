//! What can be wrong with the claims of the UserInfo endpoint.

use serde_json::{Map, Value, json};

use super::append;
use crate::keys::base64url;
use crate::{Fault, Faults};

/// `elsewhere` is the endpoint of distributed claims, when the provider has one, and its token.
pub(crate) fn userinfo(
    faults: &Faults,
    claims: &mut Map<String, Value>,
    elsewhere: Option<(String, &str)>,
) {
    if faults.has(Fault::UserinfoSubMismatch) {
        append(claims, "sub", "invalid");
    }
    if faults.has(Fault::UserinfoSubMissing) {
        claims.remove("sub");
    }
    if faults.has(Fault::UserinfoEmailVerifiedText) {
        claims.insert("email_verified".into(), "true".into());
    }
    if faults.has(Fault::UserinfoSubOther) {
        claims.insert("sub".into(), "foobar".into());
    }
    let mut names = Map::new();
    let mut sources = Map::new();
    if faults.has(Fault::UserinfoAggregated) {
        let mut aggregated = Map::new();
        for name in ["address", "phone_number"] {
            if let Some(value) = claims.remove(name) {
                aggregated.insert(name.to_owned(), value);
                names.insert(name.to_owned(), "src1".into());
            }
        }
        let [header, payload] = [json!({ "alg": "none" }), Value::Object(aggregated)];
        let encoded = |value: &Value| base64url(value.to_string().as_bytes());
        let token = format!("{}.{}.", encoded(&header), encoded(&payload));
        sources.insert("src1".into(), json!({ "JWT": token }));
    }
    if faults.has(Fault::UserinfoDistributed)
        && let Some((endpoint, token)) = elsewhere
    {
        names.insert("credit_score".into(), "src2".into());
        let source = json!({ "endpoint": endpoint, "access_token": token });
        sources.insert("src2".into(), source);
    }
    if !sources.is_empty() {
        claims.insert("_claim_names".into(), names.into());
        claims.insert("_claim_sources".into(), sources.into());
    }
}

pub(crate) fn is_signed(faults: &Faults) -> bool {
    faults.has(Fault::UserinfoSigned)
}

/// What only a signed answer has.
pub(crate) fn signed_userinfo(faults: &Faults, claims: &mut Map<String, Value>) {
    for (fault, name) in [(Fault::UserinfoAudInvalid, "aud"), (Fault::UserinfoIssMismatch, "iss")] {
        if faults.has(fault) {
            append(claims, name, "1");
        }
    }
}
