//! Addresses that were checked when they were made: issuer, endpoint, redirect URI.

use std::fmt;

use url::{Host, Url};

use crate::redirect::{InvalidRedirectUri, RedirectRules};

/// The longest address that is read, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// An issuer identifier: `https`, no query, no fragment (RFC 8414 §2, OpenID Connect Discovery §3).
///
/// Compared byte for byte, as the specifications demand: nothing is normalised, a trailing slash
/// counts. Plain `http` is accepted for loopback hosts only, and a client still has to allow it.
///
/// ```
/// use tegata_core::url::Issuer;
///
/// let issuer = Issuer::new("https://op.example.com/tenant/")?;
/// assert_eq!(
///     issuer.openid_configuration().as_str(),
///     "https://op.example.com/tenant/.well-known/openid-configuration"
/// );
/// assert!(Issuer::new("http://op.example.com").is_err());
/// # Ok::<(), tegata_core::url::InvalidUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, InvalidUrl> {
        let url = secure_url(text)?;
        if url.query().is_some() {
            return Err(InvalidUrl::Query);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The identifier exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host that the issuer is at.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Where OpenID Connect Discovery §4 puts the metadata: behind the issuer's path.
    #[must_use]
    pub fn openid_configuration(&self) -> EndpointUrl {
        let path = self.url.path().trim_end_matches('/');
        self.with_path(&format!("{path}/.well-known/openid-configuration"))
    }

    /// Where RFC 8414 §3 puts the metadata: between the host and the issuer's path.
    #[must_use]
    pub fn oauth_authorization_server(&self) -> EndpointUrl {
        let path = self.url.path().trim_end_matches('/');
        self.with_path(&format!("/.well-known/oauth-authorization-server{path}"))
    }

    fn with_path(&self, path: &str) -> EndpointUrl {
        let mut url = self.url.clone();
        url.set_path(path);
        EndpointUrl(url)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The address of an endpoint: `https`, no fragment (RFC 6749 §3.1, §3.2), no user name.
///
/// Plain `http` is accepted for loopback hosts only, and a client still has to allow it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, InvalidUrl> {
        secure_url(text).map(Self)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for EndpointUrl {
    /// Without the query: an endpoint's query can be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        url.set_query(None);
        write!(f, "EndpointUrl({url})")
    }
}

/// Where the provider sends the browser back to: kept exactly as it was registered.
///
/// Providers compare the text, not the meaning (RFC 9700 §4.1.3): serialising it through a URL type
/// would add a slash to `https://example.com` and break the match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks `text` by the rules that hold everywhere: an absolute URI (RFC 6749 §3.1.2) without
    /// fragment, user name, white space or control characters; `http` to loopback only
    /// (RFC 8252 §7.3); a private-use scheme with a dot in it (RFC 8252 §7.1).
    ///
    /// What one provider demands beyond that stands in its preset.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, InvalidUrl> {
        let url = plain_url(text)?;
        match url.scheme() {
            "https" | "http" => check_secure(&url)?,
            private if private.contains('.') => {}
            _ => return Err(InvalidUrl::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks `text` by the rules of a provider, here and now instead of at its console.
    ///
    /// ```
    /// use tegata_core::redirect::{GOOGLE_WEB, Rule};
    /// use tegata_core::url::RedirectUri;
    ///
    /// assert!(RedirectUri::new_checked("https://app.example.com/cb", &GOOGLE_WEB).is_ok());
    /// let error = RedirectUri::new_checked("https://192.0.2.7/cb", &GOOGLE_WEB).unwrap_err();
    /// assert_eq!(error.violations()[0].rule(), Rule::HostIp);
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] holds every rule that `text` breaks.
    pub fn new_checked(text: &str, rules: &RedirectRules) -> Result<Self, InvalidRedirectUri> {
        rules.check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Takes `text` as it is, for a provider whose rules are known to no one here.
    ///
    /// Dangerous: a redirect URI that two parsers read differently sends the authorization code to
    /// whoever owns the other host.
    #[must_use]
    pub fn dangerous_unchecked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// White space, a control character or a backslash, which parsers read differently.
    #[error("the address holds white space, a control character or a backslash")]
    Characters,
    /// It has a fragment.
    #[error("the address has a fragment (#), which may not be here")]
    Fragment,
    /// It has no host.
    #[error("the address has no host")]
    Host,
    /// Plain `http` to a host that is not loopback.
    #[error("the address is plain http and not loopback: use https")]
    Insecure,
    /// It has a query where none may be.
    #[error("the address has a query, which may not be here")]
    Query,
    /// Its scheme is none that may be here.
    #[error("the scheme of the address is not allowed here")]
    Scheme,
    /// It is no absolute URL.
    #[error("this is no absolute URL, such as https://example.com/path")]
    Syntax,
    /// Longer than [`MAX_URL_BYTES`].
    #[error("the address is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// It holds a user name or password.
    #[error("the address holds a user name")]
    Userinfo,
}

/// Whether `url` names this very machine by a loopback address, or by the name `localhost`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn secure_url(text: &str) -> Result<Url, InvalidUrl> {
    let url = plain_url(text)?;
    check_secure(&url)?;
    Ok(url)
}

fn plain_url(text: &str) -> Result<Url, InvalidUrl> {
    if text.len() > MAX_URL_BYTES {
        return Err(InvalidUrl::TooLong);
    }
    // The `url` crate removes these in silence, or reads them as something else.
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(InvalidUrl::Characters);
    }
    let url = Url::parse(text).map_err(|_| InvalidUrl::Syntax)?;
    if url.fragment().is_some() {
        return Err(InvalidUrl::Fragment);
    }
    let (_, rest) = text.split_once(':').ok_or(InvalidUrl::Syntax)?;
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
    // The `url` crate reads `https:host` and `https:///host` as `https://host`.
    if matches!(url.scheme(), "https" | "http") && authority.is_none_or(str::is_empty) {
        return Err(InvalidUrl::Syntax);
    }
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(InvalidUrl::Userinfo);
    }
    Ok(url)
}

