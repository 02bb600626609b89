//! What the provider is told once, and what it remembers.

use std::collections::BTreeMap;

use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;

use super::devices::Device;
use super::events::Events;
use super::grants::Grants;
use super::session::{Session, Sessions};
use crate::keys::KeyRing;
use crate::log::Log;
use crate::profile::{Profile, behind_origin};
use crate::script::Script;
use crate::{Client, Decision, Endpoint, TestClock, User};

/// What stays as it is.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) clients: Vec<Client>,
    pub(crate) users: Vec<User>,
    pub(crate) clock: TestClock,
    pub(crate) interactive: bool,
}

impl Settings {
    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }
}

/// What changes.
pub(crate) struct State {
    pub(crate) keys: KeyRing,
    pub(crate) grants: Grants,
    pub(crate) devices: Vec<Device>,
    pub(crate) events: Events,
    pub(crate) decision: Decision,
    pub(crate) sessions: Sessions,
    /// Logout tokens that are to be posted.
    pub(crate) logout_requests: Vec<HttpRequest>,
    /// What was answered to those that were.
    pub(crate) logout_answers: Vec<HttpResponse>,
    /// Which were issued, and in which session.
    pub(crate) id_tokens: BTreeMap<String, Option<String>>,
    pub(crate) script: Script,
    pub(crate) log: Log,
    consents: BTreeMap<(String, String), Scope>,
    /// Where it is served, when it is: scheme, host and port.
    pub(crate) origin: Option<String>,
}

impl Settings {
    /// Who signs in when nothing else is said.
    pub(crate) fn default_subject(&self) -> String {
        self.users.first().map(|user| user.subject.clone()).unwrap_or_default()
    }

    /// Whether `hint`, a subject or an e-mail address, means who is signed in.
    pub(crate) fn is_user(&self, session: &Session, hint: &str) -> bool {
        self.users.iter().any(|user| user.subject == session.subject && user.is(hint))
    }
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            keys: KeyRing::new(),
            grants: Grants::new(),
            devices: Vec::new(),
            events: Events::new(),
            decision: Decision::approve(),
            sessions: Sessions::new(),
            logout_requests: Vec::new(),
            logout_answers: Vec::new(),
            id_tokens: BTreeMap::new(),
            script: Script::new(),
            log: Log::new(),
            consents: BTreeMap::new(),
            origin: None,
        }
    }

    pub(crate) fn issuer(&self, profile: &Profile) -> String {
        self.served(profile.issuer)
    }

    pub(crate) fn address(&self, profile: &Profile, endpoint: Endpoint) -> Option<String> {
        profile.address(endpoint).map(|address| self.served(address))
    }

    /// What the user agreed to for this client before.
    pub(crate) fn consented(&self, client: &str, subject: &str) -> Scope {
        let key = (client.to_owned(), subject.to_owned());
        self.consents.get(&key).cloned().unwrap_or_default()
    }

    pub(crate) fn consent(&mut self, client: &str, subject: &str, scope: &Scope) {
        let all = self.consented(client, subject).union(scope);
        self.consents.insert((client.to_owned(), subject.to_owned()), all);
    }

    pub(crate) fn forget_consent(&mut self, client: &str, subject: &str) {
        self.consents.remove(&(client.to_owned(), subject.to_owned()));
    }

    fn served(&self, address: &str) -> String {
        match &self.origin {
            Some(origin) => format!("{origin}{}", behind_origin(address)),
            None => address.to_owned(),
        }
    }
}
