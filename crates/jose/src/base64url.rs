//! base64url as JOSE wants it: no padding, no other characters, no loose bits at the end
//! (RFC 7515 §2, RFC 4648 §3.5).
//!
//! One text for each value: a token whose text can be varied without breaking its signature would
//! slip past every list of tokens seen before.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Decodes `text`, strictly.
///
/// ```
/// use tegata_jose::base64url;
///
/// assert_eq!(base64url::decode("AQAB")?, [1, 0, 1]);
/// assert!(base64url::decode("AQ==").is_err(), "padding");
/// assert!(base64url::decode("AR").is_err(), "bits that nothing reads");
/// # Ok::<(), base64url::InvalidBase64Url>(())
/// ```
///
/// # Errors
///
/// [`InvalidBase64Url`], which does not show the text.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, InvalidBase64Url> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidBase64Url)
}

/// Decodes `text` into `buffer` and returns the part that was written.
///
/// # Errors
///
/// [`InvalidBase64Url`] also when `buffer` is too small.
pub(crate) fn decode_into<'b>(
    text: &str,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], InvalidBase64Url> {
    let written =
        BASE64_URL_SAFE_NO_PAD.decode_slice(text, buffer).map_err(|_| InvalidBase64Url)?;
    buffer.get(..written).ok_or(InvalidBase64Url)
}

/// Encodes `bytes`.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the encoding of `bytes` to `text`.
pub(crate) fn encode_onto(bytes: &[u8], text: &mut String) {
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// The text is no strict base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no strict base64url")]
#[non_exhaustive]
pub struct InvalidBase64Url;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_every_second_spelling_of_a_value() {
        for text in ["YQ==", "YQ=", "YR", "YWJj\n", " YWJj", "YW Jj", "a+b/", "Y", "YWJjZ", "YWé"]
        {
            assert_eq!(decode(text), Err(InvalidBase64Url), "{text:?}");
            assert!(decode_into(text, &mut [0; 16]).is_err(), "{text:?}");
        }
        assert_eq!(decode(""), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn decodes_only_what_it_would_encode(text in "[A-Za-z0-9_=+/-]{0,12}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
