//! Secrets: each its own type, redacted in `Debug`, compared in constant time, wiped on drop.
//!
//! There is no `Display` and no `Serialize`. The text comes out through `expose()` alone, so a
//! reviewer finds every place where a secret leaves its type by searching for one word.

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Equality that takes the same time wherever two texts of one length differ.
///
/// For values that are compared with what a stranger sent: `state`, `nonce`, hashes, CSRF tokens.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    // Eight bytes at a time: each comparison is fenced off from the optimiser, and that costs.
    let (left, left_tail) = left.as_chunks::<8>();
    let (right, right_tail) = right.as_chunks::<8>();
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let words = left.iter().map(word).zip(right.iter().map(word));
    let same = words.fold(left_tail.ct_eq(right_tail), |same, (l, r)| same & l.ct_eq(&r));
    same.into()
}

/// What every secret of this module is made of.
#[derive(Clone)]
struct SecretText(Zeroizing<String>);

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}

macro_rules! secrets {
    ($($(#[$docs:meta])* $name:ident;)+) => {$(
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(SecretText);

        impl $name {
            /// Takes the text into custody.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(SecretText(Zeroizing::new(text.into())))
            }

            /// Whether `text`, which a stranger sent, is this one: in constant time.
            #[must_use]
            pub fn is(&self, text: &str) -> bool {
                constant_time_eq(self.0.0.as_bytes(), text.as_bytes())
            }

            /// The text itself. Keep it out of logs, URLs and error messages.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

impl Eq for SecretText {}

secrets! {
    /// Opens a protected resource (RFC 6749 §1.4).
    AccessToken;
    /// What the authorization endpoint hands out, to be exchanged once (RFC 6749 §1.3.1).
    AuthorizationCode;
    /// What a confidential client authenticates with (RFC 6749 §2.3.1).
    ClientSecret;
    /// The half of PKCE that stays with the client until the exchange (RFC 7636 §4.1).
    CodeVerifier;
    /// A compact JWS or JWE as it came, with nothing checked: an ID token, a logout token.
    CompactToken;
    /// What a device asks for its tokens with (RFC 8628 §3.2).
    DeviceCode;
    /// Binds an ID token to the browser session that asked for it (OpenID Connect Core §3.1.2.1).
    Nonce;
    /// Buys new access tokens while the user is away (RFC 6749 §1.5).
    RefreshToken;
    /// Binds a callback to the browser session that asked for it (RFC 6749 §10.12).
    State;
    /// What a person types in at another device: for their eyes, and for no log (RFC 8628 §3.2).
    UserCode;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_type_and_not_the_text() {
        assert_eq!(format!("{:?}", AccessToken::new("canary")), "AccessToken([redacted])");
        assert_eq!(format!("{:#?}", ClientSecret::new("canary")), "ClientSecret([redacted])");
    }

    #[test]
    fn a_difference_anywhere_is_one() {
        let text = [7; 43];
        assert!(constant_time_eq(&text, &text) && constant_time_eq(b"", b""));
        for place in 0..text.len() {
            let mut other = text;
            other[place] ^= 0x80;
            assert!(!constant_time_eq(&text, &other), "byte {place}");
        }
        assert!(!constant_time_eq(&text, &text[..42]) && !constant_time_eq(&text, b""));
    }

    #[test]
    fn equality_is_by_text() {
        assert_eq!(State::new("a"), State::new("a"));
        assert_ne!(State::new("a"), State::new("b"));
        assert_ne!(State::new("a"), State::new("ab"));
    }
}
