//! Front-channel logout: the provider loads a page of ours in a frame (OpenID Connect Front-Channel
//! Logout 1.0 §3).

use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tegata_core::error::{Error, Fault, Misbehaviour};
use tegata_core::form::Form;
use tegata_core::http::{Endpoint, HttpResponse};
use tegata_core::secret::constant_time_eq;
use tegata_core::url::Issuer;
use tegata_jose::id_token::IdToken;

/// A request of the provider, seen through the user's browser, to end the session there.
///
/// Whoever knows the address can make a browser load it: the least it can do is to sign a user out.
/// With `sid` it takes the name of the session too. Register
/// `frontchannel_logout_session_required`: a browser may keep back the cookies of a page in a frame
/// of another site, and then nothing but `sid` says which session is meant.
///
/// ```
/// use tegata_core::url::Issuer;
/// use tegata_oidc::logout::front_channel::{FrontChannelLogout, Session};
///
/// let issuer = Issuer::new("https://op.example.com")?;
/// let query = "iss=https%3A%2F%2Fop.example.com&sid=08a5";
/// let logout = FrontChannelLogout::read(query, &issuer, Session::Required)?;
/// assert_eq!(logout.session_id(), Some("08a5"));
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontChannelLogout {
    issuer: Issuer,
    session_id: Option<String>,
}

/// Whether the client registered `frontchannel_logout_session_required`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Session {
    /// It did not: the request may name a session, and need not.
    Optional,
    /// It did: the request names issuer and session.
    Required,
}

impl FrontChannelLogout {
    /// Reads the query of the request, without its `?`. Parameters of the registered address itself
    /// are ignored.
    ///
    /// # Errors
    ///
    /// [`Fault::IssuerMismatch`]; [`Fault::MissingParameter`]: one of `iss` and `sid` without the
    /// other, or neither although they are required; [`Fault::Form`].
    pub fn read(query: &str, issuer: &Issuer, session: Session) -> Result<Self, Error> {
        let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::FrontChannelLogout, fault));
        let form = Form::parse(query).map_err(|fault| refuse(fault.into()))?;
        let missing = |name| Err(refuse(Fault::MissingParameter { name }));
        let of = |session_id: Option<&str>| {
            Ok(Self { issuer: issuer.clone(), session_id: session_id.map(str::to_owned) })
        };
        match (form.get("iss"), form.get("sid")) {
            (None, None) if session == Session::Optional => of(None),
            (None, _) => missing("iss"),
            (_, None) => missing("sid"),
            (Some(found), Some(_)) if found != issuer.as_str() => {
                let found = found.chars().take(255).collect();
                let expected = issuer.as_str().to_owned();
                Err(refuse(Fault::IssuerMismatch { expected, found }))
            }
            (Some(_), Some(session_id)) => of(Some(session_id)),
        }
    }

    /// `sid`: the session to end, as the ID token named it; `None`: the one of this browser.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// Whether the session that `id_token` began is to end: it is of the same issuer, and the one
    /// that is named, if one is.
    #[must_use]
    pub fn ends(&self, id_token: &IdToken) -> bool {
        let named = match (&self.session_id, id_token.session_id()) {
            (None, _) => true,
            (Some(named), Some(own)) => constant_time_eq(named.as_bytes(), own.as_bytes()),
            (Some(_), None) => false,
        };
        named && id_token.issuer() == self.issuer.as_str()
    }
}

/// The page to answer with: empty, never cached, and loadable in a frame. Do not add a
/// `frame-ancestors` or `X-Frame-Options` that keeps the provider out.
#[must_use]
pub fn answer() -> HttpResponse {
    let page = b"<!doctype html><title>Signed out</title>".to_vec();
    let mut response = HttpResponse::new(page);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str, session: Session) -> Result<FrontChannelLogout, Fault> {
        let issuer = Issuer::new("https://op.example.com").unwrap();
        match FrontChannelLogout::read(query, &issuer, session) {
            Ok(logout) => Ok(logout),
            Err(Error::Misbehaved(error)) => Err(error.fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn issuer_and_session_come_together_or_not_at_all() {
        assert_eq!(read("x=1", Session::Optional).unwrap().session_id(), None);
        let missing = |name| Err(Fault::MissingParameter { name });
        assert_eq!(read("", Session::Required), missing("iss"));
        assert_eq!(read("sid=s", Session::Optional), missing("iss"));
        assert_eq!(read("iss=https://op.example.com", Session::Optional), missing("sid"));
    }

    #[test]
    fn refuses_another_issuer_and_repeated_parameters() {
        let other = read("iss=https://op.example.com/&sid=s", Session::Optional);
        assert!(matches!(other, Err(Fault::IssuerMismatch { .. })));
        let twice = read("iss=https://op.example.com&sid=s&sid=t", Session::Optional);
        assert!(matches!(twice, Err(Fault::Form(_))));
    }

    #[cfg(feature = "ring")]
    fn id_token(issuer: &str, session: Option<&str>) -> IdToken {
        use tegata_core::error::TokenKind;
        use tegata_core::secret::ClientSecret;
        use tegata_core::time::UnixTime;
        use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
        use tegata_jose::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
        use tegata_jose::jwks::KeySet;
        use tegata_jose::sign::{SigningKey, typ};

        let (ring, secret) = (tegata_jose::backend::ring(), ClientSecret::new("s".repeat(32)));
        let mut claims = serde_json::json!({
            "iss": issuer, "sub": "user-1", "aud": "client-1",
            "iat": 1_700_000_000, "exp": 1_700_000_300,
        });
        if let Some(session) = session {
            claims["sid"] = session.into();
        }
        let key = SigningKey::from_client_secret(Algorithm::HS256, &secret, ring).unwrap();
        let token = key.sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
        let rules = IdTokenRules::new(issuer, "client-1")
            .with_algorithms(AllowedAlgorithms::of(&[Algorithm::HS256]));
        let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
        let (keys, now) =
            (KeySet::from_client_secret(&secret), UnixTime::from_seconds(1_700_000_000));
        UnverifiedIdToken::new(token).verify(&keys, &rules, &expect, ring, now).unwrap()
    }

    #[cfg(feature = "ring")]
    #[test]
    fn ends_the_session_it_names_and_without_a_name_the_one_of_this_browser() {
        let named = read("iss=https://op.example.com&sid=s-1", Session::Optional).unwrap();
        let unnamed = read("", Session::Optional).unwrap();
        let own = |session| id_token("https://op.example.com", session);
        for (session, ends) in [(Some("s-1"), true), (Some("s-2"), false), (None, false)] {
            assert_eq!(named.ends(&own(session)), ends, "{session:?}");
            assert!(unnamed.ends(&own(session)), "{session:?}");
        }
        // Another provider may give its sessions the same names, and says nothing of this one's.
        let foreign = id_token("https://other.example.com", Some("s-1"));
        assert!(!named.ends(&foreign) && !unnamed.ends(&foreign));
    }

    proptest! {
        #[test]
        fn only_the_issuer_is_heard(issuer in "https://[a-z./-]{0,20}", query: String) {
            let named = format!("iss={issuer}&sid=s&{query}");
            let heard = read(&named, Session::Required).is_ok();
            prop_assert!(!heard || issuer == "https://op.example.com");
            let _ = read(&query, Session::Optional);
        }
    }
}
