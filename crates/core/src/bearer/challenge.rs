//! The `WWW-Authenticate` reader (RFC 9110 §11.6.1, RFC 6750 §3).
//!
//! ```text
//! WWW-Authenticate = #challenge                          a comma-separated list, over all lines
//! challenge        = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
//! auth-param       = token BWS "=" BWS ( token / quoted-string )
//! ```
//!
//! A comma separates challenges and parameters alike, so `name = value` belongs to the challenge
//! that was opened last, and any other word opens a new one.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::error::ErrorCode;
use crate::scope::Scope;

/// How long all challenges of one answer may be together, in bytes: servers limit a whole header
/// section to 8 or 16 KiB.
pub const MAX_CHALLENGE_BYTES: usize = 16 * 1024;

/// How many challenges one answer may have. Two or three are usual: Bearer, DPoP, Basic.
pub const MAX_CHALLENGES: usize = 16;

/// How many parameters one challenge may have. RFC 6750 and its extensions name ten.
pub const MAX_CHALLENGE_PARAMETERS: usize = 32;

/// One way to authenticate that a server offers, or its reason to refuse the last attempt.
///
/// ```
/// use tegata_core::bearer::Challenge;
///
/// let line = r#"Negotiate, Bearer realm="example", error="invalid_token""#;
/// let challenges = Challenge::parse(line)?;
/// assert_eq!(challenges[0].scheme(), Some("negotiate"));
/// assert_eq!(challenges[1].realm(), Some("example"));
/// assert!(Challenge::parse("Bearer realm=\"never closed").is_err());
/// # Ok::<(), tegata_core::bearer::ChallengeFault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    scheme: Option<Box<str>>,
    token68: Option<Box<str>>,
    parameters: Vec<(Box<str>, Box<str>)>,
}

impl Challenge {
    /// Reads the value of one header line.
    ///
    /// The scheme word may be missing before the first parameter, as in an example of Yahoo's
    /// documentation: such a challenge has no [`scheme`](Self::scheme).
    ///
    /// # Errors
    ///
    /// [`ChallengeFault`] says where the line leaves the grammar or which limit it breaks.
    pub fn parse(line: &str) -> Result<Vec<Self>, ChallengeFault> {
        let mut challenges = Vec::new();
        Reader { line, rest: line }.list(&mut challenges)?;
        Ok(challenges)
    }

    /// The scheme in lower case: `bearer`, `dpop`, `basic`.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    /// Whether this is about an access token: `Bearer` (RFC 6750), `DPoP` (RFC 9449 §7.1), or no
    /// scheme word at all.
    #[must_use]
    pub fn takes_access_tokens(&self) -> bool {
        matches!(self.scheme(), None | Some("bearer" | "dpop"))
    }

    /// What stands in the place of parameters, as in `Negotiate oRQwEg==`.
    #[must_use]
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
    }

    /// The parameter called `name` in lower case, such as `acr_values` (RFC 9470 §3).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names in lower case, and values without quotes, in the order of the text.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The part of the server that the challenge is for.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.parameter("realm")
    }

    /// Why the last attempt was refused.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        self.parameter("error").filter(|code| !code.is_empty()).map(ErrorCode::new)
    }

    /// The server's own words for a developer. Untrusted: never branch on it, never show it as
    /// HTML.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.parameter("error_description")
    }

    /// The scope that is needed (RFC 6750 §3); `None` also when it is no readable scope.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        Scope::parse(self.parameter("scope")?).ok()
    }
}

/// The challenges of all `WWW-Authenticate` lines, which together are one list (RFC 9110 §5.3).
///
/// A line is read up to its first fault and no further: the answer is a refusal whether or not the
/// reason can be read.
#[must_use]
pub fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    let mut left = MAX_CHALLENGE_BYTES;
    for line in headers.get_all(WWW_AUTHENTICATE) {
        let Some(rest) = left.checked_sub(line.len()) else { break };
        left = rest;
        let line = String::from_utf8_lossy(line.as_bytes());
        let _ = Reader { line: &line, rest: &line }.list(&mut challenges);
    }
    challenges
}

/// Where a `WWW-Authenticate` line leaves the grammar, or which limit it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeFault {
    /// A parameter stands twice in one challenge (RFC 9110 §11.2).
    #[error("the parameter at byte {offset} stands there twice")]
    Duplicate {
        /// Where its second name ends.
        offset: usize,
    },
    /// What stands here is not what the grammar allows.
    #[error("no challenge at byte {offset}")]
    Syntax {
        /// The first byte that does not fit.
        offset: usize,
    },
    /// More than [`MAX_CHALLENGE_BYTES`].
    #[error("longer than {MAX_CHALLENGE_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_CHALLENGES`] or [`MAX_CHALLENGE_PARAMETERS`].
    #[error("too many challenges or parameters")]
    TooMany,
}

