//! What can be wrong with the claims of the UserInfo endpoint.

use serde_json::{Map, Value};

use super::append;
use crate::{Fault, Faults};

pub(crate) fn userinfo(faults: &Faults, claims: &mut Map<String, Value>) {
    if faults.has(Fault::UserinfoSubMismatch) {
        append(claims, "sub", "invalid");
    }
    if faults.has(Fault::UserinfoSubMissing) {
        claims.remove("sub");
    }
    if faults.has(Fault::UserinfoEmailVerifiedText) {
        claims.insert("email_verified".into(), "true".into());
    }
}
