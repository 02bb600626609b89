//! A user's session at the provider, and what a client is told of it: `sid` in ID tokens
//! (Front-Channel Logout §3), `session_state` beside them (Session Management §2).

use std::collections::BTreeSet;

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

impl State {
    /// Somebody signs in. Whoever was signed in before is forgotten.
    pub(crate) fn begin_session(&mut self, subject: String, auth_time: UnixTime) -> Session {
        self.session_changes += 1;
        let id = session_id(self.session_changes);
        let session = Session { subject, auth_time, id, clients: BTreeSet::new() };
        self.session = Some(session.clone());
        session
    }

    /// Nobody is signed in any more.
    pub(crate) fn end_session(&mut self) -> Option<Session> {
        let ended = self.session.take()?;
        self.session_changes += 1;
        Some(ended)
    }
}

/// What goes beside an ID token; `None` where nobody could ask about it later.
pub(crate) fn session_state(
    exchange: &Exchange<'_>,
    client: &str,
    redirect_uri: &str,
) -> Option<String> {
    exchange.settings.profile.address(Endpoint::CheckSession)?;
    let origin = Url::parse(redirect_uri).ok()?.origin();
    // No two answers are to the same request, so no two salts are the same.
    let salt = sha256(&format!("salt {}", exchange.state.log.len()));
    let salt: String = salt.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let origin = origin.is_tuple().then(|| origin.ascii_serialization())?;
    Some(salted(exchange.state, client, &origin, &salt))
}

/// The value for this browser as it is now, with the salt behind it (Session Management §4.2).
pub(crate) fn salted(state: &State, client: &str, origin: &str, salt: &str) -> String {
    let browser_state = state.session_changes;
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
