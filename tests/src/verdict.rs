//! What an error says, in a form that a table of expectations can hold.

use tegata_core::error::{
    ApiMisuse, Error, ErrorCode, Fault, TokenFault, TokenKind, TransportFault,
};
use tegata_core::http::Endpoint;

/// Whose fault it was, where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for these tests alone")]
pub enum Verdict {
    /// [`Error::ApiMisuse`].
    ApiMisuse(ApiMisuse),
    /// [`Error::InvalidToken`].
    InvalidToken(TokenKind, TokenFault),
    /// [`Error::Misbehaved`].
    Misbehaved(Endpoint, Fault),
    /// [`Error::Refused`], by code or by status alone.
    Refused(Endpoint, Option<ErrorCode>),
    /// [`Error::Transport`].
    Transport(Endpoint, TransportFault),
}

impl Verdict {
    /// The verdict on what has to be an error.
    ///
    /// # Panics
    ///
    /// When it is none, or one of a kind that was unknown when this was written.
    #[expect(clippy::panic, reason = "a test whose error is missing must not go on")]
    #[track_caller]
    pub fn on<T>(result: Result<T, Error>) -> Self {
        match result {
            Err(Error::ApiMisuse(misuse)) => Self::ApiMisuse(misuse),
            Err(Error::InvalidToken(token)) => Self::InvalidToken(token.kind, token.fault),
            Err(Error::Misbehaved(answer)) => Self::Misbehaved(answer.endpoint, answer.fault),
            Err(Error::Refused(no)) => Self::Refused(no.endpoint(), no.code().cloned()),
            Err(Error::Transport(error)) => Self::Transport(error.endpoint, error.fault),
            Err(error) => panic!("an unknown kind of error: {error}"),
            Ok(_) => panic!("there is no error"),
        }
    }

    /// A refusal by code.
    #[must_use]
    pub const fn refused(endpoint: Endpoint, code: ErrorCode) -> Self {
        Self::Refused(endpoint, Some(code))
    }
}
