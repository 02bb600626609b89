//! Waits for the browser to come back: one request on a loopback address (RFC 8252 §7.3).
//!
//! ```text
//!   listening ── GET /callback?… ──────────────────▶ the callback, and a page that says so
//!       │ ▲         GET /callback (no query) ──▶ a page that hands the fragment on ──▶ GET again
//!       └─┘         anything else ─────────────▶ 404, 405 or 400, and it listens on
//! ```

mod request;

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use tegata_core::authorize::{Callback, ResponseMode};
use url::Url;

use self::request::{Answer, PATH, answer, read_head};
use crate::Failure;
use crate::input::seconds;

/// How long one connection may take to send its request: some browsers open a second one and say
/// nothing on it.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How the browser is sent away, and where it comes back to.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Browser {
    /// Print the address to open instead of opening the browser; with --json on standard error
    #[arg(long)]
    pub(crate) no_browser: bool,

    /// The port of the redirect URI http://127.0.0.1:PORT/callback, which must be registered; 0
    /// takes a free one, for providers that accept any port of a native application (RFC 8252)
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// How many seconds to wait for the person
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

impl Browser {
    pub(crate) fn listen(&self) -> Result<Listener, Failure> {
        Listener::bind(self.port).map_err(Failure::io("the loopback listener"))
    }
}

/// A listener that takes one callback.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Listens on `port`, or on one that is free.
    fn bind(port: u16) -> io::Result<Self> {
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
