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
    let text = text.as_ref();
    let mut bytes = vec![0; decoded_len(text)];
    decode_exactly(text, &mut bytes)?;
    Ok(bytes)
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
    let bytes = buffer.get_mut(..decoded_len(text.as_bytes())).ok_or(InvalidBase64Url)?;
    decode_exactly(text.as_bytes(), bytes)?;
    Ok(bytes)
}

const fn decoded_len(text: &[u8]) -> usize {
    text.len() / 4 * 3 + text.len() % 4 * 3 / 4
}

/// Four letters make three bytes, and are read eight at a time. A letter out of the alphabet sets a
/// bit that none within it has, so one look at the end tells whether all were good.
fn decode_exactly(text: &[u8], bytes: &mut [u8]) -> Result<(), InvalidBase64Url> {
    let (pairs, text) = text.as_chunks::<8>();
    let (sextets, bytes) = bytes.as_chunks_mut::<6>();
    let mut seen = 0;
    for (sextet, [a, b, c, d, e, f, g, h]) in sextets.iter_mut().zip(pairs) {
        let first = group(*a, *b, *c, *d);
        let second = group(*e, *f, *g, *h);
        seen |= first | second;
        let [_, _, bytes @ ..] = ((u64::from(first) << 24) | u64::from(second)).to_be_bytes();
        *sextet = bytes;
    }
    let (groups, tail) = text.as_chunks::<4>();
    let (triples, rest) = bytes.as_chunks_mut::<3>();
    for (triple, [a, b, c, d]) in triples.iter_mut().zip(groups) {
        let bits = group(*a, *b, *c, *d);
        seen |= bits;
        let [_, bytes @ ..] = bits.to_be_bytes();
        *triple = bytes;
    }
    let bits = match tail {
        [] => 0,
        [a, b] => letter::<0>(*a) | letter::<1>(*b),
        [a, b, c] => letter::<0>(*a) | letter::<1>(*b) | letter::<2>(*c),
        _ => NO_LETTER,
    };
    let [_, first, second, third] = bits.to_be_bytes();
    // What the tail's bytes do not hold must be zero: a second spelling otherwise.
    let unread = match rest {
        [] => u32::from_be_bytes([0, first, second, third]),
        [one] => {
            *one = first;
            u32::from_be_bytes([0, 0, second, third])
        }
        [one, two, ..] => {
            [*one, *two] = [first, second];
            u32::from(third)
        }
    };
    if (seen | bits) & NO_LETTER != 0 || unread != 0 { Err(InvalidBase64Url) } else { Ok(()) }
}

/// The 24 bits of four letters.
#[inline]
fn group(a: u8, b: u8, c: u8, d: u8) -> u32 {
    letter::<0>(a) | letter::<1>(b) | letter::<2>(c) | letter::<3>(d)
}

/// The six bits of a letter, where they stand in the 24 of its group.
fn letter<const PLACE: usize>(letter: u8) -> u32 {
    const { &table(PLACE) }.get(usize::from(letter)).copied().unwrap_or(NO_LETTER)
}

const NO_LETTER: u32 = 1 << 31;

#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "evaluated by the compiler")]
const fn table(place: usize) -> [u32; 256] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [NO_LETTER; 256];
    let mut value = 0;
    while value < 64 {
        table[ALPHABET[value] as usize] = (value as u32) << (18 - 6 * place);
        value += 1;
    }
    table
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

    #[test]
    fn two_bad_letters_are_no_better_than_one() {
        for good in ["AA", "AAA", "AAAA", "AAAAAAAA"] {
            for first in 0..good.len() {
                for second in 0..good.len() {
                    let mut text = good.as_bytes().to_vec();
                    text[first] = b'!';
                    text[second] = b'!';
                    assert_eq!(decode(&text), Err(InvalidBase64Url), "{first} {second}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn decodes_what_it_encodes(bytes: Vec<u8>) {
            let text = encode(&bytes);
            let mut buffer = vec![1; bytes.len()];
            prop_assert_eq!(decode_into(&text, &mut buffer).unwrap(), &bytes[..]);
            prop_assert_eq!(decode(text).unwrap(), bytes);
        }

        #[test]
        fn agrees_with_another_decoder(text in "[A-Za-z0-9_-]{0,9}[^A-Za-z0-9]{0,1}[A-Z0-9]{0,3}") {
            let other = BASE64_URL_SAFE_NO_PAD.decode(&text).ok();
            prop_assert_eq!(decode(&text).ok(), other);
        }

        #[test]
        fn decodes_only_what_it_would_encode(text in "[A-Za-z0-9_=+/-]{0,12}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
