//! Where an entry of the catalogue stands in writing.

use std::fmt;

/// A paragraph or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// Its name: "RFC 6749 §5.2".
    pub title: &'static str,
    /// Its address.
    pub url: &'static str,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.url)
    }
}

/// A section of an RFC.
macro_rules! rfc {
    ($number:literal, $section:literal) => {
        Source {
            title: concat!("RFC ", $number, " §", $section),
            url: concat!("https://www.rfc-editor.org/rfc/rfc", $number, "#section-", $section),
        }
    };
}

/// A page with a name.
macro_rules! page {
    ($title:literal, $url:literal) => {
        Source { title: $title, url: $url }
    };
}

pub(super) use {page, rfc};
