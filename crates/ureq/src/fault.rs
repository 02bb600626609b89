//! Reads ureq's errors: how the bytes failed to get through, and what of it may be shown.

use std::error::Error;
use std::fmt;
use std::io;

use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::Endpoint;
use ureq::Timeout;

/// What failed before the request was sent.
#[derive(Debug)]
pub(crate) struct Unsent {
    fault: TransportFault,
    source: Option<ureq::Error>,
}

impl Unsent {
    /// A failure of the connector: whatever it is, nothing was sent.
    pub(crate) fn connecting(error: ureq::Error) -> ureq::Error {
        let fault = match fault(&error) {
            TransportFault::Interrupted => TransportFault::Connect,
            known => known,
        };
        Self { fault, source: Some(error) }.into()
    }

    /// A failure of the resolver.
    pub(crate) fn resolving(error: ureq::Error) -> ureq::Error {
        let fault = match fault(&error) {
            TransportFault::Timeout => TransportFault::Timeout,
            _ => TransportFault::Dns,
        };
        Self { fault, source: Some(error) }.into()
    }

    /// A refusal of our own.
    pub(crate) fn refused(fault: TransportFault) -> ureq::Error {
        Self { fault, source: None }.into()
    }
}

impl From<Unsent> for ureq::Error {
    fn from(unsent: Unsent) -> Self {
        Self::Other(Box::new(unsent))
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl Error for Unsent {}

/// The error of the workspace for an error of ureq's.
pub(crate) fn transport_error(endpoint: Endpoint, error: ureq::Error) -> TransportError {
    let (fault, source) = match error {
        ureq::Error::Other(other) => match other.downcast::<Unsent>() {
            Ok(unsent) => (unsent.fault, unsent.source),
            Err(_) => (TransportFault::Interrupted, None),
        },
        error => (fault(&error), Some(error)),
    };
    let transport_error = TransportError::new(endpoint, fault);
    match source.filter(shows_nothing) {
        Some(source) => transport_error.with_source(source),
        None => transport_error,
    }
}

fn fault(error: &ureq::Error) -> TransportFault {
    match error {
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            TransportFault::BodyTooLarge
        }
        ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            TransportFault::Connect
        }
        ureq::Error::HostNotFound => TransportFault::Dns,
        ureq::Error::Io(error) => io_fault(error),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
            TransportFault::Tls
        }
        ureq::Error::Timeout(Timeout::Connect) => TransportFault::Connect,
        ureq::Error::Timeout(Timeout::Resolve) => TransportFault::Dns,
        ureq::Error::Timeout(_) => TransportFault::Timeout,
        _ => TransportFault::Interrupted,
    }
}

fn io_fault(error: &io::Error) -> TransportFault {
    if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
        return TransportFault::Tls;
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => TransportFault::Connect,
        _ => TransportFault::Interrupted,
    }
}

/// The other errors of ureq's quote the address or a header.
const fn shows_nothing(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::BodyExceedsLimit(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::HostNotFound
            | ureq::Error::Io(_)
            | ureq::Error::LargeResponseHeader(..)
            | ureq::Error::Rustls(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::Tls(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_quotes_an_address_is_not_passed_on() {
        let quoting = [
            ureq::Error::BadUri("https://op.example.com/?code=canary".to_owned()),
            ureq::Error::RequireHttpsOnly("http://op.example.com/?code=canary".to_owned()),
            Unsent::connecting(ureq::Error::ConnectProxyFailed("canary".to_owned())),
        ];
        for error in quoting {
            let error = transport_error(Endpoint::Token, error);
            assert!(error.source().is_none() && !format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn an_error_that_says_nothing_secret_is_passed_on() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = transport_error(Endpoint::Token, Unsent::connecting(refused.into()));
        assert!(error.source().is_some_and(|source| source.to_string().contains("refused")));
    }

    #[test]
    fn what_fails_before_sending_is_told_from_what_fails_after() {
        let broken = || ureq::Error::Io(io::ErrorKind::ConnectionReset.into());
        let timeout = |which| ureq::Error::Timeout(which);
        let cases = [
            (broken(), TransportFault::Interrupted),
            (Unsent::connecting(broken()), TransportFault::Connect),
            (Unsent::resolving(broken()), TransportFault::Dns),
            (Unsent::resolving(timeout(Timeout::Resolve)), TransportFault::Dns),
            (Unsent::resolving(timeout(Timeout::Global)), TransportFault::Timeout),
            (Unsent::connecting(timeout(Timeout::Connect)), TransportFault::Connect),
            (Unsent::connecting(timeout(Timeout::Global)), TransportFault::Timeout),
            (timeout(Timeout::RecvBody), TransportFault::Timeout),
        ];
        for (error, expected) in cases {
            let name = format!("{error:?}");
            assert_eq!(transport_error(Endpoint::Token, error).fault, expected, "{name}");
        }
    }
}
