//! Reads reqwest's errors: how the bytes failed to get through, and what of it may be shown.

use std::error::Error;
use std::fmt;
use std::io;

use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::Endpoint;

/// Why one attempt failed: an error of reqwest's, or a refusal of our own.
#[derive(Debug)]
pub(crate) enum Failure {
    Library(reqwest::Error),
    Own(TransportFault),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Library(error)
    }
}

impl From<TransportFault> for Failure {
    fn from(fault: TransportFault) -> Self {
        Self::Own(fault)
    }
}

/// What the resolver returns through reqwest when it refuses an address.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) TransportFault);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Refused {}

/// The error of the workspace for a failed attempt.
pub(crate) fn transport_error(endpoint: Endpoint, failure: Failure) -> TransportError {
    match failure {
        Failure::Own(fault) => TransportError::new(endpoint, fault),
        // An error of reqwest's shows the whole URL, its query included.
        Failure::Library(error) => {
            TransportError::new(endpoint, fault(&error)).with_source(error.without_url())
        }
    }
}

fn fault(error: &reqwest::Error) -> TransportFault {
    if let Some(Refused(fault)) = causes(error).find_map(|cause| cause.downcast_ref()) {
        *fault
    } else if causes(error).any(|cause| cause.is::<rustls::Error>()) {
        TransportFault::Tls
    } else if error.is_dns() {
        TransportFault::Dns
    } else if error.is_connect() {
        TransportFault::Connect
    } else if error.is_timeout() {
        TransportFault::Timeout
    } else {
        TransportFault::Interrupted
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| match error.downcast_ref::<io::Error>() {
        // The source of an I/O error is the source of what it wraps, which would be left out.
        Some(wrapping) => wrapping.get_ref().map(|inner| -> &(dyn Error + 'static) { inner }),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_library_is_passed_on_without_the_address() {
        let error = reqwest::Proxy::all("\0").unwrap_err();
        let url = "https://op.example.com/?code=canary".parse().unwrap();
        let error = transport_error(Endpoint::Token, Failure::Library(error.with_url(url)));
        let source = error.source().unwrap();
        assert!(!format!("{error:?} {source} {source:?}").contains("canary"));
    }
}
