//! Misbehaviour, one file per kind of answer: each changes an honest answer in the ways that the
//! faults of one [`Place`](crate::Place) say. The endpoints themselves know no fault.

mod answer;
mod callback;
mod discovery;
mod id_token;
mod key_set;
mod logout;
mod token_response;
mod userinfo;

pub(crate) use answer::{answer, instead};
pub(crate) use callback::callback;
pub(crate) use discovery::discovery;
pub(crate) use id_token::{before_signing, claims, header, payload, signature};
pub(crate) use key_set::key_set;
pub(crate) use logout::{logout_algorithm, logout_claims, returned_state};
pub(crate) use token_response::token_response;
pub(crate) use userinfo::userinfo;

use serde_json::{Map, Value};

/// Adds `suffix` to a text member; without one, it becomes `null` and the suffix.
fn append(object: &mut Map<String, Value>, name: &str, suffix: &str) {
    let before = object.get(name).and_then(Value::as_str).unwrap_or("null");
    let after = format!("{before}{suffix}");
    object.insert(name.to_owned(), after.into());
}
