//! Just enough HTTP/1.1 for a test server and a test browser (RFC 9112).
//!
//! A message has a `Content-Length` or no body; `chunked` is refused. Nothing here is for the
//! Internet.

use std::io::{self, Read};

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tegata_core::http::{HttpRequest, HttpResponse};

/// How long the head of a message may be, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// How long the body of a request may be, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// How many headers a message may have.
const MAX_HEADERS: usize = 64;

/// Reads requests from a connection, one after the other.
pub(crate) struct Requests<R> {
    stream: R,
    /// What was read and belongs to the next request.
    buffer: Vec<u8>,
}

impl<R: Read> Requests<R> {
    pub(crate) const fn new(stream: R) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next request; `None` when the other side has closed.
    pub(crate) fn next(&mut self) -> io::Result<Option<HttpRequest>> {
        let (head, mut request) = loop {
            if let Some(found) = parse_head(&self.buffer)? {
                break found;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(invalid("the head is too long"));
            }
            if self.fill()? == 0 {
                let clean = self.buffer.is_empty();
                return if clean { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        };
        let length = content_length(request.headers())?.unwrap_or(0);
        if length > MAX_BODY {
            return Err(invalid("the body is too long"));
        }
        let end = head.saturating_add(length);
        while self.buffer.len() < end {
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.buffer.split_off(end);
        *request.body_mut() = self.buffer.split_off(head);
        self.buffer = rest;
        Ok(Some(request))
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 8192];
        let count = self.stream.read(&mut chunk)?;
        self.buffer.extend(chunk.iter().take(count));
        Ok(count)
    }
}

/// Whether the connection ends with this request.
pub(crate) fn closes(request: &HttpRequest) -> bool {
    let connection = request.headers().get(CONNECTION).and_then(|value| value.to_str().ok());
    connection.is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// Head and body of a response.
pub(crate) fn write_response(response: &HttpResponse) -> (Vec<u8>, &[u8]) {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    write_headers(&mut head, response.headers(), response.body().len());
    (head, response.body())
}

/// A whole request, for a connection that is used once.
pub(crate) fn write_request(request: &HttpRequest) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let head = format!("{} {target} HTTP/1.1\r\nconnection: close\r\n", request.method());
    let mut bytes = head.into_bytes();
    write_headers(&mut bytes, request.headers(), request.body().len());
    bytes.extend(request.body());
    bytes
}

/// Reads a response that ended with its connection.
pub(crate) fn read_response(bytes: &[u8]) -> io::Result<HttpResponse> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(bytes).map_err(invalid)? else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let mut response = HttpResponse::new(bytes.get(head..).unwrap_or_default().to_vec());
    *response.status_mut() = StatusCode::from_u16(parsed.code.unwrap_or(0)).map_err(invalid)?;
    *response.headers_mut() = read_headers(parsed.headers)?;
    Ok(response)
}

/// The length of the head and what it says; `None` while it is incomplete.
fn parse_head(bytes: &[u8]) -> io::Result<Option<(usize, HttpRequest)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(bytes).map_err(invalid)? else {
        return Ok(None);
    };
    let mut request = HttpRequest::default();
    *request.method_mut() = parsed.method.unwrap_or_default().parse().map_err(invalid)?;
    *request.uri_mut() = parsed.path.unwrap_or_default().parse().map_err(invalid)?;
    *request.headers_mut() = read_headers(parsed.headers)?;
    Ok(Some((head, request)))
}

fn read_headers(parsed: &[httparse::Header<'_>]) -> io::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for header in parsed {
        let name: HeaderName = header.name.parse().map_err(invalid)?;
        headers.append(name, HeaderValue::from_bytes(header.value).map_err(invalid)?);
    }
    Ok(headers)
}

fn content_length(headers: &HeaderMap) -> io::Result<Option<usize>> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(invalid("chunked requests are not understood"));
    }
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(None) };
    length.to_str().map_err(invalid)?.parse().map(Some).map_err(invalid)
}

fn write_headers(bytes: &mut Vec<u8>, headers: &HeaderMap, length: usize) {
    for (name, value) in headers {
        bytes.extend(name.as_str().as_bytes());
        bytes.extend(b": ");
        bytes.extend(value.as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("content-length: {length}\r\n\r\n").into_bytes());
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_requests_that_follow_each_other_on_one_connection() {
        let bytes =
            b"POST /token HTTP/1.1\r\ncontent-length: 3\r\n\r\na=bGET /jwks HTTP/1.1\r\n\r\n";
        let mut requests = Requests::new(bytes.as_slice());
        let first = requests.next().unwrap().unwrap();
        assert_eq!((first.uri().path(), first.body().as_slice()), ("/token", b"a=b".as_slice()));
        assert_eq!(requests.next().unwrap().unwrap().uri().path(), "/jwks");
        assert!(requests.next().unwrap().is_none());
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for bytes in [
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nshort",
            "GET / HTTP/1.1\r\nhalf",
            "rubbish\r\n\r\n",
        ] {
            assert!(Requests::new(bytes.as_bytes()).next().is_err(), "{bytes:?}");
        }
        let long = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(2 * MAX_HEAD));
        assert!(Requests::new(long.as_bytes()).next().is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "(GET|POST) /[ -~]{0,20} HTTP/1.1\r\n(content-length: [0-9]{1,20}\r\n)?\r\n.{0,9}") {
            let _ = Requests::new(bytes.as_slice()).next();
            let _ = Requests::new(text.as_bytes()).next();
            let _ = read_response(&bytes);
        }
    }

    #[test]
    fn a_response_reads_back() {
        let mut response = HttpResponse::new(b"body".to_vec());
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        let (mut bytes, body) = write_response(&response);
        bytes.extend(body);
        let read = read_response(&bytes).unwrap();
        assert_eq!((read.status(), read.body()), (response.status(), response.body()));
    }
}
