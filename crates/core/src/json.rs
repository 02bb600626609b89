//! JSON from strangers: one reader that limits size and depth and refuses duplicate members.
//!
//! RFC 8259 leaves the meaning of a repeated name open, and two parsers that disagree about it are
//! an attack (RFC 8725 §2.4). Names are compared after unescaping, at every depth. Texts without
//! escapes are borrowed from the input.

mod read;

use std::borrow::Cow;
use std::fmt;

/// How deep arrays and objects may nest. The deepest document that this workspace reads has four
/// levels; serde_json's own limit of 128 exists to protect the stack, not the reader.
pub const MAX_DEPTH: usize = 16;

/// How many members one object may have. Discovery documents have about sixty.
pub const MAX_MEMBERS: usize = 512;

/// A JSON value, borrowed from the text where no escape forced a copy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as exact as serde_json keeps it.
    Number(serde_json::Number),
    /// A text.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// The text, when it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The elements, when it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The object, when it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// A copy that borrows nothing, in serde_json's type.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => serde_json::Value::Bool(*value),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::String(text) => serde_json::Value::String(text.clone().into_owned()),
            Self::Array(items) => items.iter().map(Value::to_json).collect(),
            Self::Object(object) => serde_json::Value::Object(object.to_json()),
        }
    }

    fn kind(&self) -> JsonType {
        match self {
            Self::Null => JsonType::Null,
            Self::Bool(_) => JsonType::Bool,
            Self::Number(_) => JsonType::Number,
            Self::String(_) => JsonType::String,
            Self::Array(_) => JsonType::Array,
            Self::Object(_) => JsonType::Object,
        }
    }
}

/// A JSON object without duplicate members, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    names: Names,
}

impl<'a> Object<'a> {
    /// Reads `text`: exactly one object and nothing after it.
    ///
    /// ```
    /// use tegata_core::json::{JsonFault, Object};
    ///
    /// let object = Object::parse(br#"{"token_type": "Bearer"}"#)?;
    /// assert_eq!(object.required_str("token_type")?, "Bearer");
    /// assert!(matches!(Object::parse(br#"{"a":1,"\u0061":2}"#), Err(JsonFault::Duplicate { .. })));
    /// # Ok::<(), JsonFault>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`JsonFault`]: not UTF-8, not JSON, not an object, too deep, too many members, or a name
    /// twice. The length of `text` is the caller's to limit.
    pub fn parse(text: &'a [u8]) -> Result<Self, JsonFault> {
        let text = std::str::from_utf8(text)
            .map_err(|error| JsonFault::Syntax { offset: error.valid_up_to() })?;
        Self::parse_str(text)
    }

    /// [`Object::parse`] of a text that is known to be UTF-8.
    ///
    /// # Errors
    ///
    /// [`JsonFault`]
    pub fn parse_str(text: &'a str) -> Result<Self, JsonFault> {
        let value = read::read(text)?;
        match value {
            Value::Object(object) => Ok(object),
            other => Err(JsonFault::WrongType {
                path: String::new(),
                expected: JsonType::Object,
                found: other.kind(),
            }),
        }
    }

