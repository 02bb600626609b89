//! Security event tokens: an issuer tells what happened to an account (RFC 8417), as in RISC and
//! CAEP.
//!
//! An event is a fact of the past and does not expire: there is no `exp` to check (RFC 8417 §2.2).

use serde_json::{Map, Value};
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;

use crate::backend::Backend;
use crate::claims::Claims;
use crate::header::is_media_type;
use crate::id_token::IdTokenRules;
use crate::jwks::KeySet;
use crate::jws::JwsRules;

/// A security event token as it came, from whoever found the address.
#[derive(Clone, Debug)]
pub struct UnverifiedSecurityEvent(CompactToken);

impl UnverifiedSecurityEvent {
    /// Takes the body of a request of type `application/secevent+jwt`.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks the signature, `iss`, `aud`, `iat`, `jti` and the shape of `events`.
    ///
    /// `aud` has to name the client of `rules` or one of its trusted audiences; an event may be for
    /// several clients of one owner. Whether it came before, a store says by
    /// [`SecurityEvent::jti`].
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
    ) -> Result<SecurityEvent, InvalidToken> {
        let kind = TokenKind::SecurityEventToken;
        let jws = JwsRules { kind, algorithms: rules.algorithms(), typ: is_security_event };
        let (_, event) = jws
            .verify_claims(self.0.expose(), keys, backend, |claims, _| check(claims, rules, now))?;
        Ok(event)
    }
}

/// A verified security event token.
#[derive(Clone)]
pub struct SecurityEvent {
    issuer: String,
    jti: String,
    issued_at: UnixTime,
    claims: Map<String, Value>,
}

impl SecurityEvent {
    /// `iss`: who says so.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `jti`: its own name, by which a second delivery is recognised.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// `iat`: when it was made.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// What happened: the URI of each event and what it says. At least one.
    pub fn events(&self) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
        let events = self.claims.get("events").and_then(Value::as_object);
        events
            .into_iter()
            .flatten()
            .filter_map(|(uri, event)| Some((uri.as_str(), event.as_object()?)))
    }

    /// All claims: `sub_id` (RFC 9493), `txn`, `toe` and others.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl std::fmt::Debug for SecurityEvent {
    /// Without what it says about the user.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecurityEvent")
            .field("issuer", &self.issuer)
            .field("jti", &self.jti)
            .field("events", &self.events().map(|(uri, _)| uri).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// RFC 8417 §2.3 recommends `secevent+jwt`; Google sends `JWT`.
fn is_security_event(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_media_type(typ, "secevent+jwt") || is_media_type(typ, "JWT"))
}

fn check(
    claims: &Claims<'_>,
    rules: &IdTokenRules,
    now: UnixTime,
) -> Result<SecurityEvent, TokenFault> {
    let issuer = rules.issuer(claims)?.to_owned();
    if !claims.audience()?.iter().any(|one| rules.trusts(one)) {
        return Err(TokenFault::Audience);
    }
    let issued_at = rules.beginning(claims, now)?.ok_or(TokenFault::IssuedAtMissing)?;
    let jti = claims.str("jti")?.filter(|jti| !jti.is_empty()).ok_or(TokenFault::JtiMissing)?;
    claims.events()?;
    let claims = claims.object().to_json();
    Ok(SecurityEvent { issuer, jti: jti.to_owned(), issued_at, claims })
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::{Algorithm, AllowedAlgorithms};
    use crate::sign::typ;
    use crate::{backend, test_keys};
    use serde_json::json;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
    const REVOKED: &str = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked";

    fn claims() -> Value {
        json!({
            "iss": "https://op.example.com", "aud": ["client-1", "client-9"], "jti": "j-1",
            "iat": NOW.seconds() - 86_400,
            "events": { REVOKED: { "subject": { "subject_type": "iss-sub", "sub": "user-1" } } },
        })
    }

    fn verify_typed(media_type: &str, claims: &Value) -> Result<SecurityEvent, TokenFault> {
        let key = test_keys::signing(Algorithm::ES256);
        let token = key.sign(&typ(media_type), claims.to_string().as_bytes()).unwrap();
        let rules = IdTokenRules::new("https://op.example.com", "client-1")
            .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]));
        UnverifiedSecurityEvent::new(token)
            .verify(&test_keys::published(&[&key]), &rules, backend::ring(), NOW)
            .map_err(|error| error.fault)
    }

    fn changed(name: &str, value: Value) -> TokenFault {
        let mut claims = claims();
        claims[name] = value;
        verify_typed("secevent+jwt", &claims).unwrap_err()
    }

    #[test]
    fn tells_what_happened_however_long_ago() {
        let event = verify_typed("secevent+jwt", &claims()).unwrap();
        assert_eq!((event.issuer(), event.jti()), ("https://op.example.com", "j-1"));
        assert_eq!(event.issued_at(), UnixTime::from_seconds(NOW.seconds() - 86_400));
        let events: Vec<_> = event.events().collect();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].0, &events[0].1["subject"]["sub"]), (REVOKED, &json!("user-1")));
        assert!(!format!("{event:?}").contains("user-1"));
        assert!(verify_typed("JWT", &claims()).is_ok());
    }

    #[test]
    fn refuses_other_tokens_and_other_receivers() {
        for media_type in ["logout+jwt", "at+jwt", "dpop+jwt"] {
            assert_eq!(verify_typed(media_type, &claims()).unwrap_err(), TokenFault::Type);
        }
        assert_eq!(changed("iss", json!("https://op.example.com/")), TokenFault::Issuer);
        assert_eq!(changed("aud", json!("client-2")), TokenFault::Audience);
        assert_eq!(changed("aud", json!([])), TokenFault::Audience);
        assert_eq!(changed("iat", json!(NOW.seconds() + 61)), TokenFault::IssuedAt);
        assert_eq!(changed("jti", json!("")), TokenFault::JtiMissing);
        for events in [json!(null), json!({}), json!([]), json!({ REVOKED: "x" })] {
            assert_eq!(changed("events", events), TokenFault::Events);
        }
    }
}
