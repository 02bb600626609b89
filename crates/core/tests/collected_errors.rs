//! Every error that was collected from the specifications and the providers is in the catalogue, at
//! each of its places, with a source; and so is what to do, but for what is no error.
#![expect(clippy::disallowed_methods, reason = "the collection stands outside the repository")]

use std::collections::BTreeSet;

use tegata_core::error::ErrorCode;
use tegata_core::error::catalogue::{Entry, Place, Provider, entries};

const COLLECTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/facts/ERRORS.md");

/// How the collection abbreviates the places.
const PLACES: &[(&str, Place)] = &[
    ("AE", Place::Authorization),
    ("CIBA", Place::BackchannelAuthentication),
    ("DE", Place::Device),
    ("GIS", Place::JavaScript),
    ("INT", Place::Introspection),
    ("JS", Place::JavaScript),
    ("PAGE", Place::Page),
    ("PAR", Place::PushedAuthorization),
    ("REG", Place::Registration),
    ("REV", Place::Revocation),
    ("RS", Place::ProtectedResource),
    ("SET", Place::SecurityEvents),
    ("TE", Place::Token),
    ("device", Place::Device),
];

#[test]
fn every_collected_code_is_known_at_each_of_its_places() {
    let Ok(text) = std::fs::read_to_string(COLLECTION) else {
        return println!("skipped: the collection is not beside the workspace");
    };
    let (mut provider, mut known_by_name, mut rows) = (None, false, 0);
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            // The fourth section is of names, not codes.
            known_by_name = title.starts_with("4.");
            provider = Provider::ALL.iter().copied().find(|it| title_of(*it) == section(title));
        }
        let Some((first, place)) = cells(line).filter(|_| !known_by_name) else { continue };
        let places: Vec<_> = words(place)
            .filter_map(|word| PLACES.iter().find(|(name, _)| *name == word))
            .map(|(_, place)| *place)
            .collect();
        for code in codes(first) {
            rows += 1;
            for place in &places {
                let fits = |entry: &Entry| {
                    entry.code == code && entry.provider == provider && entry.at.contains(place)
                };
                assert!(entries().any(fits), "{code} at {} of {provider:?}", place.as_str());
            }
        }
    }
    assert!(rows > 100, "{rows} codes: the collection has another form by now");
}

#[test]
fn every_entry_has_a_place_a_source_and_something_to_do() {
    let nothing_to_do: Vec<_> = entries().filter(|entry| entry.remedy.is_none()).collect();
    // A revocation that succeeded, and a user who never came back.
    assert_eq!(nothing_to_do.len(), 2, "{nothing_to_do:?}");
    for entry in entries() {
        assert!(!entry.at.is_empty(), "{entry:?}");
        assert!(!entry.meaning.is_empty() && !entry.what_to_do().is_empty(), "{entry:?}");
        assert!(entry.source.url.starts_with("https://"), "{entry:?}");
    }
}

#[test]
fn the_code_of_every_entry_is_a_value_that_reads_back() {
    let codes: BTreeSet<_> = entries().map(|entry| entry.code).collect();
    for code in codes.into_iter().filter(|code| !code.is_empty()) {
        assert_eq!(ErrorCode::new(code).as_str(), code);
    }
}

/// The first two cells of a row of a table.
fn cells(line: &str) -> Option<(&str, &str)> {
    let (first, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
    Some((first, rest.split_once(" | ")?.0))
}

/// What stands between backticks and before a bracket, and is a code by its form.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    let cell = cell.split(" (").next().unwrap_or_default();
    let is_code = |text: &&str| text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(is_code).filter(|code| !["DPoP", "error_subtype"].contains(code))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphabetic())
}

fn section(title: &str) -> &str {
    title.split(". ").nth(1).unwrap_or_default().split(" (").next().unwrap_or_default()
}

fn title_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Google => "Google",
        Provider::YahooJapan => "Yahoo! JAPAN",
        _ => "Yahoo global",
    }
}
