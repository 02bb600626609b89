//! A loopback server that answers as it is told, however wrong that is.

#![expect(clippy::unwrap_used, reason = "a test whose server does not start cannot go on")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does with one request.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "for these tests alone")]
pub enum Answer {
    /// Sends a byte now and then, without end.
    Drip,
    /// Sends the head of a good answer, then a body without end.
    Endless,
    /// Closes the connection without a word.
    HangUp,
    /// Sends exactly this, and expects the next request on the same connection.
    Keep(String),
    /// Sends exactly this and closes the connection.
    Last(String),
    /// Says nothing until the client hangs up.
    Silence,
}

impl Answer {
    /// A well-formed answer: status, further header lines, body.
    #[must_use]
    pub fn ok(status: u16, headers: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        Self::Keep(text + "\r\n" + body)
    }
}

/// The server, on a port of 127.0.0.1 that was free.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    log: Arc<Log>,
}

#[derive(Debug, Default)]
struct Log {
    accepted: AtomicUsize,
    requests: Mutex<Vec<String>>,
    sent: AtomicUsize,
}

impl Loopback {
    /// Answers the n-th request, counted from 0 over all connections, with `answer(n)`.
    pub fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::accept(move |stream, log| converse(stream, log, &answer))
    }

    /// The same behind TLS.
    pub fn start_tls(
        config: ServerConfig,
        answer: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let config = Arc::new(config);
        Self::accept(move |stream, log| {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            converse(StreamOwned::new(session, stream), log, &answer);
        })
    }

    /// Closes every connection before it reads anything.
    #[must_use]
    pub fn start_closed() -> Self {
        Self::accept(|_, _| ())
    }

    /// Says this on every connection before it reads anything, then waits for the client to go.
    #[must_use]
    pub fn start_speaking(text: &'static str) -> Self {
        Self::accept(move |mut stream, _| {
            let _ = stream.write_all(text.as_bytes());
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    fn accept(serve: impl Fn(TcpStream, &Log) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), log: Arc::default() };
        let log = Arc::clone(&server.log);
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                log.accepted.fetch_add(1, Ordering::SeqCst);
                let (serve, log) = (Arc::clone(&serve), Arc::clone(&log));
                thread::spawn(move || serve(stream, &log));
            }
        });
        server
    }

    /// The URL of a path here, by plain http.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.log.accepted.load(Ordering::SeqCst)
    }

    /// The requests that were read, each as its bytes.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.log.requests.lock().unwrap().clone()
    }

    /// How many bytes of endless bodies were sent.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.log.sent.load(Ordering::SeqCst)
    }
}

/// A URL on a port of 127.0.0.1 where nobody listens.
#[must_use]
pub fn nobody(path: &str) -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}{path}")
}

fn converse(mut stream: impl Read + Write, log: &Log, answer: &impl Fn(usize) -> Answer) {
    while let Some(request) = read_request(&mut stream) {
        let mut requests = log.requests.lock().unwrap();
        let number = requests.len();
        requests.push(request);
        drop(requests);
        match answer(number) {
            Answer::Drip => return repeat(&mut stream, b"x", Duration::from_millis(5), log),
            Answer::Endless => return repeat(&mut stream, &[b' '; 16 * 1024], Duration::ZERO, log),
            Answer::HangUp => return,
            Answer::Keep(text) => {
                if stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).is_err() {
                    return;
                }
            }
            Answer::Last(text) => {
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                return;
            }
            Answer::Silence => {
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
    let head = String::from_utf8(bytes).ok()?;
    let length = header(&head, "content-length").map_or(Some(0), |text| text.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + std::str::from_utf8(&body).ok()?)
}

/// The value of a header line of a request, if it is there.
#[must_use]
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next()?;
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn repeat(stream: &mut impl Write, bytes: &[u8], pause: Duration, log: &Log) {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    if stream.write_all(head).is_err() {
        return;
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    while stream.write_all(&chunk).and_then(|()| stream.flush()).is_ok() {
        log.sent.fetch_add(bytes.len(), Ordering::SeqCst);
        thread::sleep(pause);
    }
}
