//! `docs/errors.md` is the catalogue of errors in another form: this test writes it and compares.
//!
//! ```text
//! WRITE_DOCS=1 cargo test -p tegata-core --test errors_md
//! ```
#![expect(clippy::disallowed_methods, reason = "a test of a file reads and writes it")]

use tegata_core::error::catalogue::{Entry, Place, Provider, entries};
use tegata_core::error::{Remedy, TokenFault};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

const HEAD: &str = "\
# Errors: what they mean and what to do

Generated from the catalogue in `tegata-core` (`error::catalogue`) by
`WRITE_DOCS=1 cargo test -p tegata-core --test errors_md`; do not edit.

A program branches on `ErrorCode` and `Remedy`. This is for the person who reads the log. Codes are
case-sensitive but for Yahoo's. A code that is not here is kept as it came: with HTTP 4xx the request or the
registration is wrong, with 5xx or 429 try again later.

Where: ";

#[test]
fn the_document_says_what_the_catalogue_says() {
    let document = document();
    if std::env::var("WRITE_DOCS").is_ok() {
        std::fs::write(PATH, &document).unwrap();
    }
    let found = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        found == document,
        "docs/errors.md differs from the catalogue: see the head of this test"
    );
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    let places: Vec<_> = Place::ALL.iter().map(|place| format!("`{}`", place.as_str())).collect();
    text.push_str(&places.join(", "));
    text.push_str(".\n");
    let is_client = |entry: &Entry| entry.at.contains(&Place::Client);
    section(&mut text, "By specification", |entry| entry.provider.is_none() && !is_client(entry));
    section(&mut text, "Found by the client itself", is_client);
    for provider in Provider::ALL {
        section(&mut text, provider.as_str(), |entry| entry.provider == Some(*provider));
    }
    text.push_str(
        "\n## What is wrong with a token\n\n| code | rule | remedy | source |\n|---|---|---|---|\n",
    );
    for fault in TokenFault::ALL {
        let (code, source) = (fault.code(), fault.paragraph());
        let remedy = name(fault.remedy());
        text.push_str(&format!("| `{code}` | {fault} | {remedy} | {source} |\n"));
    }
    text
}

fn section(text: &mut String, title: &str, belongs: impl Fn(&Entry) -> bool) {
    text.push_str(&format!("\n## {title}\n\n"));
    text.push_str("| code | where | HTTP | what happened | what to do | remedy | source |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for entry in entries().filter(|entry| belongs(entry)) {
        let code = match (entry.code, entry.detail) {
            ("", "") => "–".to_owned(),
            (code, "") => format!("`{code}`"),
            ("", detail) => format!("“{detail}”"),
            (code, detail) => format!("`{code}` “{detail}”"),
        };
        let places: Vec<_> = entry.at.iter().map(|place| place.as_str()).collect();
        let statuses: Vec<_> = entry.status.iter().map(u16::to_string).collect();
        text.push_str(&format!(
            "| {code} | {} | {} | {} | {} | {} | [{}]({}) |\n",
            places.join(", "),
            statuses.join(", "),
            entry.meaning,
            entry.what_to_do(),
            entry.remedy.map_or("–", name),
            entry.source.title,
            entry.source.url,
        ));
    }
}

fn name(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::AskConsentAgain => "ask consent again",
        Remedy::FixConfiguration => "fix configuration",
        Remedy::FixProgram => "fix program",
        Remedy::Refresh => "refresh",
        Remedy::Retry { .. } => "retry",
        Remedy::SecurityIncident => "security incident",
        Remedy::ShowUser => "show user",
        Remedy::SignInAgain => "sign in again",
        Remedy::TellAdministrator => "tell administrator",
        _ => "other",
    }
}
