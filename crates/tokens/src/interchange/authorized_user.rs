//! google-auth's `authorized_user` file, which is also what Application Default Credentials are.

use serde_json::{Map, Value as Json};
use tegata_core::Error;
use tegata_core::json::{Object, Value};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, ClientSecret, RefreshToken};
use tegata_core::time::UnixTime;
use zeroize::Zeroizing;

use super::{document, unreadable};

/// A user's credentials as Google's libraries keep them.
///
/// ```
/// use tegata_tokens::interchange::AuthorizedUser;
///
/// let file = br#"{
///     "type": "authorized_user", "client_id": "id", "client_secret": "secret",
///     "refresh_token": "1//abc", "scopes": ["openid", "email"]
/// }"#;
/// let user = AuthorizedUser::parse(file)?;
/// assert_eq!(user.scopes.as_ref().unwrap().to_string(), "openid email");
/// assert_eq!(AuthorizedUser::parse(user.to_json().as_bytes())?, user);
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizedUser {
    /// The client that the tokens were given to.
    pub client_id: String,
    /// Its secret; Google gives one to installed applications too.
    pub client_secret: ClientSecret,
    /// The refresh token.
    pub refresh_token: RefreshToken,
    /// The last access token (`token`).
    pub access_token: Option<AccessToken>,
    /// When that ends (`expiry`).
    pub expires_at: Option<UnixTime>,
    /// What was granted.
    pub scopes: Option<Scope>,
    /// Who the user is, where the tool that wrote the file knew.
    pub account: Option<String>,
    /// The project that pays for calls.
    pub quota_project_id: Option<String>,
    /// `googleapis.com`, or a cloud of its own.
    pub universe_domain: Option<String>,
    /// The token endpoint. Google's libraries read it from newer files and ignore it in others.
    pub token_uri: Option<String>,
}

impl AuthorizedUser {
    /// The members that every such file has.
    #[must_use]
    pub fn new(
        client_id: impl Into<String>,
        client_secret: ClientSecret,
        refresh_token: RefreshToken,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret,
            refresh_token,
            access_token: None,
            expires_at: None,
            scopes: None,
            account: None,
            quota_project_id: None,
            universe_domain: None,
            token_uri: None,
        }
    }

    /// Reads a file: one that google-auth's `to_json` wrote, or gcloud's Application Default
    /// Credentials.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`](tegata_core::error::ApiMisuse::Configuration): no strict JSON,
    /// another type of credentials, or a member is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let object = document(WHAT, bytes)?;
        let text = |name| object.str(name).map_err(|fault| unreadable(WHAT, fault));
        let required = |name| object.required_str(name).map_err(|fault| unreadable(WHAT, fault));
        // What google-auth's `to_json` wrote has no type.
        if text("type")?.is_some_and(|kind| kind != TYPE) {
            return Err(unreadable(WHAT, "the credentials are of another type"));
        }
        let expiry = text("expiry")?.map(|text| {
            UnixTime::from_rfc3339(text)
                .ok_or_else(|| unreadable(WHAT, "expiry is no moment in UTC"))
        });
        let owned = |name| Ok::<_, Error>(text(name)?.map(str::to_owned));
        Ok(Self {
            client_id: required("client_id")?.to_owned(),
            client_secret: ClientSecret::new(required("client_secret")?),
            refresh_token: RefreshToken::new(required("refresh_token")?),
            access_token: text("token")?.map(AccessToken::new),
            expires_at: expiry.transpose()?,
            scopes: scopes(&object)?,
            account: owned("account")?.filter(|account| !account.is_empty()),
            quota_project_id: owned("quota_project_id")?,
            universe_domain: owned("universe_domain")?,
            token_uri: owned("token_uri")?,
        })
    }

    /// Writes a file that Google's libraries, gcloud and [`AuthorizedUser::parse`] read.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let mut object = Map::new();
        let mut put = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        let scopes = self.scopes.as_ref();
        put("type", Some(TYPE.into()));
        put("client_id", Some(self.client_id.as_str().into()));
        put("client_secret", Some(self.client_secret.expose().into()));
        put("refresh_token", Some(self.refresh_token.expose().into()));
        put("token", self.access_token.as_ref().map(|token| token.expose().into()));
        put("expiry", self.expires_at.map(|time| time.to_string().into()));
        put("scopes", scopes.map(|scopes| scopes.iter().collect()));
        put("account", self.account.as_deref().map(Json::from));
        put("quota_project_id", self.quota_project_id.as_deref().map(Json::from));
        put("universe_domain", self.universe_domain.as_deref().map(Json::from));
        put("token_uri", self.token_uri.as_deref().map(Json::from));
        Zeroizing::new(Json::Object(object).to_string())
    }
}

