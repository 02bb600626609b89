//! `at_hash`, `c_hash` and `s_hash`: the left half of a hash (Core §3.1.3.6, §3.3.2.11).

use tegata_core::error::TokenFault;
use tegata_core::secret::constant_time_eq;

use super::Binding;
use crate::algorithm::Algorithm;
use crate::backend::Backend;
use crate::base64url;
use crate::claims::Claims;

/// The left half of the hash of `text`, in base64url: what stands in `at_hash` and its sisters.
///
/// The hash is that of the algorithm which signed the token. There is one for every [`Algorithm`],
/// so there is no unknown one to let through.
#[must_use]
pub fn half_hash(text: &str, algorithm: Algorithm, backend: &dyn Backend) -> String {
    let digest = backend.digest(algorithm.hash(), text.as_bytes());
    let half = digest.as_bytes().get(..algorithm.hash().output_len() / 2);
    base64url::encode(half.unwrap_or_default())
}

/// One of the three hashes: the claim that holds it, and what its absence and its falsehood mean.
pub(super) struct HashClaim {
    pub(super) name: &'static str,
    pub(super) missing: TokenFault,
    pub(super) wrong: TokenFault,
}

impl HashClaim {
    /// Compares the claim with the hash of what came beside the token.
    pub(super) fn check<T>(
        &self,
        claims: &Claims<'_>,
        binding: Binding<'_, T>,
        expose: fn(&T) -> &str,
        algorithm: Algorithm,
        backend: &dyn Backend,
    ) -> Result<(), TokenFault> {
        let (beside, required) = match binding {
            Binding::Absent => return Ok(()),
            Binding::IfPresent(beside) => (beside, false),
            Binding::Required(beside) => (beside, true),
        };
        if !claims.has(self.name) {
            return if required { Err(self.missing) } else { Ok(()) };
        }
        let found = claims.str(self.name)?.unwrap_or_default();
        let right = half_hash(expose(beside), algorithm, backend);
        if constant_time_eq(found.as_bytes(), right.as_bytes()) { Ok(()) } else { Err(self.wrong) }
    }
}
