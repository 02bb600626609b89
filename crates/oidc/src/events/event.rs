//! What happened: the event types of RISC, CAEP, the Shared Signals Framework and OAuth, by name.

use std::fmt;

use serde_json::{Map, Value};

use super::Subject;

macro_rules! event_types {
    ($($(#[$docs:meta])+ $variant:ident = $uri:literal,)+) => {
        /// The kind of an event. The set is open: what we do not know is kept.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[$docs])+ $variant,)+
            /// Any other kind. Compare with [`EventType::uri`].
            Unknown(UnknownEvent),
        }

        impl EventType {
            /// The kinds that are known here, in alphabetical order.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads the URI, letter for letter.
            #[must_use]
            pub fn new(uri: &str) -> Self {
                match uri {
                    $($uri => Self::$variant,)+
                    other => Self::Unknown(UnknownEvent(other.into())),
                }
            }

            /// The URI.
            #[must_use]
            pub fn uri(&self) -> &str {
                match self {
                    $(Self::$variant => $uri,)+
                    Self::Unknown(unknown) => &unknown.0,
                }
            }
        }
    };
}

/// The URI of a kind of event that is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEvent(Box<str>);

event_types! {
    /// The user must change the password or another credential (RISC §2.1).
    AccountCredentialChangeRequired =
        "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required",
    /// The account is disabled; `reason` may say why (RISC §2.3).
    AccountDisabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    /// The account is enabled (RISC §2.4).
    AccountEnabled = "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
    /// The account is deleted for good (RISC §2.2).
    AccountPurged = "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    /// How well the user proved who they are has changed (CAEP §3.4).
    AssuranceLevelChange =
        "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
    /// A credential was made, changed, revoked or deleted (CAEP §3.3).
    CredentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change",
    /// A credential is known to somebody else (RISC §2.7).
    CredentialCompromise =
        "https://schemas.openid.net/secevent/risc/event-type/credential-compromise",
    /// The user's device keeps to the rules no more, or does again (CAEP §3.5).
    DeviceComplianceChange =
        "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change",
    /// The user's e-mail address or telephone number has changed (RISC §2.5).
    IdentifierChanged = "https://schemas.openid.net/secevent/risc/event-type/identifier-changed",
    /// The address or number belongs to another user now (RISC §2.6).
    IdentifierRecycled = "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled",
    /// The user takes part in the exchange of events again (RISC §2.8).
    OptIn = "https://schemas.openid.net/secevent/risc/event-type/opt-in",
    /// The user takes part no more (RISC §2.8).
    OptOutEffective = "https://schemas.openid.net/secevent/risc/event-type/opt-out-effective",
    /// The user began to recover the account (RISC §2.9).
    RecoveryActivated = "https://schemas.openid.net/secevent/risc/event-type/recovery-activated",
    /// The means to recover the account have changed (RISC §2.10).
    RecoveryInformationChanged =
        "https://schemas.openid.net/secevent/risc/event-type/recovery-information-changed",
    /// How risky the user's doings look has changed (CAEP §3.8).
    RiskLevelChange = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change",
    /// One session, or all of a kind, is over (CAEP §3.1).
    SessionRevoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
    /// All sessions of the user are over (RISC §2.11).
    SessionsRevoked = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked",
    /// The stream is paused, disabled or enabled (Shared Signals Framework §8.1.5).
    StreamUpdated = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated",
    /// The claims of a token that is in use have changed (CAEP §3.2).
    TokenClaimsChange = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change",
    /// One token, which the subject names, is revoked (OAuth event types, Google).
    TokenRevoked = "https://schemas.openid.net/secevent/oauth/event-type/token-revoked",
    /// All tokens of the user for this client are revoked (OAuth event types, Google).
    TokensRevoked = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked",
    /// The answer to a request for one, to see that the stream works (Shared Signals Framework
    /// §8.1.4).
    Verification = "https://schemas.openid.net/secevent/ssf/event-type/verification",
    /// The same, as Google names it.
    VerificationOfRisc = "https://schemas.openid.net/secevent/risc/event-type/verification",
}

/// One event of a security event token.
#[derive(Clone)]
pub struct Event {
    kind: EventType,
    subject: Option<Subject>,
    details: Map<String, Value>,
}

impl Event {
    /// The event called `uri`; `subject_of_token` is what the token says for all of its events.
    pub(crate) fn new(
        uri: &str,
        details: &Map<String, Value>,
        subject_of_token: Option<&Subject>,
    ) -> Self {
        // Before RFC 9493 the subject stood in the event, and Google still writes it there.
        let own = details.get("subject").and_then(Subject::read);
        let subject = own.or_else(|| subject_of_token.cloned());
        Self { kind: EventType::new(uri), subject, details: details.clone() }
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> &EventType {
        &self.kind
    }

    /// To whom, or to which token. A verification has none.
    #[must_use]
    pub const fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// Why: `hijacking`, `bulk-account`, …
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.details.get("reason").and_then(Value::as_str)
    }

    /// The `state` of a verification: compare it with the one that was asked for.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.details.get("state").and_then(Value::as_str)
    }

    /// Everything that the event says.
    #[must_use]
    pub const fn details(&self) -> &Map<String, Value> {
        &self.details
    }
}

impl fmt::Debug for Event {
    /// Without what it says about the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("kind", &self.kind.uri()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_uri_reads_back() {
        for kind in EventType::KNOWN {
            assert_eq!(EventType::new(kind.uri()), *kind);
        }
        let odd = EventType::new("https://example.com/odd");
        assert_eq!(odd.uri(), "https://example.com/odd");
        assert!(matches!(odd, EventType::Unknown(_)));
    }
}
