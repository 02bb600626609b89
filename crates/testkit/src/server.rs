//! The provider on a socket of this machine: a thread per connection, keep-alive, gone on drop.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use http::StatusCode;
use http::header::CONNECTION;
use tegata_core::http::HttpResponse;

use crate::FakeProvider;
use crate::provider::{OnTheWire, Shared, set, with_status};
use crate::wire::{Requests, closes, write_response};

/// A fake provider that is being served: [`FakeProvider::serve`]. Dropping it stops the server,
/// closes its connections, and gives the provider its own issuer back.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    running: Arc<Running>,
    accepting: Option<JoinHandle<()>>,
}

impl FakeProvider {
    /// Serves the provider at `http://127.0.0.1`, at a port that is free.
    ///
    /// ```
    /// use tegata_testkit::FakeProvider;
    /// use tegata_testkit::profile::Profile;
    ///
    /// let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    /// let server = provider.serve()?;
    /// assert_eq!(provider.issuer(), format!("{}/yconnect/v2", server.origin()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the socket cannot be opened.
    pub fn serve(&self) -> io::Result<Server> {
        self.serve_at(0)
    }

    /// Serves the provider at `http://127.0.0.1` and `port`.
    ///
    /// # Errors
    ///
    /// As [`FakeProvider::serve`]: also when the port is taken.
    pub fn serve_at(&self, port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let running = Arc::new(Running::new(Arc::clone(self.shared())));
        let server = Server {
            address,
            running: Arc::clone(&running),
            accepting: Some(std::thread::spawn(move || accept(&listener, &running))),
        };
        self.shared().set_origin(Some(server.origin()));
        Ok(server)
    }
}

impl Server {
    /// Scheme, host and port: `http://127.0.0.1:49152`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the server is stopped, which another thread or nobody does.
    pub fn wait(mut self) {
        if let Some(accepting) = self.accepting.take() {
            // It panics only if the provider did, and that panic was printed there.
            let _ = accepting.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.stop();
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        self.running.provider.set_origin(None);
    }
}

/// What the threads of a server share.
struct Running {
    provider: Arc<Shared>,
    stopping: AtomicBool,
    connections: Mutex<BTreeMap<u64, TcpStream>>,
    woken: Condvar,
}

impl Running {
    const fn new(provider: Arc<Shared>) -> Self {
        Self {
            provider,
            stopping: AtomicBool::new(false),
            connections: Mutex::new(BTreeMap::new()),
            woken: Condvar::new(),
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn stop(&self) {
        let connections = self.connections();
        self.stopping.store(true, Ordering::SeqCst);
        for connection in connections.values() {
            // Closed already is as good.
            let _ = connection.shutdown(Shutdown::Both);
        }
        self.woken.notify_all();
    }

    /// Keeps a connection while `serve` runs, so that [`Running::stop`] can close it.
    fn keep(&self, name: u64, connection: &TcpStream, serve: impl FnOnce()) {
        let Ok(clone) = connection.try_clone() else { return };
        let mut connections = self.connections();
        if self.is_stopping() {
            return;
        }
        connections.insert(name, clone);
        drop(connections);
        serve();
        self.connections().remove(&name);
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<u64, TcpStream>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as scripted, or until the server stops.
    fn wait(&self, delay: Duration) {
        let connections = self.connections();
        let waiting = |_: &mut BTreeMap<_, _>| !self.is_stopping();
        let _ = self.woken.wait_timeout_while(connections, delay, waiting);
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("stopping", &self.stopping).finish_non_exhaustive()
    }
}

fn accept(listener: &TcpListener, running: &Arc<Running>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for (name, connection) in (0..).zip(listener.incoming()) {
        if running.is_stopping() {
            break;
        }
        let Ok(connection) = connection else { continue };
        threads.retain(|thread| !thread.is_finished());
        let running = Arc::clone(running);
        threads.push(std::thread::spawn(move || {
            running.keep(name, &connection, || serve(&connection, &running));
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// Answers the requests of one connection until it ends, or breaks as scripted.
fn serve(connection: &TcpStream, running: &Running) {
    // Small answers are not to wait for company.
    let _ = connection.set_nodelay(true);
    let mut requests = Requests::new(connection);
    loop {
        let (mut response, last) = match requests.next() {
            Ok(Some(request)) => {
                let response = running.provider.handle(&request);
                // The clients know before the browser is back (Back-Channel Logout §2.5).
                running.provider.post_logout_tokens();
                (response, closes(&request))
            }
            Ok(None) => break,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                (with_status(StatusCode::BAD_REQUEST), true)
            }
            Err(_) => break,
        };
        if last {
            set(&mut response, CONNECTION, "close");
        }
        if send(connection, &response, running).is_err() || last {
            break;
        }
    }
    let _ = connection.shutdown(Shutdown::Both);
}

/// Sends the answer; an error ends the connection, scripted or not.
fn send(mut to: &TcpStream, response: &HttpResponse, running: &Running) -> io::Result<()> {
    let (mut head, body) = write_response(response);
    match response.extensions().get() {
        Some(OnTheWire::Reset) => return Err(io::ErrorKind::ConnectionReset.into()),
        Some(OnTheWire::Truncated) => {
            to.write_all(&head)?;
            let (half, _) = body.split_at(body.len() / 2);
            to.write_all(half)?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Some(OnTheWire::Delayed(delay)) => running.wait(*delay),
        None => {}
    }
    head.extend(body);
    to.write_all(&head)
}
