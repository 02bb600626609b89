//! What is printed: texts of strangers made harmless, and the transcript of a walk, numbered for a
//! person or one JSON object per step.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use url::Url;

use crate::Failure;

/// What a step has to say: names and texts, secrets left out.
pub(crate) type Detail = Vec<(&'static str, String)>;

/// How a step ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Failed(String),
    Passed(Detail),
    Skipped(&'static str),
}

/// Where the steps of one walk go.
#[derive(Debug)]
pub(crate) struct Transcript {
    json: bool,
    /// Provider, transport, flow.
    walk: [String; 3],
    number: usize,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Transcript {
    pub(crate) fn new(json: bool) -> Self {
        let walk = [String::new(), String::new(), String::new()];
        Self { json, walk, number: 0, passed: 0, failed: 0, skipped: 0 }
    }

    pub(crate) fn begin(&mut self, provider: &str, transport: &str, flow: &str) {
        self.walk = [provider.to_owned(), transport.to_owned(), flow.to_owned()];
        self.number = 0;
        if !self.json {
            anstream::println!("\n{BOLD}{provider} · {transport} · {flow}{BOLD:#}");
        }
    }

    pub(crate) fn step(&mut self, name: &str, outcome: &Outcome) {
        self.number += 1;
        match outcome {
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Passed(_) => self.passed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
        if self.json {
            anstream::println!("{}", self.as_json(name, outcome));
        } else {
            self.print(name, outcome);
        }
    }

    /// Something a person has to read or to do; not a step.
    pub(crate) fn tell(&self, text: &str) {
        if self.json {
            anstream::eprintln!("{text}");
        } else {
            anstream::println!("     {text}");
        }
    }

    pub(crate) fn summary(&self) {
        if self.json {
            return;
        }
        let Self { passed, failed, skipped, .. } = self;
        let style = if *failed == 0 { GREEN } else { RED };
        anstream::println!(
            "\n{style}{passed} steps passed, {failed} failed, {skipped} skipped{style:#}"
        );
    }

    fn print(&self, name: &str, outcome: &Outcome) {
        let number = self.number;
        match outcome {
            Outcome::Failed(error) => {
                let error = error.replace('\n', "\n     ");
                anstream::println!("{number:>4} {RED}✗{RED:#} {name}\n       {RED}{error}{RED:#}");
            }
            Outcome::Passed(detail) => {
                anstream::println!("{number:>4} {GREEN}✓{GREEN:#} {name}");
                for (key, value) in detail {
                    anstream::println!("       {DIM}{key}{DIM:#} {value}");
                }
            }
            Outcome::Skipped(reason) => {
                anstream::println!("{number:>4} {YELLOW}–{YELLOW:#} {name} {DIM}({reason}){DIM:#}");
            }
        }
    }

    fn as_json(&self, name: &str, outcome: &Outcome) -> Value {
        let [provider, transport, flow] = &self.walk;
        let (status, key, value) = match outcome {
            Outcome::Failed(error) => ("failed", "error", json!(error)),
            Outcome::Passed(detail) => {
                let detail = detail.iter().map(|(key, value)| ((*key).to_owned(), json!(value)));
                ("passed", "detail", Value::Object(detail.collect::<Map<_, _>>()))
            }
            Outcome::Skipped(reason) => ("skipped", "reason", json!(reason)),
        };
        json!({
            "provider": provider,
            "transport": transport,
            "flow": flow,
            "step": self.number,
            "name": name,
            "status": status,
            key: value,
        })
    }
}

/// `url` with the values redacted that only the two parties should know.
pub(crate) fn redacted(url: &Url) -> String {
    let secret = ["code", "id_token", "id_token_hint", "access_token", "nonce", "state"];
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    let mut separator = '?';
    let mut text = shown.to_string();
    for (name, value) in url.query_pairs() {
        let value = if secret.contains(&name.as_ref()) { "[redacted]" } else { &value };
        text.push(separator);
        text.push_str(&format!("{name}={value}"));
        separator = '&';
    }
    text
}

/// `text` with nothing in it that a terminal obeys or that hides or reorders its neighbours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if is_unprintable(c) {
            shown.extend(c.escape_unicode())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// Prints `json` as a line of its own, harmless as [`json_text`] makes it.
pub(crate) fn print_json(json: &impl std::fmt::Display) {
    anstream::println!("{}", json_text(json));
}

/// Writes what may be no text, byte for byte.
pub(crate) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    io::stdout().lock().write_all(bytes).map_err(Failure::io("standard output"))
}

/// The same for a JSON text, which stays the same JSON.
pub(crate) fn json_text(json: &impl std::fmt::Display) -> String {
    let text = json.to_string();
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Between its texts, JSON holds no such character but the line end.
        if is_unprintable(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those of Unicode that are invisible or change the direction.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_as_an_escape() {
        assert_eq!(printable("a\u{1b}[2Jb\u{9b}\n"), r"a\u{1b}[2Jb\u{9b}\u{a}");
        assert_eq!(printable("\u{202e}手形"), r"\u{202e}手形");
        let json = serde_json::json!({ "a\u{7f}": "\u{9b}\u{1b}\u{e0041}\n" });
        let shown = json_text(&format!("{json:#}"));
        assert!(shown.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), json);
    }

    #[test]
    fn a_shown_url_keeps_no_secret() {
        let url = Url::parse(
            "https://op.example.com/a?client_id=c&state=canary&nonce=canary#code=canary",
        );
        let shown = redacted(&url.unwrap());
        assert_eq!(shown, "https://op.example.com/a?client_id=c&state=[redacted]&nonce=[redacted]");
    }
}
