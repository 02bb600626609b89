//! Service accounts: an application's own identity at Google, by a private key.

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::json::Object;
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;
use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend::Backend;
use tegata_jose::sign::SigningKey;
use tegata_oidc::assertion::{Assertion, JwtBearer};

/// The token endpoint, which is also the audience of its assertions.
pub const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";

/// The longest file that is read, in bytes. A key of 4,096 bits makes four thousand.
const MAX_BYTES: usize = 64 * 1024;

/// A service account, from the key file that the API Console offers for download.
///
/// Its `token_uri` is not followed: a file from elsewhere cannot send assertions to its author.
///
/// ```no_run
/// use tegata_core::scope::Scope;
/// use tegata_providers::google::ServiceAccount;
/// # fn example(json: &str, client: tegata_oidc::RelyingParty) -> Result<(), tegata_core::Error> {
/// let account = ServiceAccount::parse(json, client.backend())?;
/// let scope = Scope::parse("https://www.googleapis.com/auth/devstorage.read_only")?;
/// let flow = account.access_token(&scope)?;             // client.run(flow)? is a TokenSet
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    email: String,
    project_id: Option<String>,
    key: SigningKey,
    user: Option<String>,
    token_endpoint: String,
}

impl ServiceAccount {
    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] names the field, and says what the file is when it is another
    /// one.
    pub fn parse(json: &str, backend: &'static dyn Backend) -> Result<Self, Error> {
        if json.len() > MAX_BYTES {
            return Err(refuse(format!("longer than {MAX_BYTES} bytes")));
        }
        let file = Object::parse(json.as_bytes()).map_err(|fault| refuse(fault.to_string()))?;
        if let Some(kind) = another_kind(&file) {
            return Err(refuse(kind.to_owned()));
        }
        let text = |name| file.required_str(name).map_err(|fault| refuse(fault.to_string()));
        let key = SigningKey::from_pem(Algorithm::RS256, text("private_key")?, backend)
            .map_err(|fault| refuse(format!("\"private_key\": {fault}")))?;
        Ok(Self {
            email: text("client_email")?.to_owned(),
            project_id: file.str("project_id").ok().flatten().map(str::to_owned),
            key: key.with_key_id(text("private_key_id")?),
            user: None,
            token_endpoint: TOKEN_ENDPOINT.to_owned(),
        })
    }

    /// The same, acting as `user`, whose Workspace administrator has delegated the domain to it.
    #[must_use]
    pub fn on_behalf_of(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// The same at another token endpoint: a test provider's.
    #[must_use]
    pub fn with_token_endpoint(mut self, url: &str) -> Self {
        url.clone_into(&mut self.token_endpoint);
        self
    }

    /// `client_email`: what it is called.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// `project_id`
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// The flow that gets an access token for `scope`. There is no refresh token: ask again.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Url`] when the token endpoint is none.
    pub fn access_token(&self, scope: &Scope) -> Result<JwtBearer, Error> {
        let url = EndpointUrl::new(&self.token_endpoint)?;
        let mut assertion = Assertion::new(self.key.clone(), &self.email, &self.token_endpoint)
            .with_claim("scope", scope.to_string());
        if let Some(user) = &self.user {
            assertion = assertion.with_subject(user);
        }
        Ok(JwtBearer::new(url, assertion, super::PROFILE.tolerance))
    }

    /// A JWT of its own making that one of Google's APIs takes as an access token, with no request:
    /// `audience` is `https://SERVICE.googleapis.com/` or what the API documents.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] when the key cannot sign.
    pub fn self_signed(&self, audience: &str, now: UnixTime) -> Result<AccessToken, Error> {
        Assertion::new(self.key.clone(), &self.email, audience)
            .with_subject(&self.email)
            .as_access_token(now)
    }
}

fn another_kind(file: &Object<'_>) -> Option<&'static str> {
    match file.get("type").and_then(|value| value.as_str()) {
        Some("service_account") => None,
        Some("authorized_user") => Some("these are the credentials of a user"),
        _ if file.get("web").is_some() || file.get("installed").is_some() => {
            Some("this is the file of an OAuth client ID")
        }
        _ => Some("its \"type\" is not \"service_account\""),
    }
}

fn refuse(fault: String) -> Error {
    ApiMisuse::Configuration { what: "service account key", fault }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tegata_jose::backend;

    #[test]
    fn names_the_field_or_the_kind_of_file() {
        for (json, expected) in [
            (r#"{"type":"service_account"}"#, "\"private_key\" is missing"),
            (r#"{"type":"service_account","private_key":"x"}"#, "\"private_key\": "),
            (r#"{"type":"authorized_user"}"#, "credentials of a user"),
            (r#"{"web":{}}"#, "OAuth client ID"),
            ("{}", "\"type\" is not"),
            ("[]", "should be an object"),
        ] {
            let error = ServiceAccount::parse(json, backend::ring()).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = ServiceAccount::parse(&text, backend::ring());
        }
    }
}
