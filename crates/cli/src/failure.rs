//! Why a command could not do its work, and what to do about it.

use std::error::Error as _;
use std::io;

use tegata_core::Error;
use tegata_core::error::{Fault, Remedy, TransportFault};
use tegata_core::http::Endpoint;
use tegata_tokens::store::StoreError;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file or a stream, by what it is to the person, and what the system said.
    Io(String, io::Error),
    Protocol(Error),
    Tokens(tegata_tokens::Error),
    Usage(String),
}

impl Failure {
    /// For `map_err`: names what was read, written or opened.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |error| Self::Io(what, error)
    }

    /// A text for a person, several lines when there is advice.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Io(what, error) => format!("error: {what}: {error}"),
            Self::Protocol(error) => {
                let said = match error {
                    Error::ApiMisuse(error) => error.to_string(),
                    Error::InvalidToken(error) => format!("{}: {error}", error.fault.code()),
                    error => error.to_string(),
                };
                format!("error: {said}\n  {}", advice_on(error))
            }
            Self::Tokens(error) => {
                let cause = match error {
                    tegata_tokens::Error::Store(error) => error.source().map(ToString::to_string),
                    tegata_tokens::Error::Unavailable { cause, .. } => {
                        cause.as_ref().map(ToString::to_string)
                    }
                    _ => None,
                };
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                let advice = match (error, error.remedy()) {
                    (tegata_tokens::Error::Store(_), Remedy::FixConfiguration) => {
                        "Let this user write there, or name another place by --store."
                    }
                    (_, remedy) => advice(remedy),
                };
                format!("error: {error}{cause}\n  {advice}")
            }
            Self::Usage(text) => format!("error: {text}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Protocol(error)
    }
}

impl From<tegata_tokens::Error> for Failure {
    fn from(error: tegata_tokens::Error) -> Self {
        Self::Tokens(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Tokens(error.into())
    }
}

/// What to do at this terminal, or what the remedy says in general.
fn advice_on(error: &Error) -> &'static str {
    match error {
        Error::ApiMisuse(_) => "Correct the command, or the file that it reads.",
        Error::Transport(error)
            if matches!(error.fault, TransportFault::Connect | TransportFault::Dns) =>
        {
            "Is the address right? Try again in a moment."
        }
        Error::Transport(error) if error.fault == TransportFault::InsecureScheme => {
            "Only https is asked; --allow-loopback-http allows plain http to this very machine."
        }
        Error::Transport(error) if error.fault == TransportFault::Tls => {
            "Is the address right? A private certificate authority is trusted by --ca FILE."
        }
        Error::Misbehaved(error)
            if error.endpoint == Endpoint::Discovery
                && matches!(error.fault, Fault::Status | Fault::ContentType) =>
        {
            "Is this the issuer, letter for letter, path included?"
        }
        error => advice(error.remedy()),
    }
}

/// The remedy in a sentence.
const fn advice(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::AskConsentAgain => "Ask the user for consent again (prompt=consent).",
        Remedy::FixConfiguration => "Correct the client's registration or its settings.",
        Remedy::FixProgram => "Correct the command or the program.",
        Remedy::Refresh => "Refresh the access token; if that does not help, sign in again.",
        Remedy::Retry { .. } => "Try again in a moment.",
        Remedy::SecurityIncident => "Somebody may be forging answers: do not go on.",
        Remedy::ShowUser => "Nothing is broken: tell the user.",
        Remedy::SignInAgain => "Sign in again.",
        Remedy::TellAdministrator => "An administrator of the user's organisation must act.",
        _ => "See the documentation of the error.",
    }
}
