//! Waits for the browser to come back: one request on a loopback address (RFC 8252 §7.3).
//!
//! ```text
//!   listening ── GET /callback?… ──────────────────▶ the callback, and a page that says so
//!       │ ▲         GET /callback (no query) ──▶ a page that hands the fragment on ──▶ GET again
//!       └─┘         anything else ─────────────▶ 404, 405 or 400, and it listens on
//! ```

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use tegata_core::Error;
use tegata_core::authorize::{Callback, ResponseMode};
use url::Url;

/// The longest request head that is read. Browsers send two or three thousand bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long one connection may take to send its request: some browsers open a second one and say
/// nothing on it.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the callback is expected.
const PATH: &str = "/callback";

/// A listener that takes one callback.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Listens on `port`, or on one that is free.
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port })
    }

    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the callback, at most `patience`.
    pub(crate) fn wait(self, mode: ResponseMode, patience: Duration) -> io::Result<Callback> {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            match self.socket.accept() {
                // Whoever connects and leaves, or sends no HTTP, does not end the wait.
                Ok((stream, _)) => {
                    if let Ok(Some(callback)) = serve(stream, mode) {
                        return Ok(callback);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the browser did not come back in time"))
    }
}

/// Sends the person to `url`: by their browser, or by telling the address.
pub(crate) fn show(url: &Url, open_browser: bool, tell: impl Fn(&str)) {
    if !open_browser || webbrowser::open(url.as_str()).is_err() {
        tell("Open this address in a browser:");
        tell(url.as_str());
    }
}

fn serve(mut stream: TcpStream, mode: ResponseMode) -> io::Result<Option<Callback>> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(CONNECTION_TIMEOUT))?;
    stream.set_write_timeout(Some(CONNECTION_TIMEOUT))?;
    let head = read_head(&mut stream)?;
    let answer = answer(&head, mode);
    let (status, page) = match &answer {
        Answer::Callback(Ok(_)) => ("200 OK", DONE_PAGE),
        Answer::Callback(Err(_)) => ("400 Bad Request", BAD_PAGE),
        Answer::HandOn => ("200 OK", FRAGMENT_PAGE),
        Answer::Refuse(status) => (*status, BAD_PAGE),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n\
         Connection: close\r\n\r\n{page}",
        page.len()
    )?;
    stream.flush()?;
    Ok(match answer {
        Answer::Callback(Ok(callback)) => Some(callback),
        _ => None,
    })
}

#[derive(Debug)]
enum Answer {
    Callback(Result<Callback, Error>),
    HandOn,
    Refuse(&'static str),
}

/// What to answer to a request head. No panic, whatever it holds.
fn answer(head: &[u8], mode: ResponseMode) -> Answer {
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

fn read_head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
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

const DONE_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Signed in</title>\
<style>body{font:18px/1.6 system-ui;max-width:28em;margin:20vh auto;padding:0 1em;color:#222}\
</style><h1>Back at the terminal</h1><p>The provider has answered. You can close this page and \
read the result where you started.</p>";

const BAD_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Not here</title>\
<p>This is not the page that the sign-in comes back to.</p>";

/// A server never sees a fragment: the browser has to hand it on.
const FRAGMENT_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8>\
<title>One moment</title><p>One moment…</p><noscript>Signing in needs JavaScript here.</noscript>\
<script>location.replace('/callback?' + (location.hash.slice(1) || 'error=no_fragment'))</script>";

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
