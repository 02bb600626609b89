//! The checks of OpenID Connect Core §3.1.3.7, each with its number.
//!
//! Paragraph 1 (decryption) and paragraphs 6 to 8 (signature, algorithm, HMAC key) are the
//! pipeline's and the key set's; all others stand here, in the order of the specification.

use tegata_core::error::{InvalidToken, TokenFault};
use tegata_core::secret::{CompactToken, constant_time_eq};
use tegata_core::time::UnixTime;

use super::hash::HashClaim;
use super::{Expect, IdToken, IdTokenRules, Nonce, Parts};
use crate::algorithm::Algorithm;
use crate::backend::Backend;
use crate::claims::Claims;
use crate::header::is_media_type;
use crate::jwks::KeySet;
use crate::jws::JwsRules;

/// Core §2: "It MUST NOT exceed 255 ASCII characters in length."
const MAX_SUBJECT_BYTES: usize = 255;

const ACCESS_TOKEN_HASH: HashClaim = HashClaim {
    name: "at_hash",
    missing: TokenFault::AccessTokenHashMissing,
    wrong: TokenFault::AccessTokenHash,
};
const CODE_HASH: HashClaim =
    HashClaim { name: "c_hash", missing: TokenFault::CodeHashMissing, wrong: TokenFault::CodeHash };
const STATE_HASH: HashClaim =
    HashClaim { name: "s_hash", missing: TokenFault::StateHash, wrong: TokenFault::StateHash };

pub(super) fn verify(
    raw: CompactToken,
    keys: &KeySet,
    rules: &IdTokenRules,
    expect: &Expect<'_>,
    backend: &'static dyn Backend,
    now: UnixTime,
) -> Result<IdToken, InvalidToken> {
    let jws = JwsRules { kind: expect.kind, algorithms: rules.algorithms, typ: is_id_token };
    let (payload, (parts, algorithm)) =
        jws.verify_claims(raw.expose(), keys, backend, |claims, algorithm| {
            let check = Check { claims, rules, expect, now };
            let parts = check.all()?;
            check.hashes(algorithm, backend)?;
            Ok((parts, algorithm))
        })?;
    Ok(IdToken { raw, payload, kind: expect.kind, algorithm, parts })
}

/// RFC 8725 §3.11: an access token (`at+jwt`), a logout token or a proof is no ID token.
fn is_id_token(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_media_type(typ, "JWT"))
}

struct Check<'c, 'a> {
    claims: &'c Claims<'a>,
    rules: &'c IdTokenRules,
    expect: &'c Expect<'c>,
    now: UnixTime,
}

impl Check<'_, '_> {
    fn all(&self) -> Result<Parts, TokenFault> {
        let claims = self.claims;
        let place = |text: Option<&str>| text.map(|text| claims.place(text));
        let issuer = claims.place(self.issuer()?);
        let audience = self.audience()?;
        let authorized_party = place(self.authorized_party(audience.len())?);
        let (expires_at, issued_at) = self.times()?;
        let nonce = place(self.nonce()?);
        let acr = place(self.acr()?);
        let auth_time = self.auth_time()?;
        let subject = claims.place(self.subject()?);
        // Back-Channel Logout §2.4: `events` makes it a logout token.
        if claims.has("events") {
            return Err(TokenFault::Events);
        }
        let session_id = place(claims.str("sid")?);
        let audience = audience.into_iter().map(|one| claims.place(one)).collect();
        Ok(Parts {
            issuer,
            subject,
            audience,
            authorized_party,
            expires_at,
            issued_at,
            auth_time,
            nonce,
            acr,
            session_id,
        })
    }

    /// (2): `iss` is exactly the issuer that was asked.
    fn issuer(&self) -> Result<&str, TokenFault> {
        let issuer = self.claims.str("iss")?.ok_or(TokenFault::Issuer)?;
        if self.rules.issuers.iter().any(|known| known == issuer) {
            Ok(issuer)
        } else {
            Err(TokenFault::Issuer)
        }
    }

    /// (3): this client is in `aud`, and nobody who is not trusted.
    fn audience(&self) -> Result<Vec<&str>, TokenFault> {
        let rules = self.rules;
        let audience: Vec<_> = self.claims.audience()?.iter().collect();
        if !audience.contains(&rules.client_id.as_str()) {
            return Err(TokenFault::Audience);
        }
        let is_trusted = |one: &&str| {
            *one == rules.client_id || rules.trusted_audiences.iter().any(|trusted| trusted == *one)
        };
        if audience.iter().all(is_trusted) {
            Ok(audience)
        } else {
            Err(TokenFault::AudienceUntrusted)
        }
    }

