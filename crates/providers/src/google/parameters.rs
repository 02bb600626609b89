//! The parameters that only Google's authorization endpoint knows, with the values that it allows.

use std::fmt;

use tegata_core::error::{Error, InvalidToken, TokenFault};
use tegata_jose::id_token::IdToken;
use tegata_oidc::sign_in::Parameters;

/// `access_type`: whether the application acts while the user is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessType {
    /// With a refresh token. [`offline()`](tegata_oidc::sign_in::SignInRequest::offline) says the
    /// same, and is understood by every preset.
    Offline,
    /// Without. Google's default.
    #[default]
    Online,
}

/// `hd`: which Google Workspace accounts may sign in.
///
/// The parameter only tunes Google's page, and a user can change it: [`check`](Self::check) the ID
/// token afterwards.
///
/// ```
/// use tegata_oidc::sign_in::SignInRequest;
/// use tegata_providers::google::{GoogleParameters, HostedDomain};
///
/// let ours = HostedDomain::Of("example.com".to_owned());
/// let request = SignInRequest::new().scope("openid email")?.hosted_domain(&ours)?;
/// // … and when the user is back: ours.check(signed_in.claims())?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostedDomain {
    /// Any Workspace account, and no consumer account.
    Any,
    /// The accounts of this domain.
    Of(String),
}

impl HostedDomain {
    /// Checks that the user is one of them.
    ///
    /// # Errors
    ///
    /// [`TokenFault::HostedDomain`]: ask the user to take the account of the organisation.
    pub fn check(&self, id_token: &IdToken) -> Result<(), Error> {
        let found = super::claims::hosted_domain(id_token);
        let fits = match self {
            Self::Any => found.is_some(),
            Self::Of(domain) => found.is_some_and(|found| found.eq_ignore_ascii_case(domain)),
        };
        if fits {
            return Ok(());
        }
        Err(InvalidToken::new(id_token.kind(), TokenFault::HostedDomain).into())
    }
}

impl fmt::Display for HostedDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "*",
            Self::Of(domain) => domain,
        })
    }
}

/// Google's own parameters, on everything that takes parameters: requests, and the sign-ins of both
/// backends.
///
/// ```
/// use tegata_oidc::sign_in::SignInRequest;
/// use tegata_providers::google::GoogleParameters;
///
/// let request = SignInRequest::new()
///     .scope("https://www.googleapis.com/auth/drive.file")?
///     .offline()
///     .include_granted_scopes(true)?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
pub trait GoogleParameters: Parameters {
    /// `access_type`.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](tegata_core::error::ApiMisuse::Unsupported) when it is set already.
    fn access_type(self, access_type: AccessType) -> Result<Self, Error> {
        self.with_parameter(
            "access_type",
            match access_type {
                AccessType::Offline => "offline",
                AccessType::Online => "online",
            },
        )
    }

    /// `enable_granular_consent`: with `false`, no checkbox for each scope. It works for client IDs
    /// from before 2019 alone.
    ///
    /// # Errors
    ///
    /// As [`access_type`](Self::access_type).
    fn enable_granular_consent(self, enabled: bool) -> Result<Self, Error> {
        self.with_parameter("enable_granular_consent", truth(enabled))
    }

    /// `hd`: see [`HostedDomain`].
    ///
    /// # Errors
    ///
    /// As [`access_type`](Self::access_type).
    fn hosted_domain(self, domain: &HostedDomain) -> Result<Self, Error> {
        self.with_parameter("hd", &domain.to_string())
    }

    /// `include_granted_scopes`: with `true`, the tokens are good for what the user granted to the
    /// project before, too. Revoking one of them revokes all of it.
    ///
    /// # Errors
    ///
    /// As [`access_type`](Self::access_type).
    fn include_granted_scopes(self, included: bool) -> Result<Self, Error> {
        self.with_parameter("include_granted_scopes", truth(included))
    }
}

impl<P: Parameters> GoogleParameters for P {}

const fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
