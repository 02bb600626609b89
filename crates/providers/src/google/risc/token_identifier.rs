//! Which stored refresh token an event is about: Google sends its first characters, or a double hash.
//!
//! Store both with each refresh token, and look the grant up by them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tegata_core::secret::{RefreshToken, constant_time_eq};
use tegata_jose::algorithm::Hash;
use tegata_jose::backend::Backend;
use tegata_oidc::events::TokenSubject;

/// How many characters a prefix has.
const PREFIX: usize = 16;

/// The names under which the double hash has been seen.
const DOUBLE_HASH: [&str; 2] = ["hash_base64_sha512_sha512", "hash_SHA512_double"];

/// The identifier of the kind `prefix`: the first 16 characters.
#[must_use]
pub fn prefix(token: &RefreshToken) -> String {
    token.expose().chars().take(PREFIX).collect()
}

/// The identifier of the kind `hash_base64_sha512_sha512`: SHA-512 of the 64 bytes of SHA-512 of the
/// token, in base64.
#[must_use]
pub fn double_hash(token: &RefreshToken, backend: &dyn Backend) -> String {
    let once = backend.digest(Hash::Sha512, token.expose().as_bytes());
    BASE64_STANDARD.encode(backend.digest(Hash::Sha512, once.as_bytes()).as_bytes())
}

/// Whether `subject` names this refresh token.
#[must_use]
pub fn names(subject: &TokenSubject, token: &RefreshToken, backend: &dyn Backend) -> bool {
    if subject.token_type != "refresh_token" {
        return false;
    }
    let expected = match subject.algorithm.as_str() {
        "prefix" => prefix(token),
        algorithm if DOUBLE_HASH.contains(&algorithm) => double_hash(token, backend),
        _ => return false,
    };
    let (expected, found) = (plain(&expected), plain(&subject.identifier));
    constant_time_eq(expected.as_bytes(), found.as_bytes())
}

/// base64 and base64url alike, without padding.
fn plain(text: &str) -> String {
    text.trim_end_matches('=').replace('-', "+").replace('_', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegata_jose::backend;

    #[test]
    fn finds_the_token_by_its_prefix_or_its_double_hash() {
        let backend = backend::ring();
        let token = RefreshToken::new("1//0abcdefghijklmnopqrstuvwxyz");
        assert_eq!(prefix(&token), "1//0abcdefghijkl");
        let hash = double_hash(&token, backend);
        let url_safe = hash.replace('+', "-").replace('/', "_").replace('=', "");
        for (algorithm, identifier, expected) in [
            ("prefix", "1//0abcdefghijkl", true),
            ("prefix", "1//0abcdefghijk", false),
            ("hash_base64_sha512_sha512", hash.as_str(), true),
            ("hash_base64_sha512_sha512", url_safe.as_str(), true),
            ("hash_SHA512_double", hash.as_str(), true),
            ("hash_base64_sha512_sha512", "AAAA", false),
            ("md5", hash.as_str(), false),
        ] {
            let found = {
                let subject = TokenSubject::new("refresh_token", algorithm, identifier);
                names(&subject, &token, backend)
            };
            assert_eq!(found, expected, "{algorithm} {identifier}");
        }
        let access = TokenSubject::new("access_token", "prefix", "1//0abcdefghijkl");
        assert!(!names(&access, &token, backend));
    }

    /// The value was made with Python's hashlib.
    #[test]
    fn the_second_hash_is_over_the_bytes_of_the_first() {
        let token = RefreshToken::new("1//0abc");
        assert_eq!(double_hash(&token, backend::ring()), EXPECTED);
    }

    const EXPECTED: &str =
        "ma+LJ4N5uUthtEHdhbrBLSkt+NzN761mClr3UnGicjQFzpqK473ofUoBUqBWxcncrxxVpqdE3QbcWcnWjpszew==";
}
