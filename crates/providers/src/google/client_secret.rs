//! `client_secret.json`: what the API Console offers for download, for `web` and `installed` clients.

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::json::{JsonFault, Object};
use tegata_core::secret::ClientSecret;

/// The longest file that is read, in bytes. A file with a hundred redirect URIs has ten thousand.
const MAX_BYTES: usize = 64 * 1024;

/// A `client_secret.json`.
///
/// ```
/// use tegata_providers::google::{ApplicationType, ClientSecretFile};
///
/// let file = ClientSecretFile::parse(
///     r#"{"installed": {"client_id": "1.apps.googleusercontent.com", "client_secret": "x"}}"#,
/// )?;
/// assert_eq!(file.application_type(), ApplicationType::Installed);
///
/// let error = ClientSecretFile::parse(r#"{"type": "service_account"}"#).unwrap_err();
/// assert!(error.to_string().contains("service account"));
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecretFile {
    application_type: ApplicationType,
    client_id: String,
    client_secret: ClientSecret,
    project_id: Option<String>,
    auth_uri: Option<String>,
    token_uri: Option<String>,
    auth_provider_x509_cert_url: Option<String>,
    redirect_uris: Vec<String>,
    javascript_origins: Vec<String>,
}

/// The kind of client that a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplicationType {
    /// `installed`: a desktop or command-line application.
    Installed,
    /// `web`: a web server.
    Web,
}

impl ClientSecretFile {
    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] names the field, and says what the file is when it is another one.
    pub fn parse(json: &str) -> Result<Self, Error> {
        if json.len() > MAX_BYTES {
            return Err(refuse(&format!("longer than {MAX_BYTES} bytes")));
        }
        let file = Object::parse(json.as_bytes()).map_err(|fault| refuse(&fault.to_string()))?;
        let member = |name: &str| file.get(name).and_then(|value| value.as_object());
        let (application_type, client) = match (member("web"), member("installed")) {
            (Some(client), None) => (ApplicationType::Web, client),
            (None, Some(client)) => (ApplicationType::Installed, client),
            (Some(_), Some(_)) => return Err(refuse("both \"web\" and \"installed\"")),
            (None, None) => return Err(refuse(what_it_is(&file))),
        };
        Self::read(application_type, client).map_err(|fault| {
            let name = if application_type == ApplicationType::Web { "web" } else { "installed" };
            refuse(&format!("in {name:?}: {fault}"))
        })
    }

    fn read(application_type: ApplicationType, client: &Object<'_>) -> Result<Self, JsonFault> {
        let text = |name| Ok::<_, JsonFault>(client.str(name)?.map(str::to_owned));
        let texts = |name| {
            let list = client.strings(name)?.unwrap_or_default();
            Ok::<_, JsonFault>(list.into_iter().map(str::to_owned).collect())
        };
        Ok(Self {
            application_type,
            client_id: client.required_str("client_id")?.to_owned(),
            client_secret: ClientSecret::new(client.required_str("client_secret")?),
            project_id: text("project_id")?,
            auth_uri: text("auth_uri")?,
            token_uri: text("token_uri")?,
            auth_provider_x509_cert_url: text("auth_provider_x509_cert_url")?,
            redirect_uris: texts("redirect_uris")?,
            javascript_origins: texts("javascript_origins")?,
        })
    }

    /// The kind of client.
    #[must_use]
    pub const fn application_type(&self) -> ApplicationType {
        self.application_type
    }

    /// `client_id`
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `client_secret`
    #[must_use]
    pub const fn client_secret(&self) -> &ClientSecret {
        &self.client_secret
    }

    /// `project_id`
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// `auth_uri`: in these files still the old address; discovery knows the present one.
    #[must_use]
    pub fn auth_uri(&self) -> Option<&str> {
        self.auth_uri.as_deref()
    }

    /// `token_uri`
    #[must_use]
    pub fn token_uri(&self) -> Option<&str> {
        self.token_uri.as_deref()
    }

    /// `auth_provider_x509_cert_url`: Google's keys as X.509 certificates.
    #[must_use]
    pub fn auth_provider_x509_cert_url(&self) -> Option<&str> {
        self.auth_provider_x509_cert_url.as_deref()
    }

    /// `redirect_uris`: those that were registered when the file was downloaded.
    #[must_use]
    pub fn redirect_uris(&self) -> &[String] {
        &self.redirect_uris
    }

    /// `javascript_origins`: those that were registered when the file was downloaded.
    #[must_use]
    pub fn javascript_origins(&self) -> &[String] {
        &self.javascript_origins
    }
}

fn what_it_is(file: &Object<'_>) -> &'static str {
    match file.get("type").and_then(|value| value.as_str()) {
        Some("service_account") => {
            "this is the key of a service account; a client that signs users in needs the file of \
             an OAuth client ID"
        }
        Some("authorized_user") => {
            "these are the credentials of a user; a client that signs users in needs the file of \
             an OAuth client ID"
        }
        _ => "neither \"web\" nor \"installed\" is in it",
    }
}

fn refuse(fault: &str) -> Error {
    ApiMisuse::Configuration { what: "client_secret.json", fault: fault.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEB: &str = r#"{"web":{"client_id":"1.apps.googleusercontent.com","project_id":"p",
        "auth_uri":"https://accounts.google.com/o/oauth2/auth",
        "token_uri":"https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url":"https://www.googleapis.com/oauth2/v1/certs",
        "client_secret":"GOCSPX-canary","redirect_uris":["https://a.example.com/cb"],
        "javascript_origins":["https://a.example.com"]}}"#;

    #[test]
    fn reads_every_field() {
        let file = ClientSecretFile::parse(WEB).unwrap();
        assert_eq!(file.application_type(), ApplicationType::Web);
        assert_eq!(file.project_id(), Some("p"));
        assert_eq!(file.token_uri(), Some("https://oauth2.googleapis.com/token"));
        assert_eq!(file.auth_uri(), Some("https://accounts.google.com/o/oauth2/auth"));
        assert!(file.auth_provider_x509_cert_url().is_some());
        assert_eq!(file.redirect_uris(), ["https://a.example.com/cb"]);
        assert_eq!(file.javascript_origins(), ["https://a.example.com"]);
        assert!(!format!("{file:?}").contains("canary"));
    }

    #[test]
    fn names_the_field_or_the_kind_of_file() {
        let cases = [
            (r#"{"web":{"client_secret":"x"}}"#, "\"client_id\" is missing"),
            (r#"{"web":{"client_id":1,"client_secret":"x"}}"#, "\"client_id\" should be a string"),
            (
                r#"{"installed":{"client_id":"x"}}"#,
                "in \"installed\": the member \"client_secret\"",
            ),
            (r#"{"web":{},"installed":{}}"#, "both"),
            (r#"{"type":"service_account","private_key":"k"}"#, "service account"),
            (r#"{"type":"authorized_user"}"#, "credentials of a user"),
            ("{}", "neither"),
            ("not json", "no JSON at byte"),
        ];
        for (json, expected) in cases {
            let error = ClientSecretFile::parse(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
            assert!(error.contains("client_secret.json"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = ClientSecretFile::parse(&text);
        }
    }
}
