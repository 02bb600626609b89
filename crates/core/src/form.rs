//! `application/x-www-form-urlencoded`: a writer, and a reader that refuses duplicates.
//!
//! OAuth 2.0 sends requests in this form (RFC 6749 Appendix B) and forbids a parameter to stand
//! there twice (RFC 6749 §3.1): two readers could pick different ones.

use std::borrow::Cow;

/// How many parameters one form may have. Authorization responses have fewer than ten.
pub const MAX_PARAMETERS: usize = 64;

/// How long a form may be, in bytes. Browsers and servers stop at 8 KiB for a URL; a form post
/// with three tokens fits in this.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// Writes a form: names and values in the order they are given.
///
/// ```
/// use tegata_core::form::FormWriter;
///
/// let mut form = FormWriter::new();
/// form.append("scope", "openid email").append("a", "ü&");
/// assert_eq!(form.finish(), "scope=openid+email&a=%C3%BC%26");
/// ```
#[derive(Debug, Default)]
pub struct FormWriter(String);

impl FormWriter {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one parameter.
    pub fn append(&mut self, name: &str, value: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(encode(name));
        self.0.push('=');
        self.0.extend(encode(value));
        self
    }

    /// The text so far.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// One text, encoded as in a form: spaces as `+`, everything but letters, digits and `*-._` as
/// `%XX`.
pub fn encode(text: &str) -> url::form_urlencoded::ByteSerialize<'_> {
    url::form_urlencoded::byte_serialize(text.as_bytes())
}

/// A form that was read: each name once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<'a> {
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Reads a query, a fragment or a form body, without a leading `?` or `#`.
    ///
    /// ```
    /// use tegata_core::form::{Form, FormFault};
    ///
    /// let form = Form::parse("code=4%2FP7q7&state=x")?;
    /// assert_eq!(form.get("code"), Some("4/P7q7"));
    /// assert!(matches!(Form::parse("a=1&a=1"), Err(FormFault::Duplicate { .. })));
    /// # Ok::<(), FormFault>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FormFault`]: too long, too many, a name twice, a broken `%`, or no UTF-8.
    pub fn parse(text: &'a str) -> Result<Self, FormFault> {
        if text.len() > MAX_FORM_BYTES {
            return Err(FormFault::TooLong);
        }
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(FormFault::Duplicate { name: name.chars().take(64).collect() });
            }
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormFault::TooMany);
            }
            parameters.push((name, value));
        }
        Ok(Self { parameters })
    }

    /// The value of `name`. An empty value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, value)| *known == name && !value.is_empty()).map(|(_, v)| v)
    }

    /// Names and values, for longer than the text lives.
    #[must_use]
    pub fn into_owned(self) -> Vec<(String, String)> {
        let parameters = self.parameters.into_iter();
        parameters.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    /// Names and values in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

/// What is wrong with a form. Names parameters, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormFault {
    /// A parameter stands there twice (RFC 6749 §3.1).
    #[error("the parameter {name:?} stands there twice")]
    Duplicate {
        /// Its name, shortened to 64 characters.
        name: String,
    },
    /// A `%` without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("a parameter is not percent-encoded UTF-8")]
    Encoding,
    /// More than [`MAX_FORM_BYTES`].
    #[error("longer than {MAX_FORM_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_PARAMETERS`].
    #[error("more than {MAX_PARAMETERS} parameters")]
    TooMany,
}

/// Strict where `url::form_urlencoded` is lenient: it keeps a broken `%` and replaces bad UTF-8.
fn decode(text: &str) -> Result<Cow<'_, str>, FormFault> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit(), digit());
                let value = high.zip(low).map(|(high, low)| high * 16 + low);
                value.and_then(|value| u8::try_from(value).ok()).ok_or(FormFault::Encoding)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| FormFault::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_a_parameter_that_stands_there_twice_however_it_is_encoded() {
        for text in ["state=a&state=b", "state=a&state=a", "state=a&st%61te=b", "a&a"] {
            assert!(matches!(Form::parse(text), Err(FormFault::Duplicate { .. })), "{text}");
        }
    }

    #[test]
    fn refuses_broken_percent_encoding_and_bad_utf8() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "%ff=a", "a=%+1"] {
            assert_eq!(Form::parse(text), Err(FormFault::Encoding), "{text}");
        }
    }

    #[test]
    fn limits_length_and_count() {
        assert_eq!(Form::parse(&"a".repeat(MAX_FORM_BYTES + 1)), Err(FormFault::TooLong));
        let many: Vec<_> = (0..=MAX_PARAMETERS).map(|n| n.to_string()).collect();
        assert_eq!(Form::parse(&many.join("&")), Err(FormFault::TooMany));
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let form = Form::parse("&code=&state=x&").unwrap();
        assert_eq!((form.get("code"), form.get("state")), (None, Some("x")));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(pairs: std::collections::BTreeMap<String, String>) {
            let mut form = FormWriter::new();
            for (name, value) in &pairs {
                form.append(name, value);
            }
            let text = form.finish();
            prop_assume!(pairs.len() <= MAX_PARAMETERS && text.len() <= MAX_FORM_BYTES);
            let form = Form::parse(&text).unwrap();
            let read: std::collections::BTreeMap<_, _> =
                form.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn never_panics(text: String) {
            let _ = Form::parse(&text);
        }
    }
}
