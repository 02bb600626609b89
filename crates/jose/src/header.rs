//! The protected header: `alg`, `kid`, `typ`, `cty`, and what must not be there (RFC 7515 §4).

use tegata_core::error::TokenFault;
use tegata_core::json::Object;

use crate::base64url;

/// The longest header that is read, in base64url. With an X.509 chain in it, one takes 6 KiB.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// The longest `kid` that is looked up. It is compared with known ones and nothing else.
const MAX_KEY_ID_BYTES: usize = 1024;

/// A protected header. Whatever else it holds (`jwk`, `jku`, `x5u`, `x5c` …) is never a source of
/// keys: there is no accessor for it (RFC 7515 §10.3, RFC 8725 §3.10).
pub(crate) struct Header<'a>(Object<'a>);

impl<'a> Header<'a> {
    /// Decodes `text` into `buffer` and reads it.
    pub(crate) fn read(text: &str, buffer: &'a mut Vec<u8>) -> Result<Self, TokenFault> {
        if text.len() > MAX_HEADER_BYTES {
            return Err(TokenFault::TooLong);
        }
        *buffer = base64url::decode(text).map_err(|_| TokenFault::Structure)?;
        let object = Object::parse(buffer).map_err(|_| TokenFault::Header)?;
        // No extension is implemented, so any demand for one refuses the token, whatever its value
        // is (RFC 7515 §4.1.11; RFC 7797 §7 forbids `b64` in a JWT).
        if object.get_any("crit").is_some() || object.get_any("b64").is_some() {
            return Err(TokenFault::Critical);
        }
        if object.str("kid").is_ok_and(|kid| kid.is_some_and(|kid| kid.len() > MAX_KEY_ID_BYTES)) {
            return Err(TokenFault::TooLong);
        }
        let header = Self(object);
        for name in ["kid", "typ", "cty"] {
            header.text(name)?;
        }
        Ok(header)
    }

    /// What choosing a key needs to know.
    pub(crate) fn summary(&self) -> Result<Summary<'_>, TokenFault> {
        Ok(Summary { algorithm: self.algorithm()?, key_id: self.key_id(), typ: self.typ() })
    }

    /// `alg`, as it stands there.
    pub(crate) fn algorithm(&self) -> Result<&str, TokenFault> {
        self.text("alg")?.ok_or(TokenFault::Header)
    }

    /// `kid`
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.0.str("kid").ok().flatten()
    }

    /// `typ`
    fn typ(&self) -> Option<&str> {
        self.0.str("typ").ok().flatten()
    }

    /// `epk`: the one key that a header may bring, because it only agrees with one of ours
    /// (RFC 7518 §4.6.1.1).
    #[cfg(feature = "jwe")]
    pub(crate) fn ephemeral_key(&self) -> Option<&Object<'a>> {
        self.0.get("epk").and_then(|value| value.as_object())
    }

    /// The text called `name`. A `null` is no text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, TokenFault> {
        match self.0.get_any(name) {
            Some(value) => value.as_str().map(Some).ok_or(TokenFault::Header),
            None => Ok(None),
        }
    }
}

/// What choosing a key needs to know of a header.
#[derive(Clone, Copy)]
pub(crate) struct Summary<'a> {
    pub(crate) algorithm: &'a str,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) typ: Option<&'a str>,
}

/// A header that a verified token had. An issuer writes the same one with the same key every time,
/// so it need not be read again: the text is equal, and so is what it says.
#[derive(Clone)]
pub(crate) struct KnownHeader {
    text: Box<str>,
    algorithm: Box<str>,
    key_id: Option<Box<str>>,
    typ: Option<Box<str>>,
}

impl KnownHeader {
    pub(crate) fn new(text: &str, summary: Summary<'_>) -> Self {
        Self {
            text: text.into(),
            algorithm: summary.algorithm.into(),
            key_id: summary.key_id.map(Into::into),
            typ: summary.typ.map(Into::into),
        }
    }

    /// What the header says, when `text` is it.
    pub(crate) fn recognise(&self, text: &str) -> Option<Summary<'_>> {
        (*self.text == *text).then_some(Summary {
            algorithm: &self.algorithm,
            key_id: self.key_id.as_deref(),
            typ: self.typ.as_deref(),
        })
    }
}

/// Whether `found` is the media type `expected`, as RFC 7515 §4.1.9 compares: no matter the case,
/// with or without `application/`.
pub(crate) fn is_media_type(found: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match found.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => found,
    };
    short.eq_ignore_ascii_case(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<String>, TokenFault> {
        let mut buffer = Vec::new();
        let header = Header::read(&base64url::encode(json), &mut buffer)?;
        header.algorithm()?;
        Ok(header.key_id().map(str::to_owned))
    }

    #[test]
    fn refuses_any_demand_for_an_extension() {
        for member in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":null"#,
            r#""crit":"b64""#,
            r#""b64":false"#,
            r#""b64":true"#,
            r#""\u0063rit":["b64"]"#,
        ] {
            let json = format!(r#"{{"alg":"RS256",{member}}}"#);
            assert_eq!(read(&json), Err(TokenFault::Critical), "{member}");
        }
    }

    #[test]
    fn refuses_members_of_the_wrong_type() {
        for json in [
            "{}",
            "[]",
            "null",
            r#"{"alg":null}"#,
            r#"{"alg":1}"#,
            r#"{"alg":["RS256"]}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256","kid":null}"#,
            r#"{"alg":"RS256","typ":{}}"#,
            r#"{"alg":"RS256","cty":0}"#,
            r#"{"alg":"RS256","alg":"RS256"}"#,
            r#"{"alg":"RS256","x":1,"x":2}"#,
            r#"{"alg":"RS256"} "#,
            r#"{"alg":"RS256"}x"#,
        ] {
            let refused = read(json) == Err(TokenFault::Header);
            assert_eq!(refused, json != r#"{"alg":"RS256"} "#, "{json}");
        }
    }

    #[test]
    fn limits_what_it_reads() {
        let long = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(1025));
        assert_eq!(read(&long), Err(TokenFault::TooLong));
        let fits = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(1024));
        assert!(read(&fits).is_ok());
        // As text: 8192 letters for 6144 bytes.
        let sized = |bytes: usize| format!(r#"{{"alg":"RS256","x":"{}"}}"#, "x".repeat(bytes - 22));
        assert_eq!(base64url::encode(sized(6144)).len(), MAX_HEADER_BYTES);
        assert!(read(&sized(6144)).is_ok());
        assert_eq!(read(&sized(6145)), Err(TokenFault::TooLong));
    }

    #[test]
    fn media_types_compare_without_case_and_prefix() {
        for same in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
            assert!(is_media_type(same, "JWT"), "{same}");
        }
        for other in ["at+jwt", "", "application/", "application/at+jwt", "text/jwt", "JWT "] {
            assert!(!is_media_type(other, "JWT"), "{other}");
        }
    }
}
