//! Logout tokens: the issuer says that a user or a session is over (OpenID Connect Back-Channel
//! Logout §2.4, §2.6).

use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;

use crate::backend::Backend;
use crate::claims::Claims;
use crate::header::is_media_type;
use crate::id_token::{IdToken, IdTokenRules};
use crate::jwks::KeySet;
use crate::jws::JwsRules;

/// The event that makes a token a logout token (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token as it came, from whoever found the address.
#[derive(Clone, Debug)]
pub struct UnverifiedLogoutToken(CompactToken);

impl UnverifiedLogoutToken {
    /// Takes the parameter `logout_token` of the request.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks everything that §2.6 demands but the last of it: whether the token was used before
    /// is for a store to say, by [`LogoutToken::jti`].
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the rule.
    pub fn verify(
        &self,
        keys: &KeySet,
        rules: &IdTokenRules,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<LogoutToken, InvalidToken> {
        let algorithms = rules.algorithms();
        let jws = JwsRules { kind: TokenKind::LogoutToken, algorithms, typ: is_logout_token };
        let (_, token) = jws
            .verify_claims(self.0.expose(), keys, backend, |claims, _| check(claims, rules, now))?;
        Ok(token)
    }
}

/// A verified logout token: end the sessions that it names.
#[derive(Clone)]
pub struct LogoutToken {
    issuer: String,
    subject: Option<String>,
    session_id: Option<String>,
    jti: String,
    issued_at: UnixTime,
    expires_at: UnixTime,
}

impl LogoutToken {
    /// `iss`: who says so. A session of another issuer is none of its business.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: whose sessions are over; all of them, when there is no
    /// [`session_id`](Self::session_id).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `sid`: which session is over, as its ID token named it.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// Whether the session that `id_token` began is over: it is of the same issuer, and of the user
    /// and the session that are named, of both where both are.
    #[must_use]
    pub fn ends(&self, id_token: &IdToken) -> bool {
        let subject = self.subject().is_none_or(|named| named == id_token.subject());
        let session = self.session_id().is_none_or(|named| Some(named) == id_token.session_id());
        self.issuer == id_token.issuer() && subject && session
    }

    /// `jti`: its own name. Remember it until [`expires_at`](Self::expires_at) and refuse a second
    /// token of that name (§2.6 (7)).
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// `iat`: when it was made.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// `exp`: until when it may come.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl std::fmt::Debug for LogoutToken {
    /// Without what it says about the user.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogoutToken")
            .field("issuer", &self.issuer)
            .field("jti", &self.jti)
            .field("issued_at", &self.issued_at)
            .finish_non_exhaustive()
    }
}

/// §2.4 recommends `logout+jwt`; `events` tells it apart from an ID token without it.
fn is_logout_token(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_media_type(typ, "logout+jwt") || is_media_type(typ, "JWT"))
}

