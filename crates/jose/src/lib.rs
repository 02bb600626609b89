//! JWS, JWK, JWT and the rules of each OpenID token: strict, pure, as fast as the signature allows.
//!
//! Nothing here knows an OAuth message, opens a socket or reads a clock. A token comes in as a type
//! without claims; the only road to its claims leads through every check.
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
