//! The world of a run: workers, their machines, one store, one server, and time.
//!
//! Everything that happens is an event at a moment of true time. A machine's step is carried out
//! at once; what came of it reaches the machine a little later, or never.

#[path = "world/driver.rs"]
mod driver;
#[path = "world/network.rs"]
mod network;
#[path = "world/oracle.rs"]
mod oracle;
#[path = "world/workers.rs"]
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tegata_core::error::{ErrorCode, ServerError, TransportError, TransportFault};
use tegata_core::http::Endpoint;
use tegata_core::random::{Random, RandomUnavailable};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use tegata_tokens::change::{Change, Outcome, Verdict};
use tegata_tokens::event::EventKind;
use tegata_tokens::grant::{AccessKey, Instance, Whose};
use tegata_tokens::machine::{
    Consent, Input, Machine, Refresh, RefreshCall, Reply, Revoke, Rules, Step, Tend, Want,
};
use tegata_tokens::record::{Record, State};
use tegata_tokens::store::{MemoryStore, Peer, StoreError, StoreFault};
use tegata_tokens::{Error, GrantId, Settings, TokenStore, machine};

use crate::plan::{Dice, Plan, Variant};
use crate::report::Report;
use crate::server::{Answer, Millis, Server};

/// How long an access token lives, in seconds: short, so that much is refreshed.
const ACCESS_LIFE: u64 = 60;

pub(crate) struct World {
    plan: Plan,
    dice: Dice,
    lots: Lots,
    clock: Millis,
    /// What the clock of the machine shows beside the true time, in seconds.
    skew: i64,
    events: BTreeMap<(Millis, u64), Event>,
    sequence: u64,
    store: MemoryStore,
    server: Server,
    workers: Vec<Worker>,
    running: BTreeMap<u64, Running>,
    /// How often each grant was served.
    served: Vec<u64>,
    /// The refresh token of each grant's last consent that the store has.
    consented: Vec<Option<String>>,
    raised: BTreeSet<(usize, u64)>,
    delivered: BTreeSet<(usize, u64)>,
    report: Report,
}

struct Worker {
    instance: Instance,
    rules: Rules,
    up: bool,
    stopped_until: Millis,
    last_served: Vec<Option<AccessToken>>,
}

struct Running {
    worker: usize,
    grant: usize,
    kind: Kind,
    machine: Box<dyn Machine>,
    /// The request that is on its way, or whose answer is not stored yet.
    flight: Option<Flight>,
    began_at: Millis,
    /// The intent that a broken machine writes too late.
    deferred: Option<Change>,
    consented: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Consent,
    Refresh,
    Revoke,
    Tend,
}

struct Flight {
    refresh: String,
    began_at: Millis,
    answered: Option<Option<String>>,
    sent_at: UnixTime,
}

enum Event {
    Advance { id: u64, input: Box<Input> },
    Arrive { id: u64, refresh: String, sent_at: Millis },
    Cancel { id: u64 },
    Restart { worker: usize },
    Want { worker: usize },
}

/// Randomness for the machines: no secret depends on it here, but no two draws are the same.
struct Lots(AtomicU64);

impl Random for Lots {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        let lot = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(lot.iter().cycle()).for_each(|(byte, lot)| *byte = *lot);
        Ok(())
    }
}

impl World {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        let mut world = Self {
            plan,
            dice: Dice::new(seed),
            lots: Lots(AtomicU64::new(0)),
            clock: 0,
            skew: 1_800_000_000,
            events: BTreeMap::new(),
            sequence: 0,
            store: MemoryStore::new(),
            server: Server::new(plan.policy),
            workers: Vec::new(),
            running: BTreeMap::new(),
            served: vec![0; plan.grants],
            consented: vec![None; plan.grants],
            raised: BTreeSet::new(),
            delivered: BTreeSet::new(),
            report: Report::default(),
        };
        for worker in 0..plan.workers {
            let instance = Instance::new("");
            let rules = Rules::new(instance.clone(), plan.policy);
            let last_served = vec![None; plan.grants];
            let (up, stopped_until) = (false, 0);
            world.workers.push(Worker { instance, rules, up, stopped_until, last_served });
            world.restart(worker);
        }
        for grant in 0..plan.grants {
            world.consent(0, grant);
        }
        world
    }

    /// Runs so many steps of trouble, then lets everything settle and looks at what is left.
    pub(crate) fn run(mut self, steps: u64) -> Report {
        while self.report.steps < steps && self.report.violations.is_empty() {
            self.step();
        }
        self.settle();
        self.report
    }

    fn settle(&mut self) {
        let policy = self.plan.policy;
        let Plan { workers, grants, variant, .. } = self.plan;
        self.plan = Plan { workers, grants, variant, ..Plan::calm(policy) };
        self.served = vec![0; grants];
        // Longer than every lease, pause, back-off and life.
        let end = self.clock + 4 * 3_600_000;
        while self.clock < end && self.report.violations.is_empty() {
            self.step();
            let served = self.served.iter().all(|served| *served > 2);
            if served && self.raised.is_subset(&self.delivered) && self.revoked_at_the_server() {
                return;
            }
        }
        let served = self.served.clone();
        self.check(served.iter().all(|served| *served > 2), || {
            format!("the grants are not served any more when all is well: {served:?}")
        });
        let missing = self.raised.difference(&self.delivered).count();
        self.check(missing == 0, || format!("{missing} events were never delivered"));
        let revoked = self.revoked_at_the_server();
        self.check(revoked, || "a revoked grant lives on at the server".to_owned());
    }

    fn step(&mut self) {
        let ((time, _), event) = self.events.pop_first().expect("workers always want something");
        self.clock = self.clock.max(time);
        self.report.steps += 1;
        if self.dice.chance(self.plan.jumps) {
            self.skew += i64::try_from(self.dice.below(7200)).unwrap() - 3600;
        }
        match event {
            Event::Advance { id, input } => self.advance(id, *input),
            Event::Arrive { id, refresh, sent_at } => self.arrive(id, &refresh, sent_at),
            Event::Cancel { id } => self.cancel(id),
            Event::Restart { worker } => self.restart(worker),
            Event::Want { worker } => self.want(worker),
        }
    }

    fn tokens(&self, access: String, refresh: Option<String>, sent_at: UnixTime) -> TokenSet {
        let tokens = TokenSet::new(AccessToken::new(access), sent_at)
            .with_expires_at(sent_at.plus(Duration::from_secs(ACCESS_LIFE)));
        match refresh {
            Some(refresh) => tokens.with_refresh_token(RefreshToken::new(refresh)),
            None => tokens,
        }
    }

    fn load(&self, grant: usize) -> Option<Record> {
        self.store.load(&name(grant)).unwrap()
    }

    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.skew + i64::try_from(self.clock / 1000).unwrap())
    }

    fn after(&mut self, pause: Millis, event: Event) {
        self.sequence += 1;
        self.events.insert((self.clock + pause, self.sequence), event);
    }

    fn check(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            let at = self.report.steps;
            self.report.violations.push(format!("step {at}: {}", complaint()));
        }
    }
}

fn name(grant: usize) -> GrantId {
    GrantId::new("https://op.example", "client", grant.to_string())
}

fn resume(id: u64, input: Input) -> Event {
    Event::Advance { id, input: Box::new(input) }
}

fn since(now: Millis, earlier: Millis) -> Duration {
    Duration::from_millis(now.saturating_sub(earlier))
}

fn transport(fault: TransportFault) -> tegata_core::Error {
    TransportError::new(Endpoint::Token, fault).into()
}
