//! Signed UserInfo (OpenID Connect Core §5.3.2, §5.3.4): a JWT with rules of its own.
//!
//! It has no `exp` and no nonce. It must name its issuer and this client, and say about whom it is:
//! the subject of the ID token, or everything in it is thrown away.

use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;

use crate::algorithm::AllowedAlgorithms;
use crate::backend::Backend;
use crate::claims::Claims;
use crate::header::is_media_type;
use crate::id_token::{IdToken, IdTokenRules};
use crate::jwks::KeySet;
use crate::jws::JwsRules;

/// A signed UserInfo response as it came.
#[derive(Clone, Debug)]
pub struct UnverifiedUserInfo(CompactToken);

impl UnverifiedUserInfo {
    /// Takes the body of a response of type `application/jwt`.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks the signature, `iss`, `aud`, the times that are there, and that `sub` is the ID
    /// token's.
    ///
    /// `algorithms` is the client's `userinfo_signed_response_alg`, which may be another than the
    /// ID token's.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the rule.
    pub fn verify(
        &self,
        id_token: &IdToken,
        keys: &KeySet,
        rules: &IdTokenRules,
        algorithms: AllowedAlgorithms,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<serde_json::Map<String, serde_json::Value>, InvalidToken> {
        let jws = JwsRules { kind: TokenKind::UserInfo, algorithms, typ: is_user_info };
        let (payload, ()) = jws.verify_claims(self.0.expose(), keys, backend, |claims, _| {
            check(claims, id_token, rules, now)
        })?;
        serde_json::from_str(&payload)
            .map_err(|_| InvalidToken::new(TokenKind::UserInfo, TokenFault::Claims))
    }
}

fn is_user_info(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_media_type(typ, "JWT"))
}

fn check(
    claims: &Claims<'_>,
    id_token: &IdToken,
    rules: &IdTokenRules,
    now: UnixTime,
) -> Result<(), TokenFault> {
    // §5.3.2: "If signed, the UserInfo Response MUST contain the Claims iss and aud"
    rules.issuer(claims)?;
    if !claims.audience()?.iter().any(|one| one == rules.client_id()) {
        return Err(TokenFault::Audience);
    }
    rules.expiry(claims, now)?;
    rules.beginning(claims, now)?;
    // A logout token has a subject and an audience too.
    if claims.has("events") {
        return Err(TokenFault::Events);
    }
    // §5.3.4: without the right subject, nothing of it may be used.
    match claims.subject()? {
        Some(subject) if subject == id_token.subject() => Ok(()),
        Some(_) => Err(TokenFault::SubjectChanged),
        None => Err(TokenFault::Subject),
    }
}
