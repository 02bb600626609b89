//! The compact JWS (RFC 7515 §7.1) and the one pipeline that every signed token goes through.
//!
//! ```text
//!   length ─▶ three parts ─▶ header, alg, typ ─▶ claims ─▶ key ─▶ signature ─▶ result
//! ```
//!
//! From cheap to dear: the signature comes last, so that a stranger's rubbish costs little, and a
//! key that is not there is reported only for a token that is right in everything else. Nothing that
//! was read comes out before the signature holds.

use std::ops::Range;

use memchr::{memchr, memrchr};
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;

use crate::algorithm::{Algorithm, AllowedAlgorithms};
use crate::backend::Backend;
use crate::base64url;
use crate::claims::Claims;
use crate::header::{Header, Summary};
use crate::jwks::KeySet;

/// The longest token that is read. A cookie or a URL holds less; a very full ID token has 8 KiB.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A signature is at most as long as the largest RSA key: 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

/// A compact JWS of any meaning. There is nothing to read in it before it is verified.
#[derive(Clone, Debug)]
pub struct UnverifiedJws(CompactToken);

impl UnverifiedJws {
    /// Takes a token as it came.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks the signature.
    ///
    /// What the payload means is not looked at, and neither is `typ`: for a token with rules of its
    /// own, use the type that knows them.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`]
    pub fn verify(
        &self,
        keys: &KeySet,
        algorithms: AllowedAlgorithms,
        backend: &'static dyn Backend,
    ) -> Result<VerifiedJws, InvalidToken> {
        let rules = JwsRules { kind: TokenKind::Jws, algorithms, typ: |_| true };
        let checked = rules.verify(self.0.expose(), keys, backend, |payload, algorithm| {
            Ok(VerifiedJws { payload, algorithm })
        })?;
        Ok(checked.0)
    }
}

/// A JWS whose signature holds.
#[derive(Clone)]
pub struct VerifiedJws {
    payload: Vec<u8>,
    algorithm: Algorithm,
}

impl VerifiedJws {
    /// What was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// How it was signed.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl std::fmt::Debug for VerifiedJws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedJws").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// What is demanded of a JWS before its payload is looked at.
pub(crate) struct JwsRules {
    pub(crate) kind: TokenKind,
    pub(crate) algorithms: AllowedAlgorithms,
    /// Whether the header's `typ` is one for this kind of token (RFC 8725 §3.11).
    pub(crate) typ: fn(Option<&str>) -> bool,
}

/// The part of a token that its signature is about.
pub(crate) struct Signed<'t> {
    pub(crate) algorithm: Algorithm,
    pub(crate) header: &'t str,
    pub(crate) summary: Summary<'t>,
    pub(crate) message: &'t [u8],
    pub(crate) signature: &'t [u8],
}

impl JwsRules {
    /// Verifies `token`; `check` sees the payload before the signature is checked, and what it
    /// returns comes out afterwards, with the issuer that the key is for, when it is for one alone.
    fn verify<'k, T>(
        &self,
        token: &str,
        keys: &'k KeySet,
        backend: &dyn Backend,
        check: impl FnOnce(Vec<u8>, Algorithm) -> Result<T, TokenFault>,
    ) -> Result<(T, Option<&'k str>), InvalidToken> {
        let refuse = |fault| InvalidToken::new(self.kind, fault);
        let parts = Parts::split(token).map_err(refuse)?;
        let mut buffer = Vec::new();
        let blame = |fault| refuse(parts.blame(fault));
        let header;
        let summary = match keys.recognise(parts.header) {
            Some(summary) => summary,
            None => {
                header = Header::read(parts.header, &mut buffer).map_err(blame)?;
                header.summary().map_err(blame)?
            }
        };
        let algorithm = self.admit(summary).map_err(blame)?;
        let mut buffer = [0; MAX_SIGNATURE_BYTES];
        let signature = parts.signature(&mut buffer).map_err(blame)?;
        let payload = base64url::decode(parts.payload).map_err(|_| blame(TokenFault::Structure))?;
        let checked = check(payload, algorithm).map_err(refuse)?;
        if !backend.supports(algorithm) {
            return Err(InvalidToken::unsupported(self.kind, algorithm.as_str(), backend.name()));
        }
        let message = parts.message.as_bytes();
        let signed = Signed { algorithm, header: parts.header, summary, message, signature };
        let key_issuer = keys.verify(&signed, backend).map_err(refuse)?;
        Ok((checked, key_issuer))
    }

    /// The same for a token whose payload is a set of claims.
    pub(crate) fn verify_claims<T>(
        &self,
        token: &str,
        keys: &KeySet,
        backend: &dyn Backend,
        check: impl FnOnce(&Claims<'_>, Algorithm) -> Result<T, TokenFault>,
    ) -> Result<(String, T), InvalidToken> {
        let (checked, key_issuer) = self.verify(token, keys, backend, |payload, algorithm| {
            let payload = String::from_utf8(payload).map_err(|_| TokenFault::Claims)?;
            let checked = check(&Claims::read(&payload)?, algorithm)?;
            Ok((payload, checked))
        })?;
        match key_issuer {
            Some(issuer) => Claims::read(&checked.0).and_then(|claims| claims.issued_by(issuer)),
            None => Ok(()),
        }
        .map_err(|fault| InvalidToken::new(self.kind, fault))?;
        Ok(checked)
    }

    /// Core §3.1.3.7 (7), RFC 8725 §3.1: the algorithm is one that was agreed on, by exact name.
    fn admit(&self, header: Summary<'_>) -> Result<Algorithm, TokenFault> {
        let algorithm = Algorithm::parse(header.algorithm)
            .filter(|algorithm| self.algorithms.contains(*algorithm))
            .ok_or(TokenFault::AlgorithmNotAllowed)?;
        if (self.typ)(header.typ) { Ok(algorithm) } else { Err(TokenFault::Type) }
    }
}

