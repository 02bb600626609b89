//! The world of a run: workers, their machines, one store, one server, and time.
//!
//! Everything that happens is an event at a moment of true time. A machine's step is carried out
//! at once; what came of it reaches the machine a little later, or never.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
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
use tegata_tokens::grant::{AccessKey, Instance};
use tegata_tokens::machine::{
    Consent, Input, Machine, Refresh, RefreshCall, Reply, Revoke, Rules, Step, Tend, Want,
};
use tegata_tokens::record::{Record, State};
use tegata_tokens::store::{MemoryStore, Peer, StoreError, StoreFault};
use tegata_tokens::{Error, GrantId, Settings, TokenStore, machine};

use crate::plan::{Dice, Plan, Variant};
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

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) steps: u64,
    pub(crate) refreshes: u64,
    /// Lost with nothing to excuse it.
    pub(crate) lost: u64,
    /// Lost because the server's answer reached no store, and the server forgives nothing.
    pub(crate) lost_for_a_reason: u64,
    /// Rotations whose answer reached no store.
    pub(crate) unseen: u64,
    pub(crate) crashes_in_flight: u64,
    pub(crate) late_commits: u64,
    pub(crate) revoked: u64,
    pub(crate) violations: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.refreshes += other.refreshes;
        self.lost += other.lost;
        self.lost_for_a_reason += other.lost_for_a_reason;
        self.unseen += other.unseen;
        self.crashes_in_flight += other.crashes_in_flight;
        self.late_commits += other.late_commits;
        self.revoked += other.revoked;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps, {} refreshes, {} lost, {} lost for a reason, {} answers unseen, \
             {} crashes in flight, {} late commits, {} revoked",
            self.steps,
            self.refreshes,
            self.lost,
            self.lost_for_a_reason,
            self.unseen,
            self.crashes_in_flight,
            self.late_commits,
            self.revoked
        )
    }
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

    /// Whether each grant has at most one family that lives: what was revoked here is dead there.
    fn revoked_at_the_server(&self) -> bool {
        self.report.revoked == 0
            || (0..self.plan.grants).all(|grant| {
                let families = self.server.families().iter();
                // What nobody got, nobody can revoke.
                let ours = families.filter(|family| family.unseen.is_empty());
                ours.filter(|family| family.grant == grant && family.alive).count() <= 1
            })
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
        for grant in self.store.due(self.now(), 3).unwrap() {
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

    /// Whether an answer is still on its way that would bring the grant back.
    fn somebody_has_tokens(&self, grant: usize) -> bool {
        self.running.values().any(|running| {
            running.grant == grant && (running.flight.is_some() || running.kind == Kind::Consent)
        })
    }

    fn lose(&mut self, grant: usize) {
        let consented = self.consented[grant].clone().expect("a grant begins with consent");
        let family = self.server.family_of(&consented);
        // Nothing helps when the answers to the replays are lost as well.
        let forgives = self.plan.policy.replay_is_safe_for().is_some();
        let excused = if forgives { family.answers_lost >= 3 } else { !family.unseen.is_empty() };
        if excused {
            self.report.lost_for_a_reason += 1;
        } else {
            self.report.lost += 1;
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

    /// The oracle: what a step may do to a record, said once more in other words.
    fn examine(&mut self, id: u64, before: Option<&Record>, change: &Change, outcome: &Outcome) {
        let applied = outcome.verdict == Verdict::Applied;
        let grant = self.running[&id].grant;
        let after = self.load(grant);
        let gone =
            |record: &Record| matches!(record.state(), State::Revoking | State::Revoked { .. });
        if let (Some(before), Some(after)) = (before, &after) {
            let forward =
                after.generation() >= before.generation() && after.revision() >= before.revision();
            self.check(forward, || "a generation went backwards".to_owned());
            // I5: only consent brings a revoked grant back.
            let back = gone(before) && !gone(after) && !matches!(change, Change::Consent(_));
            self.check(!back, || format!("{change:?} brought a revoked grant back"));
            // I7: a refresh token is replaced or revoked, never dropped.
            let dropped = before.is_refreshable() && !after.is_refreshable() && !gone(after);
            self.check(!dropped, || format!("{change:?} dropped the refresh token"));
            // I4: only the owner of the attempt can end a grant.
            let reauth = |record: &Record| *record.state() == State::Reauth;
            if reauth(after) && !reauth(before) {
                let owner = match before.state() {
                    State::Refreshing(attempt) => Some(&attempt.owner),
                    _ => None,
                };
                let own = owner == Some(&self.workers[self.running[&id].worker].instance);
                self.check(own, || "a grant was ended by another than its owner".to_owned());
            }
        }
        if let Some(record) = &after {
            let raised = record.events().iter().map(|event| (grant, event.sequence));
            self.raised.extend(raised);
        }
        match change {
            Change::Begin(_) if applied => self.running.get_mut(&id).unwrap().began_at = self.clock,
            Change::Commit(commit) => {
                // I3: accepted if, and only if, the generation is the one that was consumed.
                let expected =
                    before.is_some_and(|b| b.generation() == commit.generation && !gone(b));
                let sound = self.plan.variant != Variant::Fencing;
                self.check(!sound || applied == expected, || {
                    format!("a commit of {} on {before:?}", commit.generation)
                });
                let own = before.is_some_and(|before| {
                    matches!(before.state(), State::Refreshing(a) if a.number == commit.attempt)
                });
                self.report.late_commits += u64::from(applied && !own);
                let flight = self.running.get_mut(&id).unwrap().flight.take();
                if applied && let Some(Some(refresh)) = flight.and_then(|flight| flight.answered) {
                    self.server.stored(&refresh);
                }
            }
            Change::Consent(_) if applied => {
                let consented = self.running.get_mut(&id).unwrap().consented.take();
                self.consented[grant] = consented.or(self.consented[grant].take());
            }
            Change::Fail(_) => self.running.get_mut(&id).unwrap().flight = None,
            _ => {}
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

    // --- the network ---

    fn send(&mut self, id: u64, call: &RefreshCall) {
        let refresh = call.refresh_token.expose().to_owned();
        let (worker, grant, began_at) = {
            let running = &self.running[&id];
            (running.worker, running.grant, running.began_at)
        };
        if self.plan.variant == Variant::Sound {
            self.may_send(id, worker, grant, &refresh, began_at, call.deadline);
        }
        self.report.refreshes += 1;
        let (answered, sent_at) = (None, self.now());
        let flight = Flight { refresh: refresh.clone(), began_at, answered, sent_at };
        self.running.get_mut(&id).unwrap().flight = Some(flight);
        let way = 10 + self.dice.below(60);
        self.after(way, Event::Arrive { id, refresh, sent_at: self.clock });
        if self.plan.variant == Variant::CancelWithCaller && self.dice.chance(100) {
            let patience = self.dice.below(150);
            self.after(patience, Event::Cancel { id });
        }
    }

    fn may_send(
        &mut self,
        id: u64,
        worker: usize,
        grant: usize,
        refresh: &str,
        began_at: Millis,
        deadline: Duration,
    ) {
        let lease = Settings::default().lease();
        // I2: the intent is in the store, under this process's name.
        let noted = match self.load(grant).map(|record| record.state().clone()) {
            Some(State::Refreshing(attempt)) => attempt.owner == self.workers[worker].instance,
            _ => false,
        };
        let overdue = since(self.clock, began_at) >= lease;
        let buried = self
            .load(grant)
            .is_none_or(|record| matches!(record.state(), State::Revoking | State::Revoked { .. }));
        let replaced = self.running.values().any(|r| r.grant == grant && r.kind == Kind::Consent)
            || self.load(grant).is_some_and(|record| *record.state() == State::Active);
        self.check(noted || overdue || buried || replaced, || {
            format!("grant {grant}: a refresh token was sent without an intent")
        });
        // I1: no other request with the same token, unless its lease is over.
        let others: Vec<Millis> = self
            .running
            .iter()
            .filter(|(other, _)| **other != id)
            .filter_map(|(_, running)| running.flight.as_ref())
            .filter(|flight| flight.refresh == refresh && flight.answered.is_none())
            .map(|flight| flight.began_at)
            .collect();
        let alone = others.iter().all(|began| since(self.clock, *began) >= lease);
        self.check(alone, || format!("grant {grant}: two requests with one refresh token"));
        // Rule 5: the lease outlasts the request.
        let fits = since(self.clock, began_at) + deadline <= lease + Duration::from_secs(1);
        let steady = self.plan.jumps == 0;
        self.check(fits || !steady, || format!("grant {grant}: sent too late for its lease"));
    }

    fn arrive(&mut self, id: u64, refresh: &str, sent_at: Millis) {
        let answer = self.server.refresh(refresh, self.clock, &mut self.dice);
        let slow = self.dice.chance(self.plan.slow);
        let way = if slow { 1_000 + self.dice.below(5_000) } else { 5 + self.dice.below(60) };
        let lost = self.dice.chance(self.plan.lost);
        if let Answer::Tokens { refresh: Some(child), .. } = &answer {
            let dead = !self.running.contains_key(&id);
            if lost || dead {
                self.report.unseen += 1;
            }
            if lost {
                self.server.family_of(child).answers_lost += 1;
            }
        }
        let worker = self.running.get(&id).map(|running| running.worker);
        if let Some(worker) = worker
            && self.dice.chance(10 * self.plan.crashes)
        {
            self.report.unseen += u64::from(!lost);
            return self.crash(worker);
        }
        let Some(flight) = self.running.get_mut(&id).and_then(|r| r.flight.as_mut()) else {
            return;
        };
        let asked_at = flight.sent_at;
        if lost {
            let deadline = u64::try_from(Settings::default().http_deadline().as_millis()).unwrap();
            let (fault, way) = match self.dice.chance(700) {
                true => (TransportFault::Interrupted, way),
                false => (TransportFault::Timeout, (sent_at + deadline).saturating_sub(self.clock)),
            };
            let input = Input::Answered(Err(transport(fault)));
            return self.after(way, resume(id, input));
        }
        let result = match answer {
            Answer::InvalidGrant => {
                let code = Some(ErrorCode::InvalidGrant);
                Err(ServerError::new(Endpoint::Token, code).with_status(400).into())
            }
            Answer::Tokens { access, refresh } => {
                flight.answered = Some(refresh.clone());
                Ok(self.tokens(access, refresh, asked_at))
            }
        };
        let worker = self.running[&id].worker;
        if self.dice.chance(self.plan.pauses) {
            let pause = 1_000 * (10 + self.dice.below(30));
            self.workers[worker].stopped_until = self.clock + pause;
        }
        self.after(way, resume(id, Input::Answered(result)));
    }

    fn cancel(&mut self, id: u64) {
        self.running.remove(&id);
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