    /// (4), (5): `azp` is this client; among several audiences it must be there to say so.
    fn authorized_party(&self, audiences: usize) -> Result<Option<&str>, TokenFault> {
        let rules = self.rules;
        match self.claims.str("azp")? {
            Some(party)
                if party == rules.client_id
                    || rules.authorized_parties.iter().any(|known| known == party) =>
            {
                Ok(Some(party))
            }
            None if audiences == 1 => Ok(None),
            _ => Err(TokenFault::AuthorizedParty),
        }
    }

    /// (9), (10), and RFC 7519 §4.1.5: `exp`, `iat`, `nbf`.
    fn times(&self) -> Result<(UnixTime, UnixTime), TokenFault> {
        let Self { claims, rules, now, .. } = self;
        let expires_at = claims.time("exp")?.ok_or(TokenFault::ExpiryMissing)?;
        if *now >= expires_at.plus(rules.leeway) {
            return Err(TokenFault::Expired);
        }
        let issued_at = claims.time("iat")?.ok_or(TokenFault::IssuedAtMissing)?;
        let latest = now.plus(rules.leeway);
        let too_old = |age| issued_at < now.minus(age).minus(rules.leeway);
        if issued_at > latest || rules.max_age_of_issue.is_some_and(too_old) {
            return Err(TokenFault::IssuedAt);
        }
        if claims.time("nbf")?.is_some_and(|not_before| not_before > latest) {
            return Err(TokenFault::NotYetValid);
        }
        Ok((expires_at, issued_at))
    }

    /// (11): `nonce` is the one that was sent. One that was not sent belongs to somebody else.
    fn nonce(&self) -> Result<Option<&str>, TokenFault> {
        match (self.expect.nonce, self.claims.str("nonce")?) {
            (Nonce::Expect(sent), Some(found))
                if constant_time_eq(sent.expose().as_bytes(), found.as_bytes()) =>
            {
                Ok(Some(found))
            }
            (Nonce::Expect(_), None) => Err(TokenFault::NonceMissing),
            (Nonce::OfFirstIdToken, found) => Ok(found),
            (Nonce::NotSent, None) => Ok(None),
            (Nonce::Expect(_) | Nonce::NotSent, Some(_)) => Err(TokenFault::Nonce),
        }
    }

    /// (12): `acr` is one of those that were demanded.
    fn acr(&self) -> Result<Option<&str>, TokenFault> {
        let acr = self.claims.str("acr")?;
        let demanded = self.expect.acr_values;
        if demanded.is_empty() || acr.is_some_and(|acr| demanded.contains(&acr)) {
            Ok(acr)
        } else {
            Err(TokenFault::Acr)
        }
    }

    /// (13): the user proved who they are no longer ago than `max_age`.
    fn auth_time(&self) -> Result<Option<UnixTime>, TokenFault> {
        let auth_time = self.claims.time("auth_time")?;
        if let Some(max_age) = self.expect.max_age {
            let auth_time = auth_time.ok_or(TokenFault::AuthTimeMissing)?;
            if auth_time.plus(max_age).plus(self.rules.leeway) < self.now {
                return Err(TokenFault::AuthTimeTooOld);
            }
        }
        Ok(auth_time)
    }

    /// Core §2: `sub`.
    fn subject(&self) -> Result<&str, TokenFault> {
        self.claims
            .str("sub")?
            .filter(|sub| sub.is_ascii() && (1..=MAX_SUBJECT_BYTES).contains(&sub.len()))
            .ok_or(TokenFault::Subject)
    }

    /// Core §3.1.3.8, §3.2.2.9, §3.3.2.10: what came beside the token is what the issuer sent.
    ///
    /// The algorithm is one that was agreed on; should the signature not hold by it, nothing of
    /// this comes out.
    fn hashes(&self, algorithm: Algorithm, backend: &dyn Backend) -> Result<(), TokenFault> {
        let Self { claims, expect, .. } = self;
        ACCESS_TOKEN_HASH.check(claims, expect.access_token, |t| t.expose(), algorithm, backend)?;
        CODE_HASH.check(claims, expect.code, |code| code.expose(), algorithm, backend)?;
        STATE_HASH.check(claims, expect.state, |state| state.expose(), algorithm, backend)
    }
}