/// The three parts of the compact form, still in base64url.
struct Parts<'t> {
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
    message: &'t str,
}

impl<'t> Parts<'t> {
    fn split(token: &'t str) -> Result<Self, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenFault::TooLong);
        }
        let first = memchr(b'.', token.as_bytes()).ok_or(TokenFault::Structure)?;
        let last = memrchr(b'.', token.as_bytes()).ok_or(TokenFault::Structure)?;
        let part = |range: Range<usize>| token.get(range).ok_or(TokenFault::Structure);
        Ok(Self {
            header: part(0..first)?,
            payload: part(first + 1..last)?,
            signature: part(last + 1..token.len())?,
            message: part(0..last)?,
        })
    }

    fn signature<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], TokenFault> {
        let signature =
            base64url::decode_into(self.signature, buffer).map_err(|_| TokenFault::Structure)?;
        if signature.is_empty() { Err(TokenFault::Structure) } else { Ok(signature) }
    }

    /// What to say of a token with `fault`, which may come of its having more than three parts: five
    /// are a JWE, which nobody agreed on or which was not decrypted (Core §3.1.3.7 (1)).
    fn blame(&self, fault: TokenFault) -> TokenFault {
        match self.payload.bytes().filter(|byte| *byte == b'.').count() {
            0 => fault,
            2 => TokenFault::Encrypted,
            _ => TokenFault::Structure,
        }
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::typ;
    use crate::{backend, test_keys};

    fn verify(media_type: &str, payload: &[u8]) -> (usize, Result<Vec<u8>, TokenFault>) {
        let key = test_keys::signing(Algorithm::ES256);
        let token = key.sign(&typ(media_type), payload).unwrap();
        let length = token.expose().len();
        let algorithms = AllowedAlgorithms::of(&[Algorithm::ES256]);
        let keys = test_keys::published(&[&key]);
        let verified = UnverifiedJws::new(token).verify(&keys, algorithms, backend::ring());
        let payload = verified.map(|jws| jws.payload().to_vec()).map_err(|error| error.fault);
        (length, payload)
    }

    #[test]
    fn what_was_signed_comes_out_whatever_it_is() {
        for payload in [&b"no claims"[..], &[0, 159, 146, 150], &[]] {
            assert_eq!(verify("anything", payload).1.as_deref(), Ok(payload));
        }
    }

    #[test]
    fn a_token_may_be_as_long_as_the_limit_and_no_longer() {
        // Base64url has no text of some lengths; a longer header makes up for it.
        let exact = ["a", "aa", "aaa"].into_iter().find_map(|media_type| {
            let (around, _) = verify(media_type, &[]);
            let payload = vec![0; (MAX_TOKEN_BYTES - around) * 3 / 4];
            (verify(media_type, &payload).0 == MAX_TOKEN_BYTES).then_some((media_type, payload))
        });
        let (media_type, mut payload) = exact.unwrap();
        assert_eq!(verify(media_type, &payload).1.as_ref(), Ok(&payload));
        payload.push(0);
        assert_eq!(verify(media_type, &payload).1, Err(TokenFault::TooLong));
    }
}
