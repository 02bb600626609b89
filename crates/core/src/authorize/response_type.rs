//! Response types and modes (OAuth 2.0 Multiple Response Type Encoding Practices).

/// What the authorization endpoint answers with.
///
/// Words may stand in any order on the wire; here each combination has one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// `code`: the authorization code flow. What to use unless there is a reason.
    #[default]
    Code,
    /// `code id_token`: hybrid, with an ID token in front.
    CodeIdToken,
    /// `code id_token token`: hybrid, with an ID token and an access token in front.
    CodeIdTokenToken,
    /// `code token`: hybrid, with an access token in front.
    CodeToken,
    /// `id_token`: implicit, identity only.
    IdToken,
    /// `id_token token`: implicit. Tokens in URLs leak (RFC 9700 §2.1.2): for old providers only.
    IdTokenToken,
}

impl ResponseType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Code,
        Self::CodeIdToken,
        Self::CodeIdTokenToken,
        Self::CodeToken,
        Self::IdToken,
        Self::IdTokenToken,
    ];

    /// Reads the words in any order.
    ///
    /// ```
    /// use tegata_core::authorize::ResponseType;
    ///
    /// assert_eq!(ResponseType::parse("id_token code"), Some(ResponseType::CodeIdToken));
    /// assert_eq!(ResponseType::parse("none"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<_> = text.split(' ').collect();
        words.sort_unstable();
        let text = words.join(" ");
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The words, as they are sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::CodeIdToken => "code id_token",
            Self::CodeIdTokenToken => "code id_token token",
            Self::CodeToken => "code token",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
        }
    }

    /// Whether a code comes back.
    #[must_use]
    pub const fn has_code(self) -> bool {
        !matches!(self, Self::IdToken | Self::IdTokenToken)
    }

    /// Whether an ID token comes back from the authorization endpoint.
    #[must_use]
    pub const fn has_id_token(self) -> bool {
        !matches!(self, Self::Code | Self::CodeToken)
    }

    /// Whether an access token comes back from the authorization endpoint.
    #[must_use]
    pub const fn has_token(self) -> bool {
        matches!(self, Self::CodeIdTokenToken | Self::CodeToken | Self::IdTokenToken)
    }

    /// How it comes back when nothing else was asked for: a query only for `code` alone.
    #[must_use]
    pub const fn default_mode(self) -> ResponseMode {
        match self {
            Self::Code => ResponseMode::Query,
            _ => ResponseMode::Fragment,
        }
    }
}

/// How the answer of the authorization endpoint comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// `form_post`: a page posts it (OAuth 2.0 Form Post Response Mode).
    FormPost,
    /// `fragment`: behind the `#`, which a server never sees: a page must hand it on.
    Fragment,
    /// `query`: behind the `?`.
    Query,
}

impl ResponseMode {
    /// The word, as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Fragment => "fragment",
            Self::Query => "query",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::FormPost, Self::Fragment, Self::Query].into_iter().find(|m| m.as_str() == text)
    }
}
