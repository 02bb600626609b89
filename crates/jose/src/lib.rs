//! JWS, JWK, JWT and the rules of each OpenID token: strict, pure, as fast as the signature allows.
//!
//! Nothing here knows an OAuth message, opens a socket or reads a clock. A token comes in as a type
//! without claims; the only road to its claims leads through every check.
//!
//! An ID token that an app hands over (the types that say what it is are `tegata-core`'s):
//!
//! ```
//! # #[cfg(feature = "ring")] {
//! use tegata_core::error::{InvalidToken, TokenKind};
//! use tegata_core::secret::CompactToken;
//! use tegata_core::time::UnixTime;
//! use tegata_jose::backend;
//! use tegata_jose::id_token::{Expect, IdToken, IdTokenRules, Nonce, UnverifiedIdToken};
//! use tegata_jose::jwks::KeySet;
//!
//! fn verify(keys: &KeySet, token: &str, now: UnixTime) -> Result<IdToken, InvalidToken> {
//!     let rules = IdTokenRules::new("https://op.example.com", "client-1"); // once for all tokens
//!     let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
//!     let token = UnverifiedIdToken::new(CompactToken::new(token));
//!     token.verify(keys, &rules, &expect, backend::ring(), now) // `KeyNotFound`: fetch them again
//! }
//!
//! # fn shown() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeySet::from_jwks(br#"{"keys": []}"#)?;
//! assert!(verify(&keys, "not.a.token", UnixTime::from_seconds(1_800_000_000)).is_err());
//! # Ok(()) }
//! # shown().unwrap();
//! # }
//! ```
//!
//! | idea | modules |
//! |---|---|
//! | names and encodings | [`algorithm`], [`base64url`] |
//! | the crypto, chosen by value | [`backend`] |
//! | keys, parsed once when they arrive | [`jwk`], [`jwks`], [`pem`] |
//! | any JWS | [`jws`], [`sign`] |
//! | for servers that see one token often | [`verified_cache`] |
//! | encryption, with the feature `jwe` | `jwe` |
//! | tokens with rules of their own | [`id_token`], [`user_info`], [`logout_token`], [`security_event`], [`authorization_response`] |

mod claims;
mod header;
mod private_key;
#[cfg(feature = "ring")]
#[cfg(test)]
mod test_keys;

pub mod algorithm;
pub mod authorization_response;
pub mod backend;
pub mod base64url;
pub mod id_token;
#[cfg(feature = "jwe")]
pub mod jwe;
pub mod jwk;
pub mod jwks;
pub mod jws;
pub mod logout_token;
pub mod pem;
pub mod security_event;
pub mod sign;
pub mod user_info;
pub mod verified_cache;
