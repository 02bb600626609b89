//! What the browser asks, and what to answer: no socket, so that a fuzzer can feed it.

use std::io::{self, Read};

use tegata_core::Error;
use tegata_core::authorize::{Callback, ResponseMode};

/// Where the callback is expected.
pub(crate) const PATH: &str = "/callback";

/// The longest request head that is read. Browsers send two or three thousand bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What to answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The callback, or what is wrong with it.
    Callback(Result<Callback, Error>),
    /// The page that hands the fragment on.
    HandOn,
    /// A status, and the page that says no.
    Refuse(&'static str),
}

/// What to answer to a request head. No panic, whatever it holds.
pub(crate) fn answer(head: &[u8], mode: ResponseMode) -> Answer {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
        return Answer::Refuse("400 Bad Request");
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match (request.method, path) {
        (_, path) if path != PATH => Answer::Refuse("404 Not Found"),
        (Some("GET"), _) if query.is_empty() && mode == ResponseMode::Fragment => Answer::HandOn,
        (Some("GET"), _) if mode == ResponseMode::Fragment => {
            Answer::Callback(Callback::from_fragment(query))
        }
        (Some("GET"), _) => Answer::Callback(Callback::from_query(query)),
        _ => Answer::Refuse("405 Method Not Allowed"),
    }
}

/// The request up to the blank line behind its headers.
pub(crate) fn read_head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk)?;
        if read == 0 || head.len() + read > MAX_HEAD_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend(chunk.iter().take(read));
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(head: &str, mode: ResponseMode) -> Answer {
        answer(head.as_bytes(), mode)
    }

    #[test]
    fn takes_get_on_its_path_and_nothing_else() {
        let get = "GET /callback?code=c&state=s HTTP/1.1\r\nHost: x\r\n\r\n";
        assert!(matches!(ask(get, ResponseMode::Query), Answer::Callback(Ok(_))));
        let refused = [
            ("POST /callback HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /callback/../x HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("nonsense", "400 Bad Request"),
            ("", "400 Bad Request"),
        ];
        for (head, status) in refused {
            let answer = ask(head, ResponseMode::Query);
            assert!(matches!(answer, Answer::Refuse(found) if found == status), "{head}");
        }
    }

    #[test]
    fn a_fragment_is_handed_on_by_a_page() {
        let first = "GET /callback HTTP/1.1\r\n\r\n";
        assert!(matches!(ask(first, ResponseMode::Fragment), Answer::HandOn));
        let second = "GET /callback?code=c&state=s HTTP/1.1\r\n\r\n";
        assert!(matches!(ask(second, ResponseMode::Fragment), Answer::Callback(Ok(_))));
    }

    #[test]
    fn a_head_without_end_is_cut_off() {
        let mut endless = io::repeat(b'a');
        assert!(read_head(&mut endless).is_err());
        assert!(read_head(&mut &b"GET"[..]).is_err());
    }
}
