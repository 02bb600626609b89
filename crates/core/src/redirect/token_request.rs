//! What the token request says about the redirect: a URI, or one of two constants that are none.

use crate::url::RedirectUri;

/// The parameter `redirect_uri` of a token request (RFC 6749 §4.1.3).
///
/// Two of Google's ways to get a code have no redirect. What they send instead is a constant: it is
/// not registered, and it must not pass through a URL type.
///
/// ```
/// use tegata_core::redirect::TokenRequestUri;
/// use tegata_core::url::RedirectUri;
///
/// let uri = RedirectUri::new("https://app.example.com/cb")?;
/// assert_eq!(TokenRequestUri::from(uri).as_str(), "https://app.example.com/cb");
/// assert_eq!(TokenRequestUri::PostMessage.as_str(), "postmessage");
/// # Ok::<(), tegata_core::url::InvalidUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRequestUri {
    /// The empty text: the code came from Google's Android or iOS SDK (`serverAuthCode`).
    Empty,
    /// `postmessage`: the code came from a JavaScript popup.
    PostMessage,
    /// The URI of the authorization request, letter for letter.
    Uri(RedirectUri),
}

impl TokenRequestUri {
    /// The value of the parameter. It is sent even when it is empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::PostMessage => "postmessage",
            Self::Uri(uri) => uri.as_str(),
        }
    }
}

impl From<RedirectUri> for TokenRequestUri {
    fn from(uri: RedirectUri) -> Self {
        Self::Uri(uri)
    }
}