fn check(
    claims: &Claims<'_>,
    rules: &IdTokenRules,
    now: UnixTime,
) -> Result<LogoutToken, TokenFault> {
    // §2.6 (4): iss, aud, iat, exp, as for an ID token.
    let issuer = rules.issuer(claims)?.to_owned();
    let audience = claims.audience()?;
    if !audience.iter().any(|one| one == rules.client_id()) {
        return Err(TokenFault::Audience);
    }
    if !audience.iter().all(|one| rules.trusts(one)) {
        return Err(TokenFault::AudienceUntrusted);
    }
    let expires_at = rules.expiry(claims, now)?.ok_or(TokenFault::ExpiryMissing)?;
    let issued_at = rules.beginning(claims, now)?.ok_or(TokenFault::IssuedAtMissing)?;
    // (5): whom it is about.
    let subject = claims.subject()?.map(str::to_owned);
    let session_id = claims.str("sid")?.filter(|sid| !sid.is_empty()).map(str::to_owned);
    if subject.is_none() && session_id.is_none() {
        return Err(TokenFault::Subject);
    }
    // (6): the event says what it is.
    if claims.events()?.get(EVENT).is_none() {
        return Err(TokenFault::Events);
    }
    // (7): an ID token has a nonce, so that it cannot pass for a logout.
    if claims.has("nonce") {
        return Err(TokenFault::NonceForbidden);
    }
    let jti = claims.str("jti")?.filter(|jti| !jti.is_empty()).ok_or(TokenFault::JtiMissing)?;
    Ok(LogoutToken { issuer, subject, session_id, jti: jti.to_owned(), issued_at, expires_at })
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::{Algorithm, AllowedAlgorithms};
    use crate::id_token::{Expect, Nonce, UnverifiedIdToken};
    use crate::sign::typ;
    use crate::{backend, test_keys};
    use serde_json::{Value, json};

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn claims() -> Value {
        json!({
            "iss": "https://op.example.com", "aud": "client-1", "sub": "user-1", "sid": "s-1",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 120, "jti": "j-1",
            "events": { EVENT: {} },
        })
    }

    fn verify_typed(media_type: &str, claims: &Value) -> Result<LogoutToken, TokenFault> {
        let key = test_keys::signing(Algorithm::ES256);
        let token = key.sign(&typ(media_type), claims.to_string().as_bytes()).unwrap();
        let rules = IdTokenRules::new("https://op.example.com", "client-1")
            .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]));
        UnverifiedLogoutToken::new(token)
            .verify(&test_keys::published(&[&key]), &rules, backend::ring(), NOW)
            .map_err(|error| error.fault)
    }

    fn changed(name: &str, value: Value) -> Result<LogoutToken, TokenFault> {
        let mut claims = claims();
        claims[name] = value;
        verify_typed("logout+jwt", &claims)
    }

    fn without(names: &[&str]) -> Result<LogoutToken, TokenFault> {
        let mut claims = claims();
        for name in names {
            claims.as_object_mut().unwrap().remove(*name);
        }
        verify_typed("logout+jwt", &claims)
    }

    #[test]
    fn names_the_user_and_the_session_that_are_over() {
        let token = verify_typed("logout+jwt", &claims()).unwrap();
        assert_eq!((token.subject(), token.session_id()), (Some("user-1"), Some("s-1")));
        assert_eq!((token.issuer(), token.jti()), ("https://op.example.com", "j-1"));
        assert!(without(&["sid"]).is_ok() && without(&["sub"]).is_ok());
        assert_eq!(without(&["sub", "sid"]).unwrap_err(), TokenFault::Subject);
        assert_eq!(changed("sid", json!("")).unwrap().session_id(), None, "no name is no session");
        assert!(!format!("{token:?}").contains("user-1"));
    }

    #[test]
    fn ends_the_session_of_its_own_issuer_that_fits_all_that_it_names() {
        let session = json!({ "sub": "user-1", "sid": "s-1" });
        let begun_by = |issuer: &str, changed: Value| {
            let mut claims = json!({
                "iss": issuer, "aud": "client-1", "iat": NOW.seconds(), "exp": NOW.seconds() + 60,
            });
            let own = claims.as_object_mut().unwrap();
            own.extend(session.as_object().unwrap().clone());
            own.extend(changed.as_object().unwrap().clone());
            let key = test_keys::signing(Algorithm::ES256);
            let token = key.sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
            let rules = IdTokenRules::new(issuer, "client-1")
                .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]));
            let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
            let keys = test_keys::published(&[&key]);
            UnverifiedIdToken::new(token)
                .verify(&keys, &rules, &expect, backend::ring(), NOW)
                .unwrap()
        };
        let own = "https://op.example.com";
        let logouts = [verify_typed("JWT", &claims()), without(&["sid"]), without(&["sub"])];
        let [both, user, named] = logouts.map(Result::unwrap);
        for (session, ended) in [
            (begun_by(own, json!({})), [true, true, true]),
            (begun_by(own, json!({ "sid": "s-2" })), [false, true, false]),
            (begun_by(own, json!({ "sub": "user-2" })), [false, false, true]),
            (begun_by("https://other.example.com", json!({})), [false; 3]),
        ] {
            assert_eq!([&both, &user, &named].map(|logout| logout.ends(&session)), ended);
        }
    }

    #[test]
    fn refuses_what_is_an_id_token_or_an_access_token() {
        assert_eq!(changed("nonce", json!("n")).unwrap_err(), TokenFault::NonceForbidden);
        assert_eq!(changed("nonce", json!(null)).unwrap_err(), TokenFault::NonceForbidden);
        for events in
            [json!({}), json!(null), json!([EVENT]), json!({ EVENT: 1 }), json!({"x": {}})]
        {
            assert_eq!(changed("events", events).unwrap_err(), TokenFault::Events);
        }
        assert_eq!(without(&["events"]).unwrap_err(), TokenFault::Events);
        assert_eq!(verify_typed("at+jwt", &claims()).unwrap_err(), TokenFault::Type);
        assert!(verify_typed("JWT", &claims()).is_ok());
    }

    #[test]
    fn demands_issuer_audience_times_and_a_name() {
        assert_eq!(changed("iss", json!("https://x.example")).unwrap_err(), TokenFault::Issuer);
        assert_eq!(changed("aud", json!("client-2")).unwrap_err(), TokenFault::Audience);
        let both = json!(["client-1", "client-2"]);
        assert_eq!(changed("aud", both).unwrap_err(), TokenFault::AudienceUntrusted);
        let late = json!(NOW.seconds() - 61);
        assert_eq!(changed("exp", late).unwrap_err(), TokenFault::Expired);
        let early = json!(NOW.seconds() + 61);
        assert_eq!(changed("iat", early).unwrap_err(), TokenFault::IssuedAt);
        assert_eq!(without(&["exp"]).unwrap_err(), TokenFault::ExpiryMissing);
        assert_eq!(without(&["iat"]).unwrap_err(), TokenFault::IssuedAtMissing);
        assert_eq!(without(&["jti"]).unwrap_err(), TokenFault::JtiMissing);
        assert_eq!(changed("jti", json!("")).unwrap_err(), TokenFault::JtiMissing);
    }
}