fn check_secure(url: &Url) -> Result<(), InvalidUrl> {
    match url.scheme() {
        _ if url.host().is_none() => Err(InvalidUrl::Host),
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(InvalidUrl::Insecure),
        _ => Err(InvalidUrl::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_without_query_fragment_or_user() {
        let refused = [
            ("http://op.example.com", InvalidUrl::Insecure),
            ("https://op.example.com?x", InvalidUrl::Query),
            ("https://op.example.com#x", InvalidUrl::Fragment),
            ("https://a@op.example.com", InvalidUrl::Userinfo),
            ("https://@op.example.com", InvalidUrl::Userinfo),
            ("ftp://op.example.com", InvalidUrl::Scheme),
            ("op.example.com", InvalidUrl::Syntax),
            ("https:op.example.com", InvalidUrl::Syntax),
            ("https:/op.example.com", InvalidUrl::Syntax),
            ("https:///op.example.com", InvalidUrl::Syntax),
            ("https:a@op.example.com", InvalidUrl::Syntax),
            (" https://op.example.com", InvalidUrl::Characters),
            ("https:\\\\op.example.com", InvalidUrl::Characters),
            ("", InvalidUrl::Syntax),
        ];
        for (text, fault) in refused {
            assert_eq!(Issuer::new(text), Err(fault), "{text}");
        }
        assert_eq!(Issuer::new(&"a".repeat(MAX_URL_BYTES + 1)), Err(InvalidUrl::TooLong));
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for host in ["127.0.0.1:8080", "[::1]", "localhost:1"] {
            assert!(Issuer::new(&format!("http://{host}/x")).is_ok(), "{host}");
            assert!(RedirectUri::new(&format!("http://{host}/x")).is_ok(), "{host}");
        }
        assert_eq!(RedirectUri::new("http://localhost.example.com"), Err(InvalidUrl::Insecure));
    }

    #[test]
    fn both_well_known_forms_keep_the_path() {
        let issuer = Issuer::new("https://op.example.com/a/b").unwrap();
        assert_eq!(
            issuer.oauth_authorization_server().as_str(),
            "https://op.example.com/.well-known/oauth-authorization-server/a/b"
        );
        assert_eq!(
            issuer.openid_configuration().as_str(),
            "https://op.example.com/a/b/.well-known/openid-configuration"
        );
        let bare = Issuer::new("https://op.example.com").unwrap();
        assert_eq!(
            bare.oauth_authorization_server().as_str(),
            "https://op.example.com/.well-known/oauth-authorization-server"
        );
    }

    #[test]
    fn issuers_are_compared_byte_for_byte() {
        assert_ne!(Issuer::new("https://op.example.com"), Issuer::new("https://op.example.com/"));
    }

    #[test]
    fn a_redirect_uri_keeps_its_text() {
        assert_eq!(
            RedirectUri::new("https://example.com").unwrap().as_str(),
            "https://example.com"
        );
        assert!(RedirectUri::new("com.example.app:/cb").is_ok());
        assert_eq!(RedirectUri::new("myapp:/cb"), Err(InvalidUrl::Scheme));
        assert_eq!(RedirectUri::new("javascript:alert(1)"), Err(InvalidUrl::Scheme));
    }
}
