//! What to do about an event: a table, so that a preset or an application can have its own.

use super::{Event, EventType};

/// One line of the table: for this event, do that.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tables of other crates and of applications")]
pub struct Advice {
    /// The kind of event.
    pub event: &'static EventType,
    /// For which `reason` of it.
    pub because: Because,
    /// Whether the transmitter demands it.
    pub necessity: Necessity,
    /// What to do.
    pub reaction: Reaction,
}

/// For which `reason` of an event a line of the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Because {
    /// Whatever it says.
    Any,
    /// No reason is given, or one that no other line of the event names.
    NothingElse,
    /// This one.
    Reason(&'static str),
}

/// Whether the transmitter demands a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Necessity {
    /// It has to be done.
    Required,
    /// It is a good idea.
    Suggested,
}

/// What to do about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reaction {
    /// Let the user sign in by this provider, and recover the account by its address, again.
    AllowSignIn,
    /// Compare `state` with the one that was asked for, and write it to the log.
    CompareState,
    /// Delete the user's tokens of this provider.
    DeleteTokens,
    /// Delete the one refresh token that the subject names; ask for consent when it is needed next.
    DeleteNamedToken,
    /// End every session of the user.
    EndSessions,
    /// Look at what the account did lately.
    ExamineActivity,
    /// Do not let the user sign in by this provider, nor recover the account by its address.
    ForbidSignIn,
    /// Forget the address or number: it is another's now.
    ForgetIdentifier,
    /// Offer another way to sign in.
    OfferAnotherWayIn,
    /// Ask the user to prove who they are before anything that matters.
    Reauthenticate,
    /// Watch for suspicious activity.
    Watch,
}

/// What `table` says about `event`, the required reactions first.
///
/// ```
/// use tegata_oidc::events::{ADVICE, Event, Reaction, advise};
///
/// fn must_end_sessions(event: &Event) -> bool {
///     advise(ADVICE, event).any(|advice| advice.reaction == Reaction::EndSessions)
/// }
/// ```
pub fn advise<'t>(table: &'t [Advice], event: &Event) -> impl Iterator<Item = &'t Advice> {
    let about = || table.iter().filter(|line| line.event == event.kind());
    let names = |line: &Advice| match line.because {
        Because::Reason(reason) => event.reason() == Some(reason),
        _ => false,
    };
    let named = about().any(names);
    let fits = |line: &&Advice| match line.because {
        Because::Any => true,
        Because::NothingElse => !named,
        Because::Reason(_) => names(line),
    };
    let mut lines: Vec<_> = about().filter(fits).collect();
    lines.sort_by_key(|line| line.necessity != Necessity::Required);
    lines.into_iter()
}

/// What to do about the events of RISC and CAEP where the transmitter says nothing of its own.
/// Everything is a suggestion.
pub const ADVICE: &[Advice] = &[
    suggest(&EventType::AccountCredentialChangeRequired, Reaction::Watch),
    suggest(&EventType::AccountDisabled, Reaction::EndSessions),
    suggest(&EventType::AccountDisabled, Reaction::ForbidSignIn),
    suggest(&EventType::AccountEnabled, Reaction::AllowSignIn),
    suggest(&EventType::AccountPurged, Reaction::DeleteTokens),
    suggest(&EventType::AccountPurged, Reaction::EndSessions),
    suggest(&EventType::AccountPurged, Reaction::OfferAnotherWayIn),
    suggest(&EventType::AssuranceLevelChange, Reaction::Reauthenticate),
    suggest(&EventType::CredentialChange, Reaction::Reauthenticate),
    suggest(&EventType::CredentialCompromise, Reaction::EndSessions),
    suggest(&EventType::DeviceComplianceChange, Reaction::Reauthenticate),
    suggest(&EventType::IdentifierChanged, Reaction::ForgetIdentifier),
    suggest(&EventType::IdentifierRecycled, Reaction::ForgetIdentifier),
    suggest(&EventType::RecoveryActivated, Reaction::Watch),
    suggest(&EventType::RecoveryInformationChanged, Reaction::Watch),
    suggest(&EventType::RiskLevelChange, Reaction::Reauthenticate),
    suggest(&EventType::SessionRevoked, Reaction::EndSessions),
    suggest(&EventType::SessionsRevoked, Reaction::EndSessions),
    suggest(&EventType::TokenClaimsChange, Reaction::Reauthenticate),
    suggest(&EventType::TokenRevoked, Reaction::DeleteNamedToken),
    suggest(&EventType::TokensRevoked, Reaction::DeleteTokens),
    suggest(&EventType::TokensRevoked, Reaction::EndSessions),
    suggest(&EventType::Verification, Reaction::CompareState),
    suggest(&EventType::VerificationOfRisc, Reaction::CompareState),
];

const fn suggest(event: &'static EventType, reaction: Reaction) -> Advice {
    Advice { event, because: Because::Any, necessity: Necessity::Suggested, reaction }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reactions(table: &[Advice], uri: &str, reason: Option<&str>) -> Vec<Reaction> {
        let details = reason.map_or(json!({}), |reason| json!({ "reason": reason }));
        let event = Event::new(uri, details.as_object().unwrap(), None);
        advise(table, &event).map(|advice| advice.reaction).collect()
    }

    #[test]
    fn a_reason_that_is_named_takes_the_place_of_the_rest() {
        let event = &EventType::AccountDisabled;
        let line = |because, necessity, reaction| Advice { event, because, necessity, reaction };
        let table = [
            line(Because::NothingElse, Necessity::Suggested, Reaction::ForbidSignIn),
            line(Because::Any, Necessity::Suggested, Reaction::Watch),
            line(Because::Reason("hijacking"), Necessity::Required, Reaction::EndSessions),
        ];
        let uri = event.uri();
        let expected = [Reaction::EndSessions, Reaction::Watch];
        assert_eq!(reactions(&table, uri, Some("hijacking")), expected);
        for other in [None, Some("weather")] {
            assert_eq!(reactions(&table, uri, other), [Reaction::ForbidSignIn, Reaction::Watch]);
        }
        assert!(reactions(&table, "https://example.com/odd", None).is_empty());
    }
}
