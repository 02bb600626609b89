//! Reads a body up to the limit, and leaves behind what only reqwest needs.

use http::Response;
use tegata_core::error::TransportFault;
use tegata_core::http::{HttpResponse, MAX_RESPONSE_BYTES};

use crate::fault::Failure;

/// Reads the whole body; longer than [`MAX_RESPONSE_BYTES`] is an error as soon as it is seen.
pub(crate) async fn read(mut response: reqwest::Response) -> Result<HttpResponse, Failure> {
    let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(TransportFault::BodyTooLarge.into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len().saturating_add(chunk.len()) > MAX_RESPONSE_BYTES {
            return Err(TransportFault::BodyTooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = Response::new(body);
    *answer.status_mut() = response.status();
    *answer.version_mut() = response.version();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}
