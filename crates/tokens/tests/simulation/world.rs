//! The world of a run: workers, their machines, one store, one server, and time.
//!
//! Everything that happens is an event at a moment of true time. A machine's step is carried out
//! at once; what came of it reaches the machine a little later, or never.

#[path = "world/network.rs"]
mod network;
#[path = "world/oracle.rs"]
mod oracle;

use std::collections::{BTreeMap, BTreeSet};
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

/// Randomness for the machines: no secret depends on it here.
struct NoChance;

impl Random for NoChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(64);
        Ok(())
    }
}

impl World {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        let mut world = Self {
            plan,
            dice: Dice::new(seed),
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

    // --- workers ---

    fn restart(&mut self, worker: usize) {
        self.sequence += 1;
        let instance = Instance::new(format!("worker {worker}, life {}", self.sequence));
        let settings = Settings::default();
        let rules = Rules::new(instance.clone(), self.plan.policy).with_settings(settings);
        let last_served = vec![None; self.plan.grants];
        let stopped_until = 0;
        self.workers[worker] = Worker { instance, rules, up: true, stopped_until, last_served };
        self.tend(worker);
        self.after(1, Event::Want { worker });
    }

    fn crash(&mut self, worker: usize) {
        self.workers[worker].up = false;
        let dead: Vec<u64> =
            self.running.iter().filter(|(_, r)| r.worker == worker).map(|(id, _)| *id).collect();
        for id in dead {
            let running = self.running.remove(&id).unwrap();
            self.report.crashes_in_flight += u64::from(running.flight.is_some());
            let answered = running.flight.and_then(|flight| flight.answered);
            self.report.unseen += u64::from(answered.is_some_and(|refresh| refresh.is_some()));
            // A sign-in that nobody has stored: the user will do it again.
            if let Some(refresh) = running.consented {
                self.server.revoke(&refresh);
            }
        }
        let pause = 100 + self.dice.below(3_000);
        self.after(pause, Event::Restart { worker });
    }

    /// Callers come, to whichever grant; now and then something else is to be done.
    fn want(&mut self, worker: usize) {
        if !self.workers[worker].up {
            return;
        }
        let pause = 1 + self.dice.below(8_000);
        self.after(pause, Event::Want { worker });
        let grant = usize::try_from(self.dice.below(self.plan.grants as u64)).unwrap();
        if self.dice.chance(300) {
            self.tend(worker);
        }
        if self.store.load(&name(grant)).unwrap().is_none() {
            return self.consent(worker, grant);
        }
        if self.dice.chance(self.plan.revokes) {
            let machine = Revoke::new(name(grant), self.workers[worker].rules.clone());
            return self.start(worker, grant, Kind::Revoke, Box::new(machine));
        }
        let mut want = Want::new(name(grant), AccessKey::whole());
        if self.dice.chance(200) {
            want = want.with_min_valid(Duration::from_secs(self.dice.below(40)));
        }
        if self.dice.chance(20)
            && let Some(token) = self.workers[worker].last_served[grant].clone()
        {
            want = want.with_rejected(token);
        }
        let machine = Refresh::new(want, self.workers[worker].rules.clone());
        self.start(worker, grant, Kind::Refresh, Box::new(machine));
    }

    fn tend(&mut self, worker: usize) {
        let ours = Whose::new("client", ["https://op.example"]);
        for grant in self.store.due(&ours, self.now(), 3).unwrap() {
            let index = grant.subject().parse().unwrap();
            let machine = Tend::new(grant, self.workers[worker].rules.clone());
            self.start(worker, index, Kind::Tend, Box::new(machine));
        }
    }

    fn consent(&mut self, worker: usize, grant: usize) {
        if self.running.values().any(|r| r.grant == grant && r.kind == Kind::Consent) {
            return;
        }
        let (access, refresh) = self.server.consent(grant);
        let tokens = self.tokens(access, Some(refresh.clone()), self.now());
        let rules = self.workers[worker].rules.clone();
        let machine = Consent::new(name(grant), tokens, Scope::empty(), rules);
        let id = self.sequence + 1;
        self.start(worker, grant, Kind::Consent, Box::new(machine));
        if let Some(running) = self.running.get_mut(&id) {
            running.consented = Some(refresh);
        }
    }

    /// I10: a process runs one machine per grant; revoking and signing in may come at any time.
    fn start(&mut self, worker: usize, grant: usize, kind: Kind, machine: Box<dyn Machine>) {
        let single = |kind| matches!(kind, Kind::Refresh | Kind::Tend);
        let busy = self
            .running
            .values()
            .any(|r| r.worker == worker && r.grant == grant && single(r.kind) && single(kind));
        if busy {
            return;
        }
        self.sequence += 1;
        let id = self.sequence;
        let (flight, deferred, consented, began_at) = (None, None, None, self.clock);
        let running =
            Running { worker, grant, kind, machine, flight, began_at, deferred, consented };
        self.running.insert(id, running);
        self.after(0, resume(id, Input::Next));
    }

    // --- machines ---

