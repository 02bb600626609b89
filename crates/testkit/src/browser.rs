//! A scripted browser: follows an authorization URL to where the provider sends it.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::form::FormWriter;
use tegata_core::http::{HttpRequest, HttpResponse};
use url::Url;

/// Where the browser ended up.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Landing {
    /// At an address of the client, by a redirect: the answer is in its query or fragment.
    Redirect {
        /// The whole address.
        url: String,
    },
    /// At an address of the client, by a form that posted itself.
    FormPost {
        /// The address.
        url: String,
        /// The form, urlencoded.
        body: String,
    },
    /// On a page of the provider that loads addresses of clients in frames, so that they end their
    /// sessions, and then goes on (OpenID Connect Front-Channel Logout §3).
    Frames {
        /// The addresses in the frames.
        frames: Vec<String>,
        /// Where it goes on to; `None`: nowhere.
        url: Option<String>,
    },
    /// On a page of the provider: an error, or a question.
    Page {
        /// The HTTP status.
        status: StatusCode,
        /// The page.
        html: String,
    },
}

impl Landing {
    /// What the client's callback handler would be given.
    ///
    /// # Errors
    ///
    /// As [`Callback::from_url`].
    ///
    /// # Panics
    ///
    /// When the browser never left the provider.
    #[expect(clippy::panic, reason = "a test that lands elsewhere must not go on")]
    pub fn callback(&self) -> Result<Callback, Error> {
        match self {
            Self::Redirect { url } => Callback::from_url(url),
            Self::FormPost { body, .. } => Callback::from_form_post(body.as_bytes()),
            Self::Frames { .. } | Self::Page { .. } => {
                panic!("the provider shows a page: {self:?}")
            }
        }
    }

    /// The address of the client that the browser was sent to, query and fragment included.
    ///
    /// # Panics
    ///
    /// When the browser never left the provider.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that lands elsewhere must not go on")]
    pub fn url(&self) -> &str {
        match self {
            Self::Redirect { url }
            | Self::FormPost { url, .. }
            | Self::Frames { url: Some(url), .. } => url,
            Self::Frames { .. } | Self::Page { .. } => {
                panic!("the provider shows a page: {self:?}")
            }
        }
    }
}

/// Shows no query, fragment or form: they hold codes and tokens.
impl std::fmt::Debug for Landing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bare = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
        match self {
            Self::Redirect { url } => f.debug_struct("Redirect").field("url", &bare(url)).finish(),
            Self::FormPost { url, .. } => {
                f.debug_struct("FormPost").field("url", &bare(url)).finish_non_exhaustive()
            }
            Self::Frames { frames, url } => {
                let frames: Vec<_> = frames.iter().map(|url| bare(url)).collect();
                let url = url.as_deref().map(bare);
                f.debug_struct("Frames").field("frames", &frames).field("url", &url).finish()
            }
            Self::Page { status, .. } => {
                f.debug_struct("Page").field("status", status).finish_non_exhaustive()
            }
        }
    }
}

/// A browser: it keeps cookies, so that who signed in at a provider stays signed in there.
///
/// Cookies are kept by host alone, for as long as the browser lives.
#[derive(Default)]
pub struct Browser {
    /// Value by host and name.
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub const fn new() -> Self {
        Self { cookies: Mutex::new(BTreeMap::new()) }
    }

    /// Opens `url` over plain HTTP, for a provider that runs in another process.
    ///
    /// # Errors
    ///
    /// When there is no connection, no answer within ten seconds, or no HTTP in it.
    ///
    /// # Panics
    ///
    /// When `url` is no `http` address.
    pub fn open(&self, url: &str) -> io::Result<Landing> {
        let mut failure = None;
        let landing = self.visit(url, |request| {
            send(url, request).unwrap_or_else(|error| {
                failure = Some(error);
                HttpResponse::default()
            })
        });
        failure.map_or(Ok(landing), Err)
    }

