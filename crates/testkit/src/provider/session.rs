//! A user's session at the provider, one in each browser, and what a client is told of it: `sid` in ID
//! tokens (Front-Channel Logout §3), `session_state` beside them (Session Management §2).
//!
//! A browser is known by its cookie, which it gets when a session begins and loses at its end.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderValue;
use http::header::{COOKIE, SET_COOKIE};
use ring::rand::{SecureRandom as _, SystemRandom};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::time::UnixTime;
use url::Url;

use super::exchange::Exchange;
use super::state::State;
use crate::Endpoint;
use crate::keys::{base64url, sha256};

/// A user who is signed in at the provider.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) subject: String,
    pub(crate) auth_time: UnixTime,
    /// `sid`.
    pub(crate) id: String,
    /// Who got tokens in it, and is to be told of its end.
    pub(crate) clients: BTreeSet<String>,
}

/// The sessions that go on, by the cookie of their browser.
pub(crate) struct Sessions {
    by_cookie: BTreeMap<String, Session>,
    begun: u64,
}

impl Sessions {
    pub(crate) const fn new() -> Self {
        Self { by_cookie: BTreeMap::new(), begun: 0 }
    }

    /// Whether a session goes on that this one is the state of: as long as it does, in whichever
    /// browser, a page need not ask again.
    pub(crate) fn is_state_of_any(&self, state: &str, client: &str, origin: &str) -> bool {
        let Some((_, salt)) = state.rsplit_once('.') else { return false };
        self.by_cookie.values().any(|session| salted(session, client, origin, salt) == state)
    }

    /// Ends the session of this name.
    pub(crate) fn end(&mut self, id: &str) -> Option<Session> {
        let (cookie, _) = self.by_cookie.iter().find(|(_, session)| session.id == id)?;
        let cookie = cookie.clone();
        self.by_cookie.remove(&cookie)
    }

    /// Everybody signs out.
    pub(crate) fn end_all(&mut self) -> impl Iterator<Item = Session> + use<> {
        std::mem::take(&mut self.by_cookie).into_values()
    }
}

impl Exchange<'_> {
    /// Who is signed in, in the browser of this request.
    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        self.state.sessions.by_cookie.get_mut(self.cookie.as_ref()?)
    }

    /// Somebody signs in. Whoever was signed in before, in this browser, is forgotten.
    pub(crate) fn begin_session(&mut self, subject: String) -> Session {
        self.end_session();
        let sessions = &mut self.state.sessions;
        sessions.begun += 1;
        let id = session_id(sessions.begun);
        let session = Session { subject, auth_time: self.now, id, clients: BTreeSet::new() };
        let cookie = new_cookie();
        sessions.by_cookie.insert(cookie.clone(), session.clone());
        self.cookie = Some(cookie);
        session
    }

    /// Nobody is signed in any more, in this browser.
    pub(crate) fn end_session(&mut self) -> Option<Session> {
        self.state.sessions.by_cookie.remove(&self.cookie.take()?)
    }
}

/// The cookie of a browser, when it brings one.
pub(crate) fn cookie(state: &State, request: &HttpRequest) -> Option<String> {
    let name = cookie_name(state);
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|all| all.to_str().ok());
    let pairs = cookies.flat_map(|all| all.split(';')).filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim());
    values.next().map(str::to_owned)
}

/// Gives the browser its new cookie, or takes the old one away.
pub(crate) fn set_cookie(exchange: &Exchange<'_>, response: &mut HttpResponse) {
    let name = cookie_name(exchange.state);
    let (value, age) = exchange.cookie.as_deref().map_or(("", "; Max-Age=0"), |value| (value, ""));
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Cookies know no port: two providers on this machine would take each other's.
fn cookie_name(state: &State) -> String {
    let port = state.origin.as_ref().and_then(|origin| Url::parse(origin).ok()?.port());
    port.map_or_else(|| "session".to_owned(), |port| format!("session-{port}"))
}

/// Not counted: the next provider at this address must not know the browsers of the last one.
fn new_cookie() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the machine has randomness");
    base64url(&bytes)
}

/// What goes beside an ID token; `None` where nobody could ask about it later.
pub(crate) fn session_state(
    exchange: &Exchange<'_>,
    session: &Session,
    client: &str,
    redirect_uri: &str,
) -> Option<String> {
    exchange.settings.profile.address(Endpoint::CheckSession)?;
    let origin = Url::parse(redirect_uri).ok()?.origin();
    // No two answers are to the same request, so no two salts are the same.
    let salt = sha256(&format!("salt {}", exchange.state.log.total()));
    let salt: String = salt.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let origin = origin.is_tuple().then(|| origin.ascii_serialization())?;
    Some(salted(session, client, &origin, &salt))
}

/// The value for a session, with the salt behind it (Session Management §4.2).
fn salted(session: &Session, client: &str, origin: &str, salt: &str) -> String {
    let browser_state = &session.id;
    let hash = sha256(&format!("{client} {origin} {browser_state} {salt}"));
    format!("{}.{salt}", base64url(hash.as_ref()))
}

/// Twenty letters, ten digits and five characters that are neither: what a client must carry
/// through URLs, tokens and stores unharmed.
fn session_id(number: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const DIGITS: &[u8] = b"0123456789";
    const OTHERS: &[u8] = b" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let alphabets = [(LETTERS, 20), (DIGITS, 10), (OTHERS, 5)];
    let alphabets = alphabets.iter().flat_map(|(all, count)| std::iter::repeat_n(all, *count));
    let pick = |(index, all): (usize, &&[u8])| {
        let hash = sha256(&format!("session {number} {index}"));
        let first = usize::from(*hash.as_ref().first()?);
        all.get(first % all.len()).copied().map(char::from)
    };
    alphabets.enumerate().filter_map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_name_of_letters_digits_and_odd_characters() {
        for number in 0..200 {
            let id = session_id(number);
            let (letters, rest) = id.split_at(20);
            let (digits, others) = rest.split_at(10);
            assert!(letters.bytes().all(|b| b.is_ascii_alphabetic()), "{id}");
            assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{id}");
            assert!(others.len() == 5 && others.bytes().all(|b| !b.is_ascii_alphanumeric()));
            assert_ne!(id, session_id(number + 1));
        }
    }
}