/// A list, or one text: files of both kinds are about.
fn scopes(object: &Object<'_>) -> Result<Option<Scope>, Error> {
    let text = match object.get("scopes") {
        None => return Ok(None),
        Some(Value::String(text)) => text.to_string(),
        Some(_) => {
            let list = object.strings("scopes").map_err(|fault| unreadable(WHAT, fault))?;
            list.unwrap_or_default().join(" ")
        }
    };
    Scope::parse(&text).map(Some).map_err(|fault| unreadable(WHAT, fault))
}

const WHAT: &str = "authorized_user file";
const TYPE: &str = "authorized_user";

#[cfg(test)]
mod tests {
    use super::*;

    /// As gcloud writes it.
    const DEFAULT_CREDENTIALS: &str = r#"{
        "account": "",
        "client_id": "764086051850.apps.googleusercontent.com",
        "client_secret": "canary-secret",
        "quota_project_id": "project-1",
        "refresh_token": "canary-refresh",
        "type": "authorized_user",
        "universe_domain": "googleapis.com"
    }"#;

    /// As google-auth's `Credentials.to_json` writes it.
    const TO_JSON: &str = r#"{"token": "canary-access", "refresh_token": "canary-refresh",
        "token_uri": "https://oauth2.googleapis.com/token", "client_id": "id",
        "client_secret": "canary-secret", "scopes": ["openid", "email"],
        "universe_domain": "googleapis.com", "account": "me@example.com",
        "expiry": "2026-11-22T10:06:13.123456Z"}"#;

    #[test]
    fn reads_application_default_credentials() {
        let user = AuthorizedUser::parse(DEFAULT_CREDENTIALS.as_bytes()).unwrap();
        assert_eq!(user.refresh_token.expose(), "canary-refresh");
        assert_eq!((user.account, user.quota_project_id.as_deref()), (None, Some("project-1")));
    }

    #[test]
    fn reads_what_google_auth_writes() {
        let user = AuthorizedUser::parse(TO_JSON.as_bytes()).unwrap();
        assert_eq!(user.expires_at, Some(UnixTime::from_seconds(1_795_341_973)));
        assert_eq!(user.scopes, Some(Scope::parse("openid email").unwrap()));
    }

    #[test]
    fn reads_back_what_it_wrote() {
        for file in [DEFAULT_CREDENTIALS, TO_JSON] {
            let user = AuthorizedUser::parse(file.as_bytes()).unwrap();
            assert_eq!(AuthorizedUser::parse(user.to_json().as_bytes()).unwrap(), user);
        }
    }

    #[test]
    fn reads_scopes_as_a_list_or_as_one_text() {
        let file = TO_JSON.replace(r#"["openid", "email"]"#, r#""email openid""#);
        let user = AuthorizedUser::parse(file.as_bytes()).unwrap();
        assert_eq!(user.scopes, Some(Scope::parse("openid email").unwrap()));
    }

    #[test]
    fn refuses_other_credentials_and_missing_members() {
        let other = DEFAULT_CREDENTIALS.replace("authorized_user", "service_account");
        assert!(AuthorizedUser::parse(other.as_bytes()).is_err());
        for name in ["client_id", "client_secret", "refresh_token"] {
            let without = DEFAULT_CREDENTIALS.replace(&format!("\"{name}\""), "\"x\"");
            let error = AuthorizedUser::parse(without.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn shows_no_secret() {
        let user = AuthorizedUser::parse(TO_JSON.as_bytes()).unwrap();
        assert!(!format!("{user:?}").contains("canary"));
        let broken = TO_JSON.replace("10:06", "25:06");
        assert!(!format!("{:?}", AuthorizedUser::parse(broken.as_bytes())).contains("canary"));
    }
}
