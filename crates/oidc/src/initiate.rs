//! Sign-ins that another site begins (OpenID Connect Core §4).
//!
//! Anybody can make a browser load the address: what it says is a wish. The issuer must be one that
//! the application knows, and the user comes back to a page of the application and nowhere else.
//! The sign-in itself begins anew, with its own state, so that nobody is signed in to an account
//! that is not theirs.

use tegata_core::error::{Error, Fault, Misbehaviour};
use tegata_core::form::Form;
use tegata_core::http::Endpoint;
use tegata_core::url::Issuer;
use url::Url;

use crate::sign_in::SignInRequest;

/// A wish that a user be signed in.
///
/// ```
/// use tegata_core::url::Issuer;
/// use tegata_oidc::initiate::InitiatedSignIn;
///
/// let known = [Issuer::new("https://op.example.com")?];
/// let query = "iss=https%3A%2F%2Fop.example.com&target_link_uri=%2Finbox";
/// let wish = InitiatedSignIn::read(query, &known, "https://app.example.com")?;
/// assert_eq!(wish.issuer(), &known[0]);
/// assert_eq!(wish.return_to(), Some("/inbox"));
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitiatedSignIn {
    issuer: Issuer,
    login_hint: Option<String>,
    return_to: Option<String>,
}

impl InitiatedSignIn {
    /// Reads a query without its `?`, or a posted form. `origin` is the application's own: scheme,
    /// host and port, such as `https://app.example.com`.
    ///
    /// # Errors
    ///
    /// [`Fault::IssuerMismatch`] for an issuer that is not among `known`;
    /// [`Fault::ParameterValue`] for a `target_link_uri` outside the application (an open
    /// redirect); [`Fault::MissingParameter`]; [`Fault::Form`].
    pub fn read(text: &str, known: &[Issuer], origin: &str) -> Result<Self, Error> {
        let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::InitiateLogin, fault));
        let form = Form::parse(text).map_err(|fault| refuse(fault.into()))?;
        let found = form.get("iss").ok_or(Fault::MissingParameter { name: "iss" });
        let found = found.map_err(refuse)?;
        let issuer = known.iter().find(|issuer| issuer.as_str() == found).ok_or_else(|| {
            let expected = "an issuer that is known here".to_owned();
            refuse(Fault::IssuerMismatch { expected, found: found.chars().take(255).collect() })
        })?;
        let target = match form.get("target_link_uri") {
            None => None,
            Some(target) => Some(
                own_path(target, origin)
                    .ok_or_else(|| refuse(Fault::ParameterValue { name: "target_link_uri" }))?,
            ),
        };
        Ok(Self {
            issuer: issuer.clone(),
            login_hint: form.get("login_hint").map(str::to_owned),
            return_to: target,
        })
    }

    /// The issuer to sign in at: one of those that are known.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The page to come back to: path and query within the application.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }

    /// The sign-in that is wished for; add the scope.
    #[must_use]
    pub fn request(&self) -> SignInRequest {
        let request = SignInRequest::new();
        let request = match &self.login_hint {
            Some(hint) => request.login_hint(hint),
            None => request,
        };
        match &self.return_to {
            Some(path) => request.return_to(path),
            None => request,
        }
    }
}

/// Path and query of `target` when it leads to `origin` and nowhere else.
///
/// Browsers read `//host`, `/\host` and control characters in ways of their own: only what a URL
/// parser takes to the origin, and what begins like a path after it, is accepted.
#[must_use]
pub fn own_path(target: &str, origin: &str) -> Option<String> {
    if target.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let base = Url::parse(origin).ok()?;
    let url = base.join(target).ok()?;
    // A `blob:` URL has the origin of the URL in it, and no path of its own.
    let plain = url.scheme() == base.scheme()
        && url.origin() == base.origin()
        && url.username().is_empty()
        && url.password().is_none();
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let fragment = url.fragment().map_or_else(String::new, |fragment| format!("#{fragment}"));
    let path = format!("{}{query}{fragment}", url.path());
    (plain && base.origin().is_tuple() && !path.starts_with("//")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORIGIN: &str = "https://app.example.com";

    #[test]
    fn a_target_stays_within_the_application() {
        for (target, path) in [
            ("/inbox?x=1#y", "/inbox?x=1#y"),
            ("https://app.example.com/a", "/a"),
            ("https://APP.example.com:443/a", "/a"),
            ("inbox", "/inbox"),
            ("", "/"),
        ] {
            assert_eq!(own_path(target, ORIGIN).as_deref(), Some(path), "{target}");
        }
        for target in [
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "http://app.example.com/",
            "https://app.example.com:444/",
            "https://app.example.com@evil.example/",
            "https://user@app.example.com/",
            "https://:word@app.example.com/",
            "https:///evil.example",
            "javascript:alert(1)",
            "blob:https://app.example.com/a",
            "filesystem:https://app.example.com/a",
            "/a\nb",
            "https://app.example.com//evil.example",
            "/x/..//evil.example",
        ] {
            assert_eq!(own_path(target, ORIGIN), None, "{target}");
        }
    }

    #[test]
    fn only_a_known_issuer_is_signed_in_at() {
        let known = [Issuer::new("https://op.example.com").unwrap()];
        for text in ["", "iss=https://evil.example", "iss=https://op.example.com/"] {
            assert!(InitiatedSignIn::read(text, &known, ORIGIN).is_err(), "{text}");
        }
        let text = "iss=https://op.example.com&target_link_uri=//evil.example";
        assert!(InitiatedSignIn::read(text, &known, ORIGIN).is_err());
    }

    proptest! {
        #[test]
        fn what_is_accepted_joins_to_the_own_origin(
            target in "\\PC*|(blob:|https:)?[/.\\\\]{0,4}(app.example.com|evil)?[a-z:/@.?#]{0,9}",
        ) {
            if let Some(path) = own_path(&target, ORIGIN) {
                prop_assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
                let url = Url::parse(ORIGIN).unwrap().join(&path).unwrap();
                prop_assert_eq!(url.origin(), Url::parse(ORIGIN).unwrap().origin());
            }
        }
    }
}
