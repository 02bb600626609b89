//! Registered claims with their types (RFC 7519 §4.1): a claim of the wrong type is a fault, never
//! an absent claim.

use std::borrow::Cow;
use std::ops::Range;

use tegata_core::error::TokenFault;
use tegata_core::json::{Object, Value};
use tegata_core::time::UnixTime;

/// Core §2: "It MUST NOT exceed 255 ASCII characters in length."
const MAX_SUBJECT_BYTES: usize = 255;

/// 9999-12-31T23:59:59Z: a later date is an error of whoever wrote it.
const LATEST: i64 = 253_402_300_799;

/// Where the tenant stands in the name of an issuer that has many.
pub(crate) const TENANT: &str = "{tenantid}";

/// The claims of a token whose signature may not be checked yet.
pub(crate) struct Claims<'a> {
    object: Object<'a>,
    text: &'a str,
}

impl<'a> Claims<'a> {
    /// Reads `text`: one strict JSON object.
    pub(crate) fn read(text: &'a str) -> Result<Self, TokenFault> {
        let object = Object::parse_str(text).map_err(|_| TokenFault::Claims)?;
        Ok(Self { object, text })
    }

    /// Whether there is a claim of this name, of whatever type.
    #[inline]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get_any(name).is_some()
    }

    /// A text.
    #[inline]
    pub(crate) fn str(&self, name: &str) -> Result<Option<&str>, TokenFault> {
        match self.object.get_any(name) {
            Some(value) => value.as_str().map(Some).ok_or(TokenFault::Claims),
            None => Ok(None),
        }
    }

    /// A NumericDate (RFC 7519 §2): a whole number or a fraction, which is rounded down.
    #[inline]
    pub(crate) fn time(&self, name: &str) -> Result<Option<UnixTime>, TokenFault> {
        let number = match self.object.get_any(name) {
            Some(Value::Number(number)) => number,
            Some(_) => return Err(TokenFault::Claims),
            None => return Ok(None),
        };
        let seconds = match number.as_i64() {
            Some(seconds) => seconds,
            None => number.as_f64().and_then(whole_seconds).ok_or(TokenFault::Claims)?,
        };
        if (0..=LATEST).contains(&seconds) {
            Ok(Some(UnixTime::from_seconds(seconds)))
        } else {
            Err(TokenFault::Claims)
        }
    }

    /// `aud`: a text, or an array of texts (RFC 7519 §4.1.3).
    pub(crate) fn audience(&self) -> Result<Audience<'_, 'a>, TokenFault> {
        match self.object.get_any("aud") {
            Some(Value::Array(items)) if items.iter().all(|item| item.as_str().is_some()) => {
                Ok(Audience(items))
            }
            Some(one @ Value::String(_)) => Ok(Audience(std::slice::from_ref(one))),
            Some(_) => Err(TokenFault::Claims),
            None => Err(TokenFault::Audience),
        }
    }

    /// `sub`: 1 to 255 ASCII characters (Core §2).
    pub(crate) fn subject(&self) -> Result<Option<&str>, TokenFault> {
        match self.str("sub")? {
            Some(sub) if !sub.is_ascii() || !(1..=MAX_SUBJECT_BYTES).contains(&sub.len()) => {
                Err(TokenFault::Subject)
            }
            sub => Ok(sub),
        }
    }

    /// `iss` is the issuer that a key is for, whose name may have the tenant in it: one tenant's key
    /// signs for no other tenant (RFC 8725 §3.8).
    pub(crate) fn issued_by(&self, template: &str) -> Result<(), TokenFault> {
        let expected = match self.str("tid")? {
            Some(tenant) => Cow::Owned(template.replace(TENANT, tenant)),
            None => Cow::Borrowed(template),
        };
        if self.str("iss")? == Some(&expected) { Ok(()) } else { Err(TokenFault::Issuer) }
    }

    /// `events`: an object with at least one member, each of them an object (RFC 8417 §2.2).
    pub(crate) fn events(&self) -> Result<&Object<'a>, TokenFault> {
        let events = self.object.get_any("events").and_then(Value::as_object);
        events
            .filter(|events| !events.is_empty())
            .filter(|events| events.iter().all(|(_, event)| event.as_object().is_some()))
            .ok_or(TokenFault::Events)
    }

    /// All claims, in the order of the text.
    pub(crate) fn object(&self) -> &Object<'a> {
        &self.object
    }

    /// Where in the text of the claims `part` stands, so that it need not be copied.
    pub(crate) fn place(&self, part: &str) -> Text {
        let start = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr());
        let range = start.and_then(|start| Some(start..start.checked_add(part.len())?));
        match range {
            Some(range) if self.text.get(range.clone()) == Some(part) => Text::Placed(range),
            _ => Text::Copied(part.into()),
        }
    }
}

