//! What can be wrong with what the browser brings back.

use http::StatusCode;
use tegata_core::authorize::ResponseMode;
use tegata_core::http::HttpResponse;

use crate::provider::Parameters;
use crate::{Fault, Faults};

pub(crate) fn callback(faults: &Faults, parameters: &mut Parameters, mode: &mut ResponseMode) {
    let mut change = |name: &str, change: fn(&mut String)| {
        let found = parameters.iter_mut().find(|(known, _)| known == name);
        if let Some((_, value)) = found {
            change(value);
        }
    };
    if faults.has(Fault::CallbackStateMismatch) {
        change("state", |value| value.push('1'));
    }
    if faults.has(Fault::CallbackIssMismatch) {
        change("iss", |value| value.push('1'));
    }
    let missing = [
        (Fault::CallbackCodeMissing, "code"),
        (Fault::CallbackIssMissing, "iss"),
        (Fault::CallbackStateMissing, "state"),
    ];
    for (fault, name) in missing {
        if faults.has(fault) {
            parameters.retain(|(known, _)| known != name);
        }
    }
    let added = [
        (Fault::CallbackErrorAdded, "error", "access_denied"),
        (Fault::CallbackStateDuplicate, "state", "another"),
        (Fault::CallbackTokenAdded, "access_token", "nobody-asked-for-this"),
    ];
    for (fault, name, value) in added {
        if faults.has(fault) {
            parameters.push((name.to_owned(), value.to_owned()));
        }
    }
    if faults.has(Fault::CallbackInQuery) {
        *mode = ResponseMode::Query;
    }
}

/// The page that posts them, when there is one.
pub(crate) fn callback_page(faults: &Faults, mut page: HttpResponse) -> HttpResponse {
    if faults.has(Fault::CallbackPage400) {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    page
}
