//! What can be wrong with any answer, whatever it says.

use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use tegata_core::http::{HttpResponse, MAX_RESPONSE_BYTES};

use crate::provider::{OnTheWire, page, set, with_status};
use crate::{Fault, Faults};

pub(crate) fn answer(faults: &Faults, mut response: HttpResponse) -> HttpResponse {
    if faults.has(Fault::HtmlErrorPage) {
        response = page(StatusCode::INTERNAL_SERVER_ERROR, "Something broke", "<p>Sorry.</p>");
    }
    if faults.has(Fault::Redirect) {
        response = with_status(StatusCode::FOUND);
        set(&mut response, LOCATION, "https://attacker.example/");
    }
    let later = [
        (Fault::RateLimited, StatusCode::TOO_MANY_REQUESTS),
        (Fault::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
    ];
    for (fault, code) in later {
        if faults.has(fault) {
            response = with_status(code);
            set(&mut response, RETRY_AFTER, "7");
        }
    }
    if faults.has(Fault::ContentTypeWrong) {
        set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    }
    if faults.has(Fault::BodyEmpty) {
        response.body_mut().clear();
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
