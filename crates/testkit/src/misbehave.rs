//! Misbehaviour, one file per kind of answer: each changes an honest answer in the ways that the
//! faults of one [`Place`](crate::Place) say. The endpoints themselves know no fault.

mod answer;
mod callback;
mod discovery;
mod gzip_bomb;
mod id_token;
mod key_set;
mod logout;
mod request;
mod token_response;
mod userinfo;

pub(crate) use answer::{answer, instead};
pub(crate) use callback::{callback, callback_page};
pub(crate) use discovery::discovery;
pub(crate) use id_token::{before_signing, claims, encoded_signature, header, signature};
pub(crate) use key_set::key_set;
pub(crate) use logout::{
    logout_algorithm, logout_claims, logout_of_stranger, other_algorithm, returned_state,
};
pub(crate) use request::{token_request, user_info_request};
pub(crate) use token_response::token_response;
pub(crate) use userinfo::{is_signed, signed_userinfo, userinfo};

use serde_json::{Map, Value};

use crate::{Fault, Faults};

/// Adds `suffix` to a text member; without one, it becomes `null` and the suffix.
fn append(object: &mut Map<String, Value>, name: &str, suffix: &str) {
    let before = object.get(name).and_then(Value::as_str).unwrap_or("null");
    let after = format!("{before}{suffix}");
    object.insert(name.to_owned(), after.into());
}

/// The text of a JSON object in which a member may stand twice.
pub(crate) fn doubled(faults: &Faults, text: String) -> String {
    let members = [
        (Fault::ClaimsDuplicate, r#""sub":"mallory""#),
        (Fault::DiscoveryDuplicate, r#""issuer":"https://another.example.com""#),
        (Fault::KeySetDuplicate, r#""keys":[]"#),
        (Fault::TokenResponseDuplicate, r#""access_token":"another""#),
        (Fault::UserinfoDuplicate, r#""sub":"mallory""#),
    ];
    match members.into_iter().find(|(fault, _)| faults.has(*fault)) {
        Some((_, member)) => text.replacen('{', &format!("{{{member},"), 1),
        None => text,
    }
}

/// The same characters in alphabetical order.
fn sorted(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters.into_iter().collect()
}
