//! The machines, stepped by hand: what each does in each case, and in which order.

mod ends;
mod failures;
mod owners;
mod serving;

use std::cell::{Cell, RefCell};

use tegata_core::error::{ErrorCode, ServerError, TransportError, TransportFault};
use tegata_core::http::Endpoint;
use tegata_core::random::RandomUnavailable;

use super::*;
use crate::change::Verdict;
use crate::event::EventKind;
use crate::grant::{AccessKey, GrantId, Whose};
use crate::interchange;
use crate::policy::{Replay, Rotation};
use crate::record::State;
use crate::store::{MemoryStore, StoreFault, TokenStore as _};
use crate::vault::VaultFault;

/// A store, a server and a clock, all in the hands of a test.
struct Bench {
    store: MemoryStore,
    now: Cell<i64>,
    policy: RefreshPolicy,
    settings: Settings,
    gate: Gate,
    /// What the server answers, in this order.
    answers: RefCell<Vec<Result<TokenSet, tegata_core::Error>>>,
    /// What was done, in words.
    log: RefCell<Vec<String>>,
    store_fails: Cell<u32>,
    /// The next change is made, and reported as failed.
    store_lies: Cell<bool>,
    peer: Cell<Peer>,
    revocation_fails: Cell<bool>,
}

impl Bench {
    fn new() -> Self {
        Self {
            store: MemoryStore::new(),
            now: Cell::new(1_800_000_000),
            policy: RefreshPolicy::OKTA,
            settings: Settings::default(),
            gate: Gate::default(),
            answers: RefCell::default(),
            log: RefCell::default(),
            store_fails: Cell::new(0),
            store_lies: Cell::new(false),
            peer: Cell::new(Peer::Alive),
            revocation_fails: Cell::new(false),
        }
    }

    /// With a grant whose access token has an hour to live.
    fn signed_in() -> Self {
        let bench = Self::new();
        let tokens = bench.tokens("a1", Some("r1")).with_scope(Scope::parse("read write").unwrap());
        bench.consent(&grant(), tokens);
        bench
    }

    fn consent(&self, grant: &GrantId, tokens: TokenSet) -> Vec<Reply> {
        let scope = Scope::parse("read write delete").unwrap();
        self.drive(&mut Consent::new(grant.clone(), tokens, scope, self.rules()), grant)
    }

    fn tokens(&self, access: &str, refresh: Option<&str>) -> TokenSet {
        let now = self.time();
        let tokens = TokenSet::new(AccessToken::new(access), now)
            .with_expires_at(now.plus(Duration::from_secs(3600)));
        match refresh {
            Some(refresh) => tokens.with_refresh_token(RefreshToken::new(refresh)),
            None => tokens,
        }
    }

    fn answers(&self, access: &str, refresh: Option<&str>) {
        let tokens = self.tokens(access, refresh);
        self.answers.borrow_mut().push(Ok(tokens));
    }

    fn fails(&self, error: impl Into<tegata_core::Error>) {
        self.answers.borrow_mut().push(Err(error.into()));
    }

    fn rules(&self) -> Rules {
        let rules = Rules::new(self.store.instance().clone(), self.policy);
        rules.with_settings(self.settings).with_gate(self.gate.clone())
    }

    fn time(&self) -> UnixTime {
        UnixTime::from_seconds(self.now.get())
    }

    fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    fn want(&self) -> Want {
        Want::new(grant(), AccessKey::whole())
    }

    fn get(&self) -> Vec<Reply> {
        self.get_as(self.want())
    }

    fn get_as(&self, want: Want) -> Vec<Reply> {
        self.log.borrow_mut().clear();
        self.drive(&mut Refresh::new(want, self.rules()), &grant())
    }

    fn record(&self) -> Record {
        self.store.load(&grant()).unwrap().unwrap()
    }

    fn due(&self) -> Vec<GrantId> {
        let ours = Whose::new("client", ["https://op.example"]);
        self.store.due(&ours, self.time(), 10).unwrap()
    }

    fn log(&self) -> String {
        self.log.borrow().join(" ")
    }

    fn drive(&self, machine: &mut dyn Machine, grant: &GrantId) -> Vec<Reply> {
        let (mut input, mut replies) = (Input::Next, Vec::new());
        loop {
            let step = self.advance(machine, input);
            input = match self.act(step, grant, &mut replies) {
                Some(input) => input,
                None => return replies,
            };
        }
    }

    fn advance(&self, machine: &mut dyn Machine, input: Input) -> Step {
        let world = World { now: self.time(), random: &Highest, vault: self.store.vault() };
        machine.advance(input, &world).unwrap()
    }

    fn act(&self, step: Step, grant: &GrantId, replies: &mut Vec<Reply>) -> Option<Input> {
        self.log.borrow_mut().push(match &step {
            Step::Apply(change) => {
                format!("{change:?}").split([' ', '(']).next().unwrap().to_owned()
            }
            other => format!("{other:?}").split([' ', '(']).next().unwrap().to_lowercase(),
        });
        Some(match step {
            Step::Apply(_) if self.store_fails.get() > 0 => {
                self.store_fails.set(self.store_fails.get() - 1);
                Input::Applied(Err(StoreError::new(StoreFault::NotWritable)))
            }
            Step::Apply(change) if self.store_lies.take() => {
                self.store.apply(grant, &change, self.time()).unwrap();
                Input::Applied(Err(StoreError::new(StoreFault::Unavailable)))
            }
            Step::Apply(change) => Input::Applied(self.store.apply(grant, &change, self.time())),
            Step::Load => Input::Loaded(self.store.load(grant)),
            Step::Probe(_) => Input::Peer(self.peer.get()),
            Step::Refresh(_) => Input::Answered(self.answers.borrow_mut().remove(0)),
            Step::Revoke(_) if self.revocation_fails.get() => {
                Input::Revoked(Err(transport(TransportFault::Timeout)))
            }
            Step::Revoke(_) => Input::Revoked(Ok(())),
            Step::Sleep(time) => {
                self.pass(i64::try_from(time.as_secs()).unwrap());
                Input::Next
            }
            Step::Publish(reply) => {
                replies.push(reply);
                Input::Next
            }
            Step::Deliver(_) => Input::Next,
            Step::Done => return None,
        })
    }
}

struct Highest;

impl Random for Highest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(u8::MAX);
        Ok(())
    }
}

fn grant() -> GrantId {
    GrantId::new("https://op.example", "client", "user")
}

fn transport(fault: TransportFault) -> tegata_core::Error {
    TransportError::new(Endpoint::Token, fault).into()
}

fn refused(code: ErrorCode) -> ServerError {
    ServerError::new(Endpoint::Token, Some(code)).with_status(400)
}

/// What callers got, in words.
fn words(replies: &[Reply]) -> Vec<String> {
    let word = |reply: &Reply| match reply {
        Reply::Token(served) => served.token().expose().to_owned(),
        Reply::Failed(error) => {
            format!("{error:?}").split([' ', '(', '{']).next().unwrap().to_owned()
        }
        Reply::Revoked => "revoked".to_owned(),
    };
    replies.iter().map(word).collect()
}

/// Leaves the grant in the hands of a process that has sent a request.
fn abandon(bench: &Bench) {
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        let step = bench.advance(&mut machine, input);
        if matches!(step, Step::Refresh(_)) {
            return;
        }
        input = bench.act(step, &grant(), &mut replies).unwrap();
    }
}