    /// Sends the browser to `url`; `send` answers its one request.
    pub(crate) fn visit(
        &self,
        url: &str,
        send: impl FnOnce(&HttpRequest) -> HttpResponse,
    ) -> Landing {
        let mut request = HttpRequest::default();
        *request.uri_mut() = url.parse().expect("the browser opens a URL");
        let host = request.uri().host().unwrap_or_default().to_owned();
        if let Some(cookies) = self.cookies_of(&host) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let response = send(&request);
        for cookie in
            response.headers().get_all(SET_COOKIE).iter().filter_map(|it| it.to_str().ok())
        {
            self.keep(&host, cookie);
        }
        landing(&response)
    }

    fn cookies_of(&self, host: &str) -> Option<HeaderValue> {
        let cookies = self.cookies();
        let cookies = cookies.iter().filter(|((of, _), _)| of == host);
        let pairs: Vec<_> = cookies.map(|((_, name), value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
    }

    /// Keeps what a `Set-Cookie` says; with a life of no seconds it goes (RFC 6265 §5.2.2).
    fn keep(&self, host: &str, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let key = (host.to_owned(), name.to_owned());
        if parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0")) {
            self.cookies().remove(&key);
        } else {
            self.cookies().insert(key, value.to_owned());
        }
    }

    fn cookies(&self) -> MutexGuard<'_, BTreeMap<(String, String), String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows whose cookies it has, and the value of none.
impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("cookies", &self.cookies().keys()).finish()
    }
}

/// Opens `url` over plain HTTP, as a [`Browser`] of its own does: nobody is signed in there.
///
/// # Errors
///
/// As [`Browser::open`].
///
/// # Panics
///
/// As [`Browser::open`].
pub fn open(url: &str) -> io::Result<Landing> {
    Browser::new().open(url)
}

fn landing(response: &HttpResponse) -> Landing {
    if let Some(location) = response.headers().get(LOCATION) {
        let location = location.to_str().expect("the provider redirects to ASCII");
        return Landing::Redirect { url: location.to_owned() };
    }
    let status = response.status();
    let html = String::from_utf8_lossy(response.body()).into_owned();
    if let Some((url, body)) = self_posting_form(&html) {
        return Landing::FormPost { url, body };
    }
    let frames: Vec<_> = tags(&html, "iframe").filter_map(|tag| attribute(tag, "src")).collect();
    if frames.is_empty() {
        return Landing::Page { status, html };
    }
    let url = tags(&html, "a").find_map(|tag| attribute(tag, "href"));
    Landing::Frames { frames, url }
}

/// The attributes of every tag of that name.
fn tags<'h>(html: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    let open = format!("<{name} ");
    let found: Vec<_> = html.split(open.as_str()).skip(1).collect();
    found.into_iter().filter_map(|rest| rest.split('>').next())
}

/// The address and the fields of a form that a script of the page submits.
fn self_posting_form(html: &str) -> Option<(String, String)> {
    let (before, after) = html.split_once("<form ")?;
    if !html.contains(".submit()") || before.contains("<form ") {
        return None;
    }
    let (tag, rest) = after.split_once('>')?;
    let (fields, _) = rest.split_once("</form>")?;
    let mut body = FormWriter::new();
    for field in fields.split("<input ").skip(1) {
        let field = field.split('>').next()?;
        body.append(&attribute(field, "name")?, &attribute(field, "value").unwrap_or_default());
    }
    Some((attribute(tag, "action")?, body.finish()))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(unescape)
}

/// Undoes the escapes that pages commonly use.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, behind) = after.split_once(';').unwrap_or((after, ""));
        let character = match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            numeric => numeric.strip_prefix('#').and_then(number).and_then(char::from_u32),
        };
        plain.extend(character);
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

fn number(text: &str) -> Option<u32> {
    text.strip_prefix('x')
        .map_or_else(|| text.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
}

/// One HTTP/1.1 exchange on a connection of its own.
pub(crate) fn send(url: &str, request: &HttpRequest) -> io::Result<HttpResponse> {
    let url = Url::parse(url).map_err(io::Error::other)?;
    assert_eq!(url.scheme(), "http", "this browser speaks plain HTTP");
    let address = url.socket_addrs(|| None)?;
    let mut stream = TcpStream::connect(address.as_slice())?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = request.clone();
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    request.headers_mut().insert(HOST, HeaderValue::from_str(&host).map_err(io::Error::other)?);
    stream.write_all(&crate::wire::write_request(&request))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    crate::wire::read_response(&bytes)
}