/// The members of `aud`.
#[derive(Clone, Copy)]
pub(crate) struct Audience<'c, 'a>(&'c [Value<'a>]);

impl<'c> Audience<'c, '_> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'c str> {
        self.0.iter().filter_map(Value::as_str)
    }
}

/// A text within the claims: a place in them, or a copy when an escape sequence stood there.
#[derive(Clone)]
pub(crate) enum Text {
    Copied(Box<str>),
    Placed(Range<usize>),
}

impl Text {
    pub(crate) fn within<'s>(&'s self, claims: &'s str) -> &'s str {
        match self {
            Self::Copied(text) => text,
            Self::Placed(range) => claims.get(range.clone()).unwrap_or_default(),
        }
    }
}

fn whole_seconds(fraction: f64) -> Option<i64> {
    let whole = fraction.floor();
    #[expect(clippy::as_conversions, reason = "within the range of both types, and whole")]
    (0.0..=253_402_300_799.0).contains(&whole).then_some(whole as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(json: &str) -> Result<Option<i64>, TokenFault> {
        let text = format!(r#"{{"exp":{json}}}"#);
        Ok(Claims::read(&text)?.time("exp")?.map(UnixTime::seconds))
    }

    #[test]
    fn a_date_is_a_whole_number_or_a_fraction() {
        assert_eq!(time("1700000000"), Ok(Some(1_700_000_000)));
        assert_eq!(time("1700000000.9"), Ok(Some(1_700_000_000)));
        assert_eq!(time("1.7e9"), Ok(Some(1_700_000_000)));
        assert_eq!(time("0"), Ok(Some(0)));
        assert_eq!(time("253402300799"), Ok(Some(LATEST)));
        assert_eq!(Claims::read("{}").unwrap().time("exp"), Ok(None));
    }

    #[test]
    fn a_date_of_another_type_or_out_of_range_is_a_fault_and_not_absent() {
        for json in [
            "\"1700000000\"",
            "null",
            "true",
            "[]",
            "{}",
            "-1",
            "-0.5",
            "253402300800",
            "253402300800.5",
            "18446744073709551616",
            "9223372036854775808",
            "1e300",
            "1e400",
            "-1e400",
            "NaN",
        ] {
            assert_eq!(time(json), Err(TokenFault::Claims), "{json}");
        }
    }

    #[test]
    fn a_text_is_placed_unless_it_was_escaped() {
        let text = r#"{"iss":"plain","sub":"esc\u0061ped"}"#;
        let claims = Claims::read(text).unwrap();
        let place = |name| claims.place(claims.str(name).unwrap().unwrap());
        assert!(matches!(place("iss"), Text::Placed(_)));
        assert_eq!(place("iss").within(text), "plain");
        assert!(matches!(place("sub"), Text::Copied(_)));
        assert_eq!(place("sub").within(text), "escaped");
    }

    #[test]
    fn an_audience_is_a_text_or_an_array_of_texts() {
        let read = |json: &str| {
            let text = format!(r#"{{"aud":{json}}}"#);
            let claims = Claims::read(&text)?;
            let audience = claims.audience()?;
            Ok::<_, TokenFault>(audience.iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(read(r#""a""#).unwrap(), ["a"]);
        assert_eq!(read(r#"["a","b"]"#).unwrap(), ["a", "b"]);
        for json in [r#"["a",1]"#, r#"[["a"]]"#, "1", "null", "true", r#"{"a":1}"#] {
            assert_eq!(read(json), Err(TokenFault::Claims), "{json}");
        }
    }
}
