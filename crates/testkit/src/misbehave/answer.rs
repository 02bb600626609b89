//! What can be wrong with any answer, whatever it says.

use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use tegata_core::http::{HttpResponse, MAX_RESPONSE_BYTES};

use super::gzip_bomb::gzip_bomb;
use crate::provider::{OnTheWire, page, set, with_status};
use crate::{Fault, Faults};

/// The answer of a server that does not even look at the request; `None`: it does.
pub(crate) fn instead(faults: &Faults) -> Option<HttpResponse> {
    if faults.has(Fault::HtmlErrorPage) {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Some(page(status, "Something broke", "<p>Sorry.</p>"));
    }
    let bare = [
        (Fault::RateLimited, StatusCode::TOO_MANY_REQUESTS, RETRY_AFTER, "7"),
        (Fault::Redirect, StatusCode::FOUND, LOCATION, "https://attacker.example/"),
        (Fault::Unavailable, StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER, "7"),
    ];
    let (_, status, name, value) = bare.into_iter().find(|(fault, ..)| faults.has(*fault))?;
    let mut response = with_status(status);
    set(&mut response, name, value);
    Some(response)
}

/// The answer, after what is to be wrong with it on its way.
pub(crate) fn answer(faults: &Faults, mut response: HttpResponse) -> HttpResponse {
    if faults.has(Fault::ContentTypeWrong) {
        set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    }
    if faults.has(Fault::BodyEmpty) {
        response.body_mut().clear();
    }
    if faults.has(Fault::GzipBomb) {
        set(&mut response, CONTENT_ENCODING, "gzip");
        *response.body_mut() = gzip_bomb();
    }
    if faults.has(Fault::BodyOversized) {
        // Blanks may stand before JSON, so only its length is wrong.
        response.body_mut().splice(0..0, std::iter::repeat_n(b' ', 2 * MAX_RESPONSE_BYTES));
    }
    if faults.has(Fault::BodyTruncated) {
        response.extensions_mut().insert(OnTheWire::Truncated);
    }
    if faults.has(Fault::ConnectionReset) {
        response.extensions_mut().insert(OnTheWire::Reset);
    }
    response
}