    fn advance(&mut self, id: u64, input: Input) {
        let Some(running) = self.running.get(&id) else { return };
        let (worker, grant) = (running.worker, running.grant);
        let stopped_until = self.workers[worker].stopped_until;
        if stopped_until > self.clock {
            let event = resume(id, input);
            return self.after(stopped_until - self.clock, event);
        }
        if self.dice.chance(self.plan.crashes) {
            return self.crash(worker);
        }
        let answered = matches!(input, Input::Answered(Ok(_)));
        if matches!(input, Input::Answered(_))
            && let Some(change) = self.running.get_mut(&id).and_then(|r| r.deferred.take())
        {
            let _ = self.store.apply(&name(grant), &change, self.now());
        }
        let now = self.now();
        let vault = self.store.vault();
        let world = machine::World { now, random: &NoChance, vault };
        let running = self.running.get_mut(&id).unwrap();
        let step = running.machine.advance(input, &world).expect("the right input");
        if answered {
            // I8: nothing between the answer and the commit.
            let commits = matches!(step, Step::Apply(Change::Commit(_)));
            self.check(commits, || format!("after the answer came {step:?}"));
        }
        self.execute(id, step);
    }

    fn execute(&mut self, id: u64, step: Step) {
        let (worker, grant, kind) = {
            let running = &self.running[&id];
            (running.worker, running.grant, running.kind)
        };
        let input = match step {
            Step::Apply(change) => self.apply(id, change),
            Step::Load => Input::Loaded(self.store.load(&name(grant))),
            Step::Probe(instance) => Input::Peer(self.peer(&instance)),
            Step::Refresh(call) => return self.send(id, &call),
            Step::Revoke(token) => {
                let state = self.load(grant).map(|record| record.state().clone());
                if kind == Kind::Refresh {
                    // I6: only a tombstone lets a refresh revoke what it got.
                    let buried =
                        matches!(state, None | Some(State::Revoking | State::Revoked { .. }));
                    self.check(buried, || format!("revoked what it got in {state:?}"));
                }
                if self.dice.chance(self.plan.lost) {
                    Input::Revoked(Err(transport(TransportFault::Timeout)))
                } else {
                    self.server.revoke(token.expose());
                    Input::Revoked(Ok(()))
                }
            }
            Step::Sleep(time) => {
                let pause = u64::try_from(time.as_millis()).unwrap();
                return self.after(pause, resume(id, Input::Next));
            }
            Step::Publish(reply) => {
                self.publish(worker, grant, kind, reply);
                Input::Next
            }
            Step::Deliver(events) => {
                if self.dice.chance(self.plan.store_faults) {
                    Input::NotDelivered
                } else {
                    let stored = events.iter().filter(|e| e.kind != EventKind::Unpersisted);
                    self.delivered.extend(stored.map(|event| (grant, event.sequence)));
                    Input::Next
                }
            }
            Step::Done => {
                self.running.remove(&id);
                return;
            }
            other => panic!("a step that this driver does not know: {other:?}"),
        };
        let pause = self.dice.below(5);
        self.after(pause, resume(id, input));
    }

    fn publish(&mut self, worker: usize, grant: usize, kind: Kind, reply: Reply) {
        match reply {
            Reply::Token(served) => {
                let own = served.token().expose().starts_with(&format!("at-{grant}-"));
                self.check(own, || {
                    format!("grant {grant} was served {:?}", served.token().expose())
                });
                self.workers[worker].last_served[grant] = Some(served.token().clone());
                self.served[grant] += 1;
            }
            Reply::Failed(Error::NeedsConsent) => {
                let dead = self.load(grant).is_some_and(|r| *r.state() == State::Reauth);
                if dead && !self.somebody_has_tokens(grant) {
                    self.lose(grant);
                    self.consent(worker, grant);
                }
            }
            Reply::Failed(Error::Revoked) if kind == Kind::Refresh => {
                // The user comes back when the revocation is through.
                let state = self.load(grant).map(|record| record.state().clone());
                if matches!(state, Some(State::Revoked { .. })) {
                    self.consent(worker, grant);
                }
            }
            Reply::Revoked => self.report.revoked += 1,
            _ => {}
        }
    }

    // --- the store ---

    fn apply(&mut self, id: u64, change: Change) -> Input {
        let running = &self.running[&id];
        let grant = running.grant;
        let failing = Input::Applied(Err(StoreError::new(StoreFault::Unavailable)));
        if self.dice.chance(self.plan.store_faults) {
            return failing;
        }
        let before = self.load(grant);
        let change = self.broken(before.as_ref(), change);
        if self.plan.variant == Variant::IntentAfterSend && matches!(change, Change::Begin(_)) {
            let outcome = change.apply(before.as_ref(), self.now());
            if outcome.verdict == Verdict::Applied {
                self.running.get_mut(&id).unwrap().deferred = Some(change);
            }
            return Input::Applied(Ok(outcome));
        }
        let outcome = self.store.apply(&name(grant), &change, self.now()).unwrap();
        self.examine(id, before.as_ref(), &change, &outcome);
        if self.dice.chance(self.plan.store_faults) {
            return failing;
        }
        Input::Applied(Ok(outcome))
    }

    fn broken(&self, before: Option<&Record>, change: Change) -> Change {
        match (self.plan.variant, change, before.map(Record::state)) {
            (Variant::Fencing, Change::Commit(commit), Some(State::Refreshing(attempt)))
                if attempt.number == commit.attempt =>
            {
                Change::Commit(commit)
            }
            (Variant::Fencing, Change::Commit(mut commit), _) => {
                commit.generation = u64::MAX;
                Change::Commit(commit)
            }
            (_, change, _) => change,
        }
    }

    fn peer(&self, instance: &Instance) -> Peer {
        let mut workers = self.workers.iter();
        if workers.any(|worker| worker.up && worker.instance == *instance) {
            Peer::Alive
        } else {
            Peer::Dead
        }
    }

    // --- small things ---

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
