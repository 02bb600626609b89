//! The reader itself: RFC 8259, one pass, texts borrowed where no escape forces a copy.
//!
//! Written by hand because it stands in the way of every token: limits and duplicate names are
//! checked while reading, and it costs half of what a general deserializer does. A property test
//! holds it to what serde_json accepts and means.

use std::borrow::Cow;

use super::{JsonFault, MAX_DEPTH, MAX_MEMBERS, Names, Object, Value};

/// Reads `text`: one value, and nothing after it but white space.
pub(super) fn read(text: &str) -> Result<Value<'_>, JsonFault> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.at == text.len() { Ok(value) } else { Err(reader.syntax()) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Result<Value<'a>, JsonFault> {
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.syntax()),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'a>, JsonFault>,
    ) -> Result<Value<'a>, JsonFault> {
        if self.depth == MAX_DEPTH {
            return Err(JsonFault::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// What stands between braces; the first is read.
    fn object(&mut self) -> Result<Value<'a>, JsonFault> {
        // A token has about a dozen claims; what is nested in it has few members.
        let mut members = Vec::with_capacity(if self.depth == 1 { 16 } else { 4 });
        let mut names = Names::default();
        if self.take(b'}') {
            return Ok(Value::Object(Object::default()));
        }
        loop {
            let name = self.string()?;
            if names.may_have(&name) && members.iter().any(|(known, _)| *known == name) {
                return Err(JsonFault::Duplicate { name: name.chars().take(64).collect() });
            }
            if members.len() == MAX_MEMBERS {
                return Err(JsonFault::TooManyMembers);
            }
            names.add(&name);
            self.skip_space();
            self.demand(b':')?;
            self.skip_space();
            members.push((name, self.value()?));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Object(Object { members, names }));
            }
            self.demand(b',')?;
            self.skip_space();
        }
    }

    /// What stands between brackets; the first is read.
    fn array(&mut self) -> Result<Value<'a>, JsonFault> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.demand(b',')?;
            self.skip_space();
        }
    }

    /// A text with its quotes.
    fn string(&mut self) -> Result<Cow<'a, str>, JsonFault> {
        self.demand(b'"')?;
        let plain = self.plain();
        if self.take(b'"') { Ok(Cow::Borrowed(plain)) } else { self.escaped(plain) }
    }

    /// The rest of a text that has an escape in it.
    #[cold]
    fn escaped(&mut self, start: &str) -> Result<Cow<'a, str>, JsonFault> {
        let mut copy = start.to_owned();
        while self.take(b'\\') {
            copy.push(self.escape()?);
            copy.push_str(self.plain());
        }
        self.demand(b'"')?;
        Ok(Cow::Owned(copy))
    }

    /// The part of a text up to a quote, a backslash or what may not stand in a text.
    #[inline]
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let end = start + plain_len(rest);
        self.at = end;
        self.text.get(start..end).unwrap_or_default()
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, JsonFault> {
        let letter = self.peek().ok_or_else(|| self.syntax())?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.syntax());
            }
        })
    }

    /// What stands behind `\u`: one UTF-16 unit, or the two of a pair. Half a pair is no text.
    fn unicode(&mut self) -> Result<char, JsonFault> {
        let first = self.hex()?;
        let mut units = [first, 0];
        let mut used = 1;
        if (0xd800..0xdc00).contains(&first) {
            self.demand(b'\\')?;
            self.demand(b'u')?;
            units = [first, self.hex()?];
            used = 2;
        }
        let mut decoded = char::decode_utf16(units.into_iter().take(used));
        match (decoded.next(), decoded.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(self.syntax()),
        }
    }

    fn hex(&mut self) -> Result<u16, JsonFault> {
        let digits = self.text.get(self.at..self.at.saturating_add(4));
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.syntax())?;
        self.at += 4;
        Ok(unit)
    }

    /// RFC 8259 §6. A whole number stays one when 64 bits hold it; `1e400` is out of range.
    fn number(&mut self) -> Result<serde_json::Number, JsonFault> {
        let start = self.at;
        let negative = self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut whole = true;
        if self.take(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            whole = false;
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let out_of_range = || JsonFault::Syntax { offset: start };
        if whole
            && !negative
            && let Ok(number) = text.parse::<u64>()
        {
            return Ok(number.into());
        }
        // A negative zero is none of the whole numbers.
        if whole
            && text != "-0"
            && let Ok(number) = text.parse::<i64>()
        {
            return Ok(number.into());
        }
        let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
        number.ok_or_else(out_of_range)
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.syntax()) } else { Ok(()) }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, JsonFault> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.syntax())
        }
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn demand(&mut self, byte: u8) -> Result<(), JsonFault> {
        if self.take(byte) { Ok(()) } else { Err(self.syntax()) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn syntax(&self) -> JsonFault {
        JsonFault::Syntax { offset: self.at }
    }
}

/// How many bytes from the start may stand in a text as they are, eight at a time.
fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The top bit of each byte that is under `limit`; exact for the first of them.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & TOPS;
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quotes = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslashes = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = below(word, b' ') | quotes | backslashes;
        if found != 0 {
            let place = usize::try_from(found.trailing_zeros() / 8).unwrap_or(0);
            return index * 8 + place;
        }
    }
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    words.len() * 8 + tail.iter().take_while(|byte| is_plain(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What this reader and serde_json make of `text`, which has no duplicate name in it.
    fn both(text: &str) -> (Option<serde_json::Value>, Option<serde_json::Value>) {
        let ours = read(text).ok().map(|value| rounded(value.to_json()));
        (ours, serde_json::from_str(text).ok().map(rounded))
    }

    /// serde_json reads fractions to within the last digit; this reader, as the standard library
    /// does, exactly.
    fn rounded(value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value as Json;
        match value {
            Json::Number(number) if number.is_f64() => {
                format!("{:.9e}", number.as_f64().unwrap()).into()
            }
            Json::Array(items) => items.into_iter().map(rounded).collect(),
            Json::Object(members) => Json::Object(
                members.into_iter().map(|(name, value)| (name, rounded(value))).collect(),
            ),
            other => other,
        }
    }

    #[test]
    fn reads_and_refuses_what_serde_json_does() {
        for text in [
            "0",
            "-0",
            "-1",
            "01",
            "-",
            "1.",
            ".5",
            "1.5",
            "1e5",
            "1E+5",
            "1e",
            "1e-7",
            "0e0",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "1e308",
            "1e309",
            "-1e400",
            "1e-400",
            "+1",
            "0x1",
            "NaN",
            "Infinity",
            "1 2",
            " 1 ",
            "\t[\r\n]\n",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[",
            "]",
            "{",
            "}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,}"#,
            r#"{a:1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a" : [ true , false , null ] }"#,
            "tru",
            "truee",
            "nul",
            "True",
            r#""\u0041\ud83d\ude00""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\ud83d\u0041""#,
            r#""\u004""#,
            r#""\u00g0""#,
            r#""\u+041""#,
            r#""\x41""#,
            r#""\"#,
            r#""\"\\\/\b\f\n\r\t""#,
            "\"\t\"",
            "\"\u{7f}\u{80}\u{2028}\"",
            "\"\u{1f}\"",
            "\"",
            "\"12345678\"",
            "\"1234567\u{1}\"",
            "\"é234567\\\"\"",
            "",
            " ",
            "\u{feff}1",
            "/**/1",
        ] {
            let (ours, theirs) = both(text);
            assert_eq!(ours, theirs, "{text}");
        }
    }

    #[test]
    fn says_where_the_text_stops_being_json() {
        for (text, offset) in [("", 0), ("[1,]", 3), (r#"{"a":tru}"#, 5), ("1 2", 2), ("\"\t\"", 1)]
        {
            assert_eq!(read(text), Err(JsonFault::Syntax { offset }), "{text}");
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(value in value(), pretty: bool) {
            let text = if pretty {
                serde_json::to_string_pretty(&value).unwrap()
            } else {
                value.to_string()
            };
            prop_assert_eq!(read(&text).unwrap().to_json(), value);
        }

        #[test]
        fn agrees_with_serde_json_about_a_text_with_a_change(
            value in value(),
            at: prop::sample::Index,
            change in r#"[\x00-\x7f"\\{}\[\],:0-9eE.+-]{0,2}"#,
        ) {
            let mut text = value.to_string();
            let mut at = at.index(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, &change);
            if !matches!(read(&text), Err(JsonFault::Duplicate { .. })) {
                let (ours, theirs) = both(&text);
                prop_assert_eq!(ours, theirs, "{}", text);
            }
        }
    }
}
