//! Scopes (RFC 6749 §3.3): a set of case-sensitive tokens whose order has no meaning.

mod comparison;
mod rules;

use std::collections::BTreeSet;
use std::fmt;

pub use comparison::Granted;
pub use rules::{
    GOOGLE, OAUTH, OPENID, OfflineRequest, OfflineRule, ScopeProblem, ScopeRules, YAHOO,
    YAHOO_JAPAN,
};

/// How long a scope text may be, in bytes: longer ones do not fit in the URL that carries them.
pub const MAX_SCOPE_BYTES: usize = 8 * 1024;

/// A set of scope tokens, in the order in which they were first named.
///
/// ```
/// use tegata_core::scope::Scope;
///
/// let scope = Scope::parse("openid email openid")?;
/// assert_eq!(scope.to_string(), "openid email");
/// assert!(scope.contains("email") && !scope.contains("Email"));
/// assert!(Scope::parse("a\"b").is_err());
/// # Ok::<(), tegata_core::scope::InvalidScope>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scope {
    tokens: Vec<Box<str>>,
}

impl Scope {
    /// The empty set.
    #[must_use]
    pub const fn empty() -> Self {
        Self { tokens: Vec::new() }
    }

    /// Reads tokens separated by spaces. Duplicates count once; extra spaces are forgiven.
    ///
    /// # Errors
    ///
    /// [`InvalidScope`]: a character that RFC 6749 §3.3 does not allow, or too long.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        Self::parse_separated(text, &[' '])
    }

    /// Reads tokens separated by any of `separators`: some providers answer with commas.
    ///
    /// # Errors
    ///
    /// As [`Scope::parse`].
    pub fn parse_separated(text: &str, separators: &[char]) -> Result<Self, InvalidScope> {
        if text.len() > MAX_SCOPE_BYTES {
            return Err(InvalidScope::TooLong);
        }
        let mut scope = Self::empty();
        for token in text.split(separators).filter(|token| !token.is_empty()) {
            scope.insert(token)?;
        }
        Ok(scope)
    }

    /// Adds one token; one that is there already stays where it is.
    ///
    /// # Errors
    ///
    /// [`InvalidScope`]: empty, or a character that RFC 6749 §3.3 does not allow.
    pub fn insert(&mut self, token: &str) -> Result<(), InvalidScope> {
        if token.is_empty() {
            return Err(InvalidScope::Empty);
        }
        if let Some(offset) = token.bytes().position(|byte| !is_scope_byte(byte)) {
            return Err(InvalidScope::Character { offset });
        }
        if !self.contains(token) {
            self.tokens.push(token.into());
        }
        Ok(())
    }

    /// Whether `token` is in the set, letter for letter.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|known| known == token)
    }

    /// Whether there is no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens, in the order in which they were first named.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(AsRef::as_ref)
    }

    /// The tokens of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let more = other.tokens.iter().filter(|token| !self.contains(token));
        Self { tokens: self.tokens.iter().chain(more).cloned().collect() }
    }

    /// The tokens of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let rest = self.tokens.iter().filter(|token| !other.contains(token));
        Self { tokens: rest.cloned().collect() }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl PartialEq for Scope {
    /// Order has no meaning.
    fn eq(&self, other: &Self) -> bool {
        self.iter().collect::<BTreeSet<_>>() == other.iter().collect()
    }
}

impl Eq for Scope {}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

/// What is wrong with a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScope {
    /// A character outside `%x21 / %x23-5B / %x5D-7E`.
    #[error("a character at byte {offset} of a token that RFC 6749 §3.3 does not allow")]
    Character {
        /// Where in the token.
        offset: usize,
    },
    /// A token of no characters.
    #[error("an empty token")]
    Empty,
    /// Longer than [`MAX_SCOPE_BYTES`].
    #[error("longer than {MAX_SCOPE_BYTES} bytes")]
    TooLong,
}

const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_exactly_the_grammar() {
        for byte in 0..=0x7f_u8 {
            let text = char::from(byte).to_string();
            let grammar =
                byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte);
            assert_eq!(Scope::empty().insert(&text).is_ok(), grammar, "{byte:#x}");
        }
        assert!(Scope::parse("プロファイル").is_err());
        assert!(Scope::parse("a\tb").is_err());
    }

    #[test]
    fn order_and_repetition_have_no_meaning() {
        assert_eq!(Scope::parse(" b  a b "), Scope::parse("a b"));
        assert_ne!(Scope::parse("email"), Scope::parse("Email"));
    }
}