struct Reader<'a> {
    line: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn list(mut self, challenges: &mut Vec<Challenge>) -> Result<(), ChallengeFault> {
        if self.line.len() > MAX_CHALLENGE_BYTES {
            return Err(ChallengeFault::TooLong);
        }
        loop {
            self.take_while(|c| is_space(c) || c == ',');
            if self.rest.is_empty() {
                return Ok(());
            }
            self.element(challenges)?;
            self.take_while(is_space);
            if !self.at_end_of_element() {
                return Err(self.syntax());
            }
        }
    }

    fn element(&mut self, challenges: &mut Vec<Challenge>) -> Result<(), ChallengeFault> {
        let word = self.token()?;
        let spaces = self.take_while(is_space);
        if self.eat('=') {
            if challenges.is_empty() {
                challenges.push(Challenge::default());
            }
            let current = challenges.last_mut().ok_or(self.syntax())?;
            return self.parameter(word, current);
        }
        if challenges.len() == MAX_CHALLENGES {
            return Err(ChallengeFault::TooMany);
        }
        let scheme = Some(word.to_ascii_lowercase().into());
        let mut opened = Challenge { scheme, ..Challenge::default() };
        let mut result = Ok(());
        if !self.at_end_of_element() {
            result = if spaces.is_empty() {
                Err(self.syntax())
            } else {
                self.token68(&mut opened).or_else(|()| {
                    let name = self.token()?;
                    self.take_while(is_space);
                    if !self.eat('=') {
                        return Err(self.syntax());
                    }
                    self.parameter(name, &mut opened)
                })
            };
        }
        challenges.push(opened);
        result
    }

    /// `Err` leaves everything as it was: then it is a parameter.
    fn token68(&mut self, challenge: &mut Challenge) -> Result<(), ()> {
        let end = |c: char| !(c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        let (text, rest) = split_where(self.rest, end);
        let (_, rest) = split_where(rest, |c| c != '=');
        let after = rest.trim_start_matches(is_space);
        if text.is_empty() || !(after.is_empty() || after.starts_with(',')) {
            return Err(());
        }
        let (text, _) = self.rest.split_at(self.rest.len() - rest.len());
        challenge.token68 = Some(text.into());
        self.rest = rest;
        Ok(())
    }

    /// What follows `name =`.
    fn parameter(&mut self, name: &str, of: &mut Challenge) -> Result<(), ChallengeFault> {
        let name = name.to_ascii_lowercase();
        if of.token68.is_some() {
            return Err(self.syntax());
        }
        if of.parameter(&name).is_some() {
            return Err(ChallengeFault::Duplicate { offset: self.offset() });
        }
        if of.parameters.len() == MAX_CHALLENGE_PARAMETERS {
            return Err(ChallengeFault::TooMany);
        }
        self.take_while(is_space);
        let value = if self.eat('"') { self.quoted()? } else { Cow::Borrowed(self.token()?) };
        of.parameters.push((name.into(), value.into()));
        Ok(())
    }

    /// What follows an opening quote (RFC 9110 §5.6.4), the closing one included.
    fn quoted(&mut self) -> Result<Cow<'a, str>, ChallengeFault> {
        let mut value = Cow::Borrowed(self.take_while(is_quotable));
        loop {
            if self.eat('"') {
                return Ok(value);
            }
            if !self.eat('\\') {
                return Err(self.syntax());
            }
            let mut rest = self.rest.chars();
            let escaped = rest.next().filter(|c| is_quotable(*c) || matches!(c, '"' | '\\'));
            value.to_mut().push(escaped.ok_or(self.syntax())?);
            self.rest = rest.as_str();
            value.to_mut().push_str(self.take_while(is_quotable));
        }
    }

    fn token(&mut self) -> Result<&'a str, ChallengeFault> {
        let token = self.take_while(is_token_char);
        if token.is_empty() { Err(self.syntax()) } else { Ok(token) }
    }

    fn at_end_of_element(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(',')
    }

    fn eat(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = split_where(self.rest, |c| !belongs(c));
        self.rest = rest;
        taken
    }

    fn offset(&self) -> usize {
        self.line.len() - self.rest.len()
    }

    fn syntax(&self) -> ChallengeFault {
        ChallengeFault::Syntax { offset: self.offset() }
    }
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// OWS and BWS (RFC 9110 §5.6.3). Between the scheme and what follows it the grammar has spaces
/// only; a tab is forgiven there.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// `tchar` (RFC 9110 §5.6.2).
const fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '.'
                | '^'
                | '_'
                | '`'
                | '|'
                | '~'
        )
}

/// `qdtext` (RFC 9110 §5.6.4), `obs-text` included: what needs no backslash inside quotes.
const fn is_quotable(c: char) -> bool {
    matches!(c, '\t' | ' ' | '!' | '#'..='[' | ']'..='~') || !c.is_ascii()
}

#[cfg(test)]
mod tests;
