//! Cross-Account Protection (RISC): Google says what happened to an account, and wants something done.
//!
//! ```no_run
//! use tegata_oidc::events::{Necessity, advise, push};
//! use tegata_providers::google::risc;
//! # fn example(
//! #     party: &tegata_oidc::RelyingParty,
//! #     request: &tegata_core::http::HttpRequest,
//! #     run: impl Fn(tegata_oidc::events::Receive)
//! #         -> Result<tegata_oidc::events::Received, tegata_core::Error>,
//! # ) -> Result<(), tegata_core::Error> {
//! let receiver = risc::receiver(&["123-web.apps.googleusercontent.com"], party.backend())?;
//! let received = push::read(request).and_then(|token| run(receiver.receive(token)));
//! for event in received.iter().flat_map(|received| received.events()) {
//!     for advice in advise(risc::ADVICE, &event) {
//!         println!("{:?}: {:?}", advice.necessity, advice.reaction);
//!     }
//! }
//! let answer = push::answer(&received);
//! # Ok(()) }
//! ```

mod stream;
mod token_identifier;

use tegata_core::error::Error;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend::Backend;
use tegata_oidc::events::{Advice, Because, EventType, Necessity, Reaction, Receiver};

pub use stream::{API, AUDIENCE, Status, StreamApi, StreamCall, StreamConfiguration};
pub use token_identifier::{double_hash, names, prefix};

/// `iss` of its events. With a slash at the end, unlike that of ID tokens.
pub const ISSUER: &str = "https://accounts.google.com/";

/// Where its configuration is.
pub const CONFIGURATION: &str = "https://accounts.google.com/.well-known/risc-configuration";

/// A receiver of Google's events for any one of these client IDs: all of the project's.
///
/// # Errors
///
/// [`ApiMisuse::Required`](tegata_core::error::ApiMisuse::Required) without a client ID.
pub fn receiver(client_ids: &[&str], backend: &'static dyn Backend) -> Result<Receiver, Error> {
    receiver_at(ISSUER, CONFIGURATION, client_ids, backend)
}

/// The same of another transmitter that behaves like Google: a test's.
///
/// # Errors
///
/// As [`receiver`], and [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url).
pub fn receiver_at(
    issuer: &str,
    configuration: &str,
    client_ids: &[&str],
    backend: &'static dyn Backend,
) -> Result<Receiver, Error> {
    let algorithms = AllowedAlgorithms::of(&[Algorithm::RS256]);
    Receiver::new(issuer, configuration, client_ids, algorithms, backend)
}

/// What Google requires and suggests, event by event.
///
/// <https://developers.google.com/identity/protocols/risc>, read in a copy of May 2026.
pub const ADVICE: &[Advice] = &[
    require(&EventType::SessionsRevoked, Because::Any, Reaction::EndSessions),
    require(&EventType::TokensRevoked, Because::Any, Reaction::EndSessions),
    suggest(&EventType::TokensRevoked, Because::Any, Reaction::DeleteTokens),
    suggest(&EventType::TokensRevoked, Because::Any, Reaction::OfferAnotherWayIn),
    require(&EventType::TokenRevoked, Because::Any, Reaction::DeleteNamedToken),
    require(&EventType::AccountDisabled, Because::Reason("hijacking"), Reaction::EndSessions),
    suggest(
        &EventType::AccountDisabled,
        Because::Reason("bulk-account"),
        Reaction::ExamineActivity,
    ),
    suggest(&EventType::AccountDisabled, Because::NothingElse, Reaction::ForbidSignIn),
    suggest(&EventType::AccountEnabled, Because::Any, Reaction::AllowSignIn),
    suggest(&EventType::AccountCredentialChangeRequired, Because::Any, Reaction::Watch),
    suggest(&EventType::VerificationOfRisc, Because::Any, Reaction::CompareState),
];

/// The kinds of event that Google sends: what to ask the stream for.
pub const EVENTS: &[EventType] = &[
    EventType::SessionsRevoked,
    EventType::TokensRevoked,
    EventType::TokenRevoked,
    EventType::AccountDisabled,
    EventType::AccountEnabled,
    EventType::AccountCredentialChangeRequired,
    EventType::VerificationOfRisc,
];

const fn require(event: &'static EventType, because: Because, reaction: Reaction) -> Advice {
    Advice { event, because, necessity: Necessity::Required, reaction }
}

const fn suggest(event: &'static EventType, because: Because, reaction: Reaction) -> Advice {
    Advice { event, because, necessity: Necessity::Suggested, reaction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_is_asked_for_has_an_advice() {
        for event in EVENTS {
            assert!(ADVICE.iter().any(|line| line.event == event), "{}", event.uri());
        }
    }
}
