//! What to do about an error: the closed list that every error maps to.

use std::time::Duration;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Ask for consent again: a new sign-in with `prompt=consent`.
    AskConsentAgain,
    /// Correct the client's registration or its settings.
    FixConfiguration,
    /// Correct the program.
    FixProgram,
    /// Get another access token with the refresh token, which may be good, and send the same request
    /// once more. Without a refresh token, or when that does not help, start a new sign-in.
    Refresh,
    /// Send the same request again.
    Retry {
        /// Not before this much time has passed; `None`: back off as for any other failure.
        after: Option<Duration>,
    },
    /// Stop, keep the log, do not retry: somebody may be forging answers.
    SecurityIncident,
    /// Tell the user; nothing is broken.
    ShowUser,
    /// Start a new sign-in. Tokens that the error is about are dead: drop them. An access token that an
    /// API refuses has a refresh token to try first.
    SignInAgain,
    /// An administrator of the user's organisation must act.
    TellAdministrator,
}
