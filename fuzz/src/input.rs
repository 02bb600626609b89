//! How a target takes what it needs from the fuzzer's bytes.

use tegata_core::error::Error;
use tegata_core::http::HttpResponse;
use tegata_core::random::{Random, RandomUnavailable};

/// Reads from the front of the bytes; what is missing is zero.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn choose<'c, T>(&mut self, among: &'c [T]) -> &'c T {
        &among[usize::from(self.byte()) % among.len()]
    }

    /// Up to the next line end: readable in a seed, and easy for the fuzzer to cut and splice.
    pub fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let line = &self.0[..end.unwrap_or(self.0.len())];
        self.0 = end.map_or(&[], |end| &self.0[end + 1..]);
        line
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The same "random" numbers each time: a fuzzer must be able to repeat what it found.
pub struct Ones;

impl Random for Ones {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(1);
        Ok(())
    }
}

/// A response with a status, a content type and a body.
pub fn response(status: u16, content_type: &str, body: &[u8]) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_vec());
    *response.status_mut() = status.try_into().expect("a status");
    let content_type = content_type.parse().expect("a content type");
    response.headers_mut().insert("content-type", content_type);
    response
}

/// All that an error shows.
pub fn text(error: &Error) -> String {
    format!("{error:?} {error} {:?}", error.remedy())
}

/// None of the secrets that the targets themselves use: `canary-` and what it is.
pub fn hides_canaries(shown: &str) {
    assert!(!shown.contains("canary-"), "a secret in: {shown}");
}

/// No secret in a text. The seeds write `canary` into theirs; one that stands in the JSON `body` once
/// and shows has leaked. Any other value may be the name of a field, which is shown.
pub fn assert_hidden(text: &str, secret: &str, body: &[u8]) {
    let Ok(document) = serde_json::from_slice(body) else { return };
    if secret.contains("canary") && count(&document, secret) == 1 {
        assert!(!text.contains(secret), "a secret shows in: {text}");
    }
}

fn count(value: &serde_json::Value, secret: &str) -> usize {
    match value {
        serde_json::Value::String(text) => usize::from(text.contains(secret)),
        serde_json::Value::Array(items) => items.iter().map(|item| count(item, secret)).sum(),
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(name, value)| usize::from(name.contains(secret)) + count(value, secret))
            .sum(),
        other => usize::from(other.to_string().contains(secret)),
    }
}
