//! What the user decides when a client asks for consent.

use tegata_core::scope::Scope;

/// What the user answers to a request for consent, from now on: [`FakeProvider::consent`].
///
/// ```
/// use tegata_testkit::profile::Profile;
/// use tegata_testkit::{Decision, FakeProvider};
///
/// let provider = FakeProvider::new(Profile::GOOGLE);
/// provider.consent(Decision::approve().user("bob").only("openid email"));
/// provider.consent(Decision::decline());
/// ```
///
/// [`FakeProvider::consent`]: crate::FakeProvider::consent
#[derive(Clone, Debug)]
pub struct Decision(pub(crate) Choice);

#[derive(Clone, Debug)]
pub(crate) enum Choice {
    Approve { subject: Option<String>, scope: Option<Scope> },
    Decline,
    Fail(&'static str),
}

impl Decision {
    /// The first user signs in and agrees to everything. What happens when nothing else is said.
    #[must_use]
    pub const fn approve() -> Self {
        Self(Choice::Approve { subject: None, scope: None })
    }

    /// The user says no.
    #[must_use]
    pub const fn decline() -> Self {
        Self(Choice::Decline)
    }

    /// The request fails with this error code, such as `server_error`.
    #[must_use]
    pub const fn fail(code: &'static str) -> Self {
        Self(Choice::Fail(code))
    }

    /// This user signs in. Only an approval has one.
    #[must_use]
    pub fn user(mut self, subject: &str) -> Self {
        if let Choice::Approve { subject: user, .. } = &mut self.0 {
            *user = Some(subject.to_owned());
        }
        self
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        if let Choice::Approve { subject, .. } = &self.0 { subject.as_deref() } else { None }
    }

    /// The user agrees to these scopes and to no other. Only an approval has them.
    ///
    /// # Panics
    ///
    /// When `scope` is none.
    #[must_use]
    pub fn only(mut self, scope: &str) -> Self {
        if let Choice::Approve { scope: granted, .. } = &mut self.0 {
            *granted = Some(Scope::parse(scope).expect("scopes as RFC 6749 §3.3 allows them"));
        }
        self
    }
}

impl Default for Decision {
    fn default() -> Self {
        Self::approve()
    }
}
