//! Reads a body up to the limit, and leaves behind what only ureq needs.

use http::Response;
use tegata_core::http::{HttpResponse, MAX_RESPONSE_BYTES};
use ureq::Body;

/// Reads the whole body; longer than [`MAX_RESPONSE_BYTES`] is an error as soon as it is seen.
pub(crate) fn read(response: Response<Body>) -> Result<HttpResponse, ureq::Error> {
    let (parts, mut body) = response.into_parts();
    let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
    if body.content_length().is_some_and(|length| length > limit) {
        return Err(ureq::Error::BodyExceedsLimit(limit));
    }
    // ureq takes a body that ends right at its limit for one that goes on.
    let body = body.with_config().limit(limit.saturating_add(1)).read_to_vec()?;
    let mut answer = Response::new(body);
    *answer.status_mut() = parts.status;
    *answer.version_mut() = parts.version;
    *answer.headers_mut() = parts.headers;
    Ok(answer)
}