    /// The member called `name`. A `null` counts as absent.
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.get_any(name).filter(|value| **value != Value::Null)
    }

    /// The member called `name`, `null` included.
    // Inlined, the comparison with a name that the compiler knows is one of two numbers.
    #[inline]
    #[must_use]
    pub fn get_any(&self, name: &str) -> Option<&Value<'a>> {
        if !self.names.may_have(name) {
            return None;
        }
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Names and values in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The text called `name`, when it is there.
    ///
    /// # Errors
    ///
    /// [`JsonFault::WrongType`] when it is there and is no text.
    pub fn str(&self, name: &str) -> Result<Option<&str>, JsonFault> {
        self.typed(name, JsonType::String, Value::as_str)
    }

    /// The text called `name`.
    ///
    /// # Errors
    ///
    /// [`JsonFault::Missing`] or [`JsonFault::WrongType`].
    pub fn required_str(&self, name: &str) -> Result<&str, JsonFault> {
        self.str(name)?.ok_or_else(|| JsonFault::Missing { path: name.to_owned() })
    }

    /// The boolean called `name`, when it is there.
    ///
    /// # Errors
    ///
    /// [`JsonFault::WrongType`] when it is there and is no boolean.
    pub fn bool(&self, name: &str) -> Result<Option<bool>, JsonFault> {
        self.typed(name, JsonType::Bool, |value| match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        })
    }

    /// The whole, non-negative number called `name`, when it is there.
    ///
    /// # Errors
    ///
    /// [`JsonFault::WrongType`] when it is there and is no such number.
    pub fn u64(&self, name: &str) -> Result<Option<u64>, JsonFault> {
        self.typed(name, JsonType::Number, |value| match value {
            Value::Number(number) => number.as_u64(),
            _ => None,
        })
    }

    /// The texts of the array called `name`, when it is there.
    ///
    /// # Errors
    ///
    /// [`JsonFault::WrongType`] when it is there and is no array of texts.
    pub fn strings(&self, name: &str) -> Result<Option<Vec<&str>>, JsonFault> {
        let Some(items) = self.typed(name, JsonType::Array, Value::as_array)? else {
            return Ok(None);
        };
        let wrong = |(index, item): (usize, &Value<'_>)| JsonFault::WrongType {
            path: format!("{name}[{index}]"),
            expected: JsonType::String,
            found: item.kind(),
        };
        items
            .iter()
            .enumerate()
            .map(|entry| entry.1.as_str().ok_or_else(|| wrong(entry)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A copy that borrows nothing, in serde_json's type.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect()
    }

    fn typed<'s, T>(
        &'s self,
        name: &str,
        expected: JsonType,
        read: impl FnOnce(&'s Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, JsonFault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let found = value.kind();
        read(value).map(Some).ok_or_else(|| JsonFault::WrongType {
            path: name.to_owned(),
            expected,
            found,
        })
    }
}

/// Which names an object has, roughly: a bit for each, which others may share. Most names that are
/// looked up are not there, and most that are read were not there before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Names(u64);

impl Names {
    #[inline]
    fn may_have(self, name: &str) -> bool {
        self.0 & Self::mark(name) != 0
    }

    #[inline]
    fn add(&mut self, name: &str) {
        self.0 |= Self::mark(name);
    }

    #[inline]
    fn mark(name: &str) -> u64 {
        let end = |byte: Option<&u8>| byte.copied().map_or(0, u32::from);
        let (first, last) = (end(name.as_bytes().first()), end(name.as_bytes().last()));
        let turn =
            (first.wrapping_mul(5) ^ last).wrapping_add(u32::try_from(name.len()).unwrap_or(0));
        1_u64.rotate_left(turn)
    }
}

/// What is wrong with a JSON text. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// Two members of one object have the same name.
    #[error("the member {name:?} stands there twice")]
    Duplicate {
        /// The name, shortened to 64 bytes.
        name: String,
    },
    /// A member that must be there is not.
    #[error("the member {path:?} is missing")]
    Missing {
        /// Where it should be.
        path: String,
    },
    /// This is no JSON, or no UTF-8.
    #[error("no JSON at byte {offset}")]
    Syntax {
        /// The first byte that does not fit.
        offset: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// An object with more than [`MAX_MEMBERS`] members.
    #[error("an object with more than {MAX_MEMBERS} members")]
    TooManyMembers,
    /// A member has another type than its specification says.
    #[error("the member {path:?} should be {expected} and is {found}")]
    WrongType {
        /// Where it is; empty for the document itself.
        path: String,
        /// The type that its specification says.
        expected: JsonType,
        /// The type that it has.
        found: JsonType,
    },
}

/// The types of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8259 §3 has exactly these")]
pub enum JsonType {
    /// An array.
    Array,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// A number (of the range that is asked for).
    Number,
    /// An object.
    Object,
    /// A text.
    String,
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Array => "an array",
            Self::Bool => "a boolean",
            Self::Null => "null",
            Self::Number => "a number",
            Self::Object => "an object",
            Self::String => "a string",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_a_duplicate_name_at_any_depth_and_however_it_is_escaped() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, r#"{"x":[{"a":1,"a":2}]}"#] {
            let fault = Object::parse(text.as_bytes()).unwrap_err();
            assert_eq!(fault, JsonFault::Duplicate { name: "a".into() }, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_object_or_not_alone() {
        for text in ["", "[]", "1", "{} {}", "{}x", "\u{feff}{}", "{\"a\":\"\u{1}\"}"] {
            assert!(Object::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}"), Err(JsonFault::Syntax { offset: 6 }));
    }

    #[test]
    fn limits_depth_and_members() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(16), "]".repeat(16));
        assert_eq!(Object::parse(deep.as_bytes()), Err(JsonFault::TooDeep));
        let wide: Vec<_> = (0..=MAX_MEMBERS).map(|n| format!("\"{n}\":0")).collect();
        let wide = format!("{{{}}}", wide.join(","));
        assert_eq!(Object::parse(wide.as_bytes()), Err(JsonFault::TooManyMembers));
    }

    #[test]
    fn names_the_member_that_is_missing_or_mistyped() {
        let object = Object::parse(br#"{"n":1,"list":["a",2],"none":null}"#).unwrap();
        assert_eq!(object.required_str("x"), Err(JsonFault::Missing { path: "x".into() }));
        assert_eq!(object.required_str("none"), Err(JsonFault::Missing { path: "none".into() }));
        let fault = object.required_str("n").unwrap_err();
        assert_eq!(fault.to_string(), "the member \"n\" should be a string and is a number");
        let fault = object.strings("list").unwrap_err();
        assert!(matches!(fault, JsonFault::WrongType { path, .. } if path == "list[1]"));
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(map: std::collections::BTreeMap<String, Option<String>>) {
            let text = serde_json::to_vec(&map).unwrap();
            let object = Object::parse(&text).unwrap();
            prop_assert_eq!(serde_json::to_vec(&object.to_json()).unwrap(), text);
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Object::parse(&bytes);
        }
    }
}
