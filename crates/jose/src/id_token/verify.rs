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
use crate::claims::{Audience, Claims};
use crate::header::is_media_type;
use crate::jwks::KeySet;
use crate::jws::JwsRules;

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
        let Self { claims, rules, now, .. } = *self;
        let place = |text: Option<&str>| text.map(|text| claims.place(text));
        let issuer = claims.place(rules.issuer(claims)?);
        let audience = self.audience()?;
        let authorized_party = place(self.authorized_party(audience)?);
        let expires_at = rules.expiry(claims, now)?.ok_or(TokenFault::ExpiryMissing)?;
        let issued_at = rules.beginning(claims, now)?.ok_or(TokenFault::IssuedAtMissing)?;
        let nonce = place(self.nonce()?);
        let acr = place(self.acr()?);
        let auth_time = self.auth_time()?;
        let subject = claims.place(self.subject()?);
        // Back-Channel Logout §2.4: `events` makes it a logout token.
        if claims.has("events") {
            return Err(TokenFault::Events);
        }
        let session_id = place(claims.str("sid")?);
        let mut audience = audience.iter().map(|one| claims.place(one));
        Ok(Parts {
            issuer,
            subject,
            audience: audience.next().ok_or(TokenFault::Audience)?,
            other_audiences: audience.collect(),
            authorized_party,
            expires_at,
            issued_at,
            auth_time,
            nonce,
            acr,
            session_id,
        })
    }

    /// (3): this client is in `aud`, and nobody who is not trusted.
    fn audience(&self) -> Result<Audience<'_, '_>, TokenFault> {
        let audience = self.claims.audience()?;
        if !audience.iter().any(|one| one == self.rules.client_id()) {
            Err(TokenFault::Audience)
        } else if !audience.iter().all(|one| self.rules.trusts(one)) {
            Err(TokenFault::AudienceUntrusted)
        } else {
            Ok(audience)
        }
    }

    /// (4), (5): `azp` is this client; among several audiences it must be there to say so.
    fn authorized_party(&self, audience: Audience<'_, '_>) -> Result<Option<&str>, TokenFault> {
        match self.claims.str("azp")? {
            Some(party) if self.rules.authorizes(party) => Ok(Some(party)),
            None if audience.iter().nth(1).is_none() => Ok(None),
            _ => Err(TokenFault::AuthorizedParty),
        }
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
            if !self.rules.is_within(auth_time, max_age, self.now) {
                return Err(TokenFault::AuthTimeTooOld);
            }
        }
        Ok(auth_time)
    }

    /// Core §2: `sub`.
    fn subject(&self) -> Result<&str, TokenFault> {
        self.claims.subject()?.ok_or(TokenFault::Subject)
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
