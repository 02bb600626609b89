//! The machines, stepped by hand: what each does in each case, and in which order.

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
        Rules::new(self.store.instance().clone(), self.policy).with_gate(self.gate.clone())
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

#[test]
fn a_fresh_token_is_served_as_it_is() {
    let bench = Bench::signed_in();
    assert_eq!(words(&bench.get()), ["a1"]);
    assert_eq!(bench.log(), "load publish done");
}

#[test]
fn an_ageing_token_is_served_before_it_is_refreshed() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a1", "a2"]);
    assert_eq!(
        bench.log(),
        "load publish Begin refresh Commit publish deliver Acknowledge done",
        "the intent before the request, the commit before anything else"
    );
}

#[test]
fn a_stale_token_is_not_served() {
    let bench = Bench::signed_in();
    bench.pass(3595);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
    assert_eq!((bench.record().generation(), bench.record().state()), (2, &State::Active));
}

#[test]
fn a_caller_who_needs_more_time_gets_a_new_token_and_no_endless_refresh() {
    let bench = Bench::signed_in();
    bench.answers("a2", Some("r2"));
    let want = bench.want().with_min_valid(Duration::from_secs(7200));
    assert_eq!(words(&bench.get_as(want)), ["a2"], "as long as the server gives");
}

#[test]
fn nothing_is_spent_when_the_store_refuses_the_intent() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.store_fails.set(1);
    assert_eq!(words(&bench.get()), ["Store"]);
    assert_eq!(bench.log(), "load Begin load publish done");
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_stored_one_and_the_generation() {
    let bench = Bench::signed_in();
    for echo in [None, Some("r1")] {
        bench.pass(3600);
        bench.answers("a2", echo);
        assert_eq!(words(&bench.get()), ["a2"]);
        assert_eq!(bench.record().generation(), 1);
        assert!(bench.record().is_refreshable());
    }
}

#[test]
fn what_the_store_does_not_take_is_served_and_tried_until_it_does() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.answers("a2", Some("r2"));
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    bench.log.borrow_mut().clear();
    loop {
        let step = bench.advance(&mut machine, input);
        if let Step::Refresh(_) = step {
            bench.store_fails.set(3);
        }
        match bench.act(step, &grant(), &mut replies) {
            Some(next) => input = next,
            None => break,
        }
    }
    assert_eq!(
        bench.log(),
        "load Begin refresh Commit publish deliver sleep Commit sleep Commit sleep Commit \
         publish deliver Acknowledge done"
    );
    let persisted: Vec<bool> = replies
        .iter()
        .map(|reply| matches!(reply, Reply::Token(served) if served.is_persisted()))
        .collect();
    assert_eq!(persisted, [false, true]);
    assert_eq!(bench.record().generation(), 2);
}

#[test]
fn invalid_grant_ends_the_grant_and_is_remembered() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.fails(refused(ErrorCode::InvalidGrant));
    assert_eq!(words(&bench.get()), ["NeedsConsent"]);
    assert_eq!(*bench.record().state(), State::Reauth);
    for _ in 0..3 {
        assert_eq!(words(&bench.get()), ["NeedsConsent"]);
        assert_eq!(bench.log(), "load publish done", "the server is not asked again");
    }
    bench.consent(&grant(), bench.tokens("a9", Some("r9")));
    assert_eq!(words(&bench.get()), ["a9"]);
}

#[test]
fn invalid_client_pauses_the_client_and_touches_no_grant() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.fails(refused(ErrorCode::InvalidClient));
    assert_eq!(words(&bench.get()), ["ClientRefused"]);
    let record = bench.record();
    assert_eq!((record.state(), record.failures(), record.next_try()), (&State::Active, 0, None));
    assert_eq!(words(&bench.get()), ["Unavailable"]);
    assert!(!bench.log().contains("refresh"), "{}", bench.log());
    bench.pass(61);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
}

#[test]
fn a_server_that_fails_is_left_alone_for_a_while() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let busy = ServerError::new(Endpoint::Token, None).with_status(503);
    bench.fails(busy.with_retry_after(Some(Duration::from_secs(120))));
    assert_eq!(words(&bench.get()), ["Unavailable"]);
    assert_eq!(bench.record().next_try(), Some(bench.time().plus(Duration::from_secs(120))));
    assert_eq!(words(&bench.get()), ["Unavailable"]);
    assert_eq!(bench.log(), "load publish done");
    bench.pass(120);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
    assert_eq!(bench.record().failures(), 0);
}

#[test]
fn a_request_that_was_not_sent_is_sent_again_without_a_word() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.fails(transport(TransportFault::Connect));
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
    assert_eq!(
        bench.log(),
        "load Begin refresh Fail sleep load Begin refresh Commit publish deliver Acknowledge done"
    );
}

#[test]
fn a_lost_answer_is_replayed_though_the_access_token_is_good() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    bench.fails(transport(TransportFault::Timeout));
    assert_eq!(words(&bench.get()), ["a1"]);
    assert_eq!(*bench.record().state(), State::Ambiguous);
    bench.pass(10);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a1", "a2"]);
}

#[test]
fn a_strict_server_s_replay_waits_until_the_access_token_is_of_no_more_use() {
    let mut bench = Bench::signed_in();
    bench.policy =
        RefreshPolicy { rotation: Rotation::Always, replay: Replay::Strict, ..bench.policy };
    bench.pass(3400);
    bench.fails(transport(TransportFault::Timeout));
    assert_eq!(words(&bench.get()), ["a1"]);
    bench.pass(10);
    assert_eq!(words(&bench.get()), ["a1"]);
    assert!(!bench.log().contains("refresh"), "{}", bench.log());
    bench.pass(190);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
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

#[test]
fn a_dead_owner_s_refresh_is_taken_over_at_once() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    abandon(&bench);
    bench.peer.set(Peer::Dead);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a1", "a2"]);
    assert_eq!(
        bench.log(),
        "load publish probe Begin refresh Commit publish deliver Acknowledge done"
    );
}

#[test]
fn a_dead_owner_s_refresh_is_taken_over_though_the_access_token_is_fresh() {
    let bench = Bench::signed_in();
    let want = bench.want().with_min_valid(Duration::from_secs(3600));
    let mut machine = Refresh::new(want, bench.rules());
    let mut step = bench.advance(&mut machine, Input::Next);
    while !matches!(step, Step::Refresh(_)) {
        let input = bench.act(step, &grant(), &mut Vec::new()).unwrap();
        step = bench.advance(&mut machine, input);
    }
    bench.peer.set(Peer::Dead);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a1", "a2"]);
}

#[test]
fn a_living_owner_is_waited_for_and_outlasted_by_patience_not_by_the_clock() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    abandon(&bench);
    // The clock jumps: by it, the lease was over long ago.
    bench.pass(100_000);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
    let sleeps = bench.log().matches("sleep").count();
    let lease = Settings::default().lease();
    assert!(u128::try_from(sleeps).unwrap() * 500 >= lease.as_millis(), "{sleeps}");
}

#[test]
fn callers_of_a_good_token_do_not_wait_for_a_living_owner() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    abandon(&bench);
    assert_eq!(words(&bench.get()), ["a1"]);
    assert_eq!(bench.log(), "load publish probe done");
}

#[test]
fn where_nobody_knows_the_owner_its_lease_is_over_when_the_clock_says_so() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    abandon(&bench);
    bench.peer.set(Peer::Unknown);
    bench.pass(i64::try_from(Settings::default().lease().as_secs()).unwrap());
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
    assert!(!bench.log().contains("sleep"), "{}", bench.log());
}

#[test]
fn a_process_that_was_stopped_before_it_sent_does_not_send_any_more() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let mut input = bench.act(bench.advance(&mut machine, Input::Next), &grant(), &mut Vec::new());
    let step = bench.advance(&mut machine, input.take().unwrap());
    input = bench.act(step, &grant(), &mut Vec::new());
    bench.pass(10);
    let step = bench.advance(&mut machine, input.unwrap());
    assert!(matches!(step, Step::Apply(Change::Fail(_))), "{step:?}");
}

#[test]
fn a_rejected_token_is_refreshed_once_in_a_while() {
    let bench = Bench::signed_in();
    let rejected = |token| bench.want().with_rejected(AccessToken::new(token));
    assert_eq!(words(&bench.get_as(rejected("another"))), ["a1"], "there is a newer one");
    assert_eq!(bench.log(), "load publish done");
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get_as(rejected("a1"))), ["a2"]);
    assert_eq!(words(&bench.get_as(rejected("a2"))), ["a2"], "no refresh per call");
    bench.pass(61);
    bench.answers("a3", Some("r3"));
    assert_eq!(words(&bench.get_as(rejected("a2"))), ["a3"]);
}

#[test]
fn says_which_scope_the_user_has_not_agreed_to() {
    let bench = Bench::signed_in();
    let want = bench.want().with_needs(Scope::parse("read delete").unwrap());
    let replies = bench.get_as(want);
    let Some(Reply::Failed(Error::ScopeMissing { needed })) = replies.first() else {
        panic!("{replies:?}")
    };
    assert_eq!(needed.to_string(), "delete");
    assert_eq!(bench.record().requested().to_string(), "read write delete");
}

#[test]
fn a_narrower_answer_does_not_narrow_the_consent() {
    let bench = Bench::signed_in();
    let narrow = Scope::parse("read").unwrap();
    let mut want = bench.want();
    want.key = AccessKey::whole().with_scope(&narrow);
    let tokens = bench.tokens("a-read", Some("r2")).with_scope(narrow);
    bench.answers.borrow_mut().push(Ok(tokens));
    assert_eq!(words(&bench.get_as(want)), ["a-read"]);
    assert_eq!(bench.record().granted().to_string(), "read write");
    assert_eq!(words(&bench.get()), ["a1"], "each key has its own token");
}

#[test]
fn a_revoked_grant_serves_nobody_and_its_token_is_wiped() {
    let bench = Bench::signed_in();
    let replies = bench.drive(&mut Revoke::new(grant(), bench.rules()), &grant());
    assert_eq!(words(&replies), ["revoked"]);
    assert!(matches!(bench.record().state(), State::Revoked { .. }));
    assert!(!bench.record().is_refreshable());
    assert_eq!(words(&bench.get()), ["Revoked"]);
}

#[test]
fn a_revocation_that_the_server_did_not_confirm_is_finished_later() {
    let bench = Bench::signed_in();
    bench.revocation_fails.set(true);
    bench.drive(&mut Revoke::new(grant(), bench.rules()), &grant());
    assert_eq!(*bench.record().state(), State::Revoking);
    assert_eq!(words(&bench.get()), ["Revoked"]);
    bench.revocation_fails.set(false);
    bench.pass(3600);
    assert_eq!(bench.due(), [grant()]);
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert!(matches!(bench.record().state(), State::Revoked { .. }));
}

#[test]
fn a_result_that_comes_after_the_revocation_is_revoked_and_not_stored() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let mut step = bench.advance(&mut machine, Input::Next);
    let mut replies = Vec::new();
    while !matches!(step, Step::Refresh(_)) {
        let input = bench.act(step, &grant(), &mut replies).unwrap();
        step = bench.advance(&mut machine, input);
    }
    bench.drive(&mut Revoke::new(grant(), bench.rules()), &grant());
    bench.log.borrow_mut().clear();
    let mut input = Input::Answered(Ok(bench.tokens("a2", Some("r2"))));
    loop {
        let step = bench.advance(&mut machine, input);
        match bench.act(step, &grant(), &mut replies) {
            Some(next) => input = next,
            None => break,
        }
    }
    assert_eq!(bench.log(), "Commit revoke publish done");
    assert_eq!(words(&replies), ["Revoked"]);
    assert!(matches!(bench.record().state(), State::Revoked { .. }));
}

#[test]
fn a_result_that_somebody_has_overtaken_is_dropped_and_not_revoked() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let mut replies = Vec::new();
    let mut step = bench.advance(&mut machine, Input::Next);
    while !matches!(step, Step::Refresh(_)) {
        let input = bench.act(step, &grant(), &mut replies).unwrap();
        step = bench.advance(&mut machine, input);
    }
    bench.peer.set(Peer::Dead);
    bench.answers("a2", Some("r2"));
    bench.get();
    bench.log.borrow_mut().clear();
    let mut input = Input::Answered(Ok(bench.tokens("a3", Some("r3"))));
    loop {
        let step = bench.advance(&mut machine, input);
        match bench.act(step, &grant(), &mut replies) {
            Some(next) => input = next,
            None => break,
        }
    }
    assert_eq!(bench.log(), "Commit publish done");
    assert_eq!(words(&replies), ["a2"]);
}

#[test]
fn a_second_consent_without_a_refresh_token_keeps_the_first_one_s() {
    let bench = Bench::signed_in();
    bench.consent(&grant(), bench.tokens("a2", None));
    assert!(bench.record().is_refreshable());
    assert_eq!(words(&bench.get()), ["a2"]);
    bench.pass(3600);
    bench.answers("a3", None);
    assert_eq!(words(&bench.get()), ["a3"]);
}

#[test]
fn another_subject_inherits_nothing() {
    let bench = Bench::signed_in();
    let other = GrantId::new("https://op.example", "client", "another user");
    bench.consent(&other, bench.tokens("b1", None));
    assert!(!bench.store.load(&other).unwrap().unwrap().is_refreshable());
    assert!(bench.record().is_refreshable());
}

#[test]
fn a_grant_without_a_refresh_token_ends_with_its_access_token() {
    let bench = Bench::new();
    bench.consent(&grant(), bench.tokens("a1", None));
    assert_eq!(words(&bench.get()), ["a1"]);
    bench.pass(3600);
    assert_eq!(words(&bench.get()), ["NeedsConsent"]);
}

#[test]
fn an_end_in_sight_is_told_once() {
    let mut bench = Bench::new();
    bench.policy = RefreshPolicy::YAHOO_JAPAN;
    bench.consent(&grant(), bench.tokens("a1", Some("r1")));
    assert_eq!(bench.due(), []);
    bench.pass(26 * 86_400);
    assert_eq!(bench.due(), [grant()]);
    let outcome = bench.store.apply(&grant(), &Change::Tend, bench.time()).unwrap();
    let events = outcome.record.unwrap().events().to_vec();
    assert!(matches!(events.as_slice(), [event]
        if matches!(event.kind, EventKind::GrantExpiring { at } if at.since(bench.time()).as_secs() == 2 * 86_400)));
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!(bench.record().events(), []);
    assert_eq!(bench.due(), []);
}

#[test]
fn what_was_not_delivered_comes_again() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.answers("a2", Some("r2"));
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        input = match bench.advance(&mut machine, input) {
            Step::Deliver(_) => Input::NotDelivered,
            step => match bench.act(step, &grant(), &mut replies) {
                Some(input) => input,
                None => break,
            },
        };
    }
    assert!(matches!(bench.record().events(), [event] if event.kind == EventKind::NewTokens));
    assert_eq!(bench.due(), [grant()]);
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!(bench.record().events(), []);
}

#[test]
fn an_intent_that_is_there_though_the_store_said_no_is_taken_back() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.store_lies.set(true);
    assert_eq!(words(&bench.get()), ["Store"]);
    assert_eq!(bench.log(), "load Begin load Fail publish done");
    assert_eq!(*bench.record().state(), State::Active, "nobody waits for who does not refresh");
    assert_eq!(bench.record().generation(), 1);
}

#[test]
fn the_intent_of_another_is_not_taken_back() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let load = bench.advance(&mut machine, Input::Next);
    let input = bench.act(load, &grant(), &mut Vec::new()).unwrap();
    assert!(matches!(bench.advance(&mut machine, input), Step::Apply(Change::Begin(_))));
    let theirs = Rules::new(Instance::new("another process"), bench.policy);
    let mut other = Refresh::new(bench.want(), theirs);
    let mut step = bench.advance(&mut other, Input::Next);
    while !matches!(step, Step::Refresh(_)) {
        let input = bench.act(step, &grant(), &mut Vec::new()).unwrap();
        step = bench.advance(&mut other, input);
    }
    let error = StoreError::new(StoreFault::Unavailable);
    let load = bench.advance(&mut machine, Input::Applied(Err(error)));
    let input = bench.act(load, &grant(), &mut Vec::new()).unwrap();
    assert!(matches!(bench.advance(&mut machine, input), Step::Publish(Reply::Failed(_))));
    assert!(matches!(bench.record().state(), State::Refreshing(_)));
}

#[test]
fn a_failure_that_the_store_did_not_note_is_noted_again() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        let step = bench.advance(&mut machine, input);
        if matches!(step, Step::Refresh(_)) {
            bench.store_fails.set(2);
            input = Input::Answered(Err(transport(TransportFault::Interrupted)));
            continue;
        }
        if replies.is_empty() && *bench.record().state() == State::Ambiguous {
            return;
        }
        input = bench.act(step, &grant(), &mut replies).expect("it goes on until it is noted");
    }
}

#[test]
fn who_tends_leaves_a_refresh_to_its_living_owner() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    abandon(&bench);
    for peer in [Peer::Alive, Peer::Unknown] {
        bench.peer.set(peer);
        bench.log.borrow_mut().clear();
        bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
        assert_eq!(bench.log(), "load probe done", "{peer:?}");
    }
    bench.pass(60);
    bench.answers("a2", Some("r2"));
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!(bench.record().generation(), 2, "the lease is over");
}

#[test]
fn a_dead_owner_s_refresh_is_finished_though_nobody_asks_for_a_token() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    abandon(&bench);
    assert_eq!(bench.due(), [grant()], "at once: the server's grace is running");
    bench.peer.set(Peer::Dead);
    bench.answers("a2", Some("r2"));
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!((bench.record().generation(), bench.record().state()), (2, &State::Active));
}

#[test]
fn a_strict_server_s_replay_waits_though_the_owner_is_dead() {
    let mut bench = Bench::signed_in();
    bench.policy = RefreshPolicy { replay: Replay::Strict, ..bench.policy };
    bench.pass(3400);
    abandon(&bench);
    bench.peer.set(Peer::Dead);
    assert_eq!(words(&bench.get()), ["a1"]);
    assert!(!bench.log().contains("refresh"), "{}", bench.log());
}

#[test]
fn a_server_s_grace_is_not_spent_on_backing_off() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    for _ in 0..3 {
        bench.fails(transport(TransportFault::Timeout));
    }
    bench.answers("a2", Some("r2"));
    let before = bench.time();
    assert_eq!(words(&bench.get()), ["a2"]);
    assert_eq!(bench.time().since(before).as_secs(), 9, "three pauses of a tenth of the grace");
}

#[test]
fn callers_who_were_served_hear_that_the_grant_was_revoked_meanwhile() {
    let bench = Bench::signed_in();
    bench.pass(3400);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        let step = bench.advance(&mut machine, input);
        if matches!(step, Step::Apply(Change::Begin(_))) {
            bench.store.apply(&grant(), &Change::Tombstone, bench.time()).unwrap();
        }
        match bench.act(step, &grant(), &mut replies) {
            Some(next) => input = next,
            None => break,
        }
    }
    assert_eq!(words(&replies), ["a1", "Revoked"]);
}

#[test]
fn a_refresh_that_was_forced_in_the_future_does_not_forbid_the_next() {
    let bench = Bench::signed_in();
    bench.answers("a2", Some("r2"));
    bench.get_as(bench.want().with_rejected(AccessToken::new("a1")));
    // The clock was wrong by a day then, and is right now.
    bench.pass(-86_400);
    bench.answers("a3", Some("r3"));
    let replies = bench.get_as(bench.want().with_rejected(AccessToken::new("a2")));
    assert_eq!(words(&replies), ["a3"]);
}

#[test]
fn where_nobody_knows_what_was_granted_nothing_is_missing() {
    let bench = Bench::new();
    let rules = bench.rules();
    let tokens = bench.tokens("a1", Some("r1"));
    bench.drive(&mut Consent::new(grant(), tokens, Scope::empty(), rules), &grant());
    let want = bench.want().with_needs(Scope::parse("read").unwrap());
    assert_eq!(words(&bench.get_as(want)), ["a1"]);
}

#[test]
fn a_server_without_a_revocation_endpoint_has_nothing_to_confirm() {
    let bench = Bench::signed_in();
    let mut machine = Revoke::new(grant(), bench.rules());
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        input = match bench.advance(&mut machine, input) {
            Step::Revoke(_) => {
                let fault = tegata_core::error::Fault::NoEndpoint;
                let error = tegata_core::error::Misbehaviour::new(Endpoint::Revocation, fault);
                Input::Revoked(Err(error.into()))
            }
            step => match bench.act(step, &grant(), &mut replies) {
                Some(input) => input,
                None => break,
            },
        };
    }
    assert!(matches!(bench.record().state(), State::Revoked { .. }));
}

#[test]
fn an_imported_refresh_token_is_used_at_the_first_call() {
    let bench = Bench::new();
    let tokens = interchange::refresh_token_alone(RefreshToken::new("r1"), bench.time());
    bench.consent(&grant(), tokens);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
}

#[test]
fn a_record_that_does_not_open_is_reported_and_nothing_is_sent() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    let ring = crate::vault::KeyRing::new(crate::vault::SealingKey::from_bytes([1; 32]));
    let vault = Vault::new("store", ring);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let world = World { now: bench.time(), random: &Highest, vault: &vault };
    machine.advance(Input::Next, &world).unwrap();
    let step = machine.advance(Input::Loaded(Ok(Some(bench.record()))), &world).unwrap();
    assert!(matches!(step, Step::Publish(Reply::Failed(Error::Vault(VaultFault::NotSealed)))));
}

#[test]
fn a_wrong_input_is_the_driver_s_error() {
    let bench = Bench::signed_in();
    let world = World { now: bench.time(), random: &Highest, vault: bench.store.vault() };
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let error = machine.advance(Input::Peer(Peer::Dead), &world).unwrap_err();
    assert_eq!(error, ApiMisuse::WrongInput);
}

#[test]
fn a_machine_counts_generations_as_the_change_does() {
    let bench = Bench::new();
    let sealed = |bench: &Bench| bench.record().access.values().next().unwrap().token.generation();
    for refresh in [None, Some("r1"), None, Some("r2")] {
        bench.consent(&grant(), bench.tokens("a", refresh));
        assert_eq!(sealed(&bench), Some(bench.record().generation()));
    }
    bench.drive(&mut Revoke::new(grant(), bench.rules()), &grant());
    for refresh in [Some("r3"), None] {
        bench.consent(&grant(), bench.tokens("a", refresh));
        assert_eq!(sealed(&bench), Some(bench.record().generation()));
        bench.drive(&mut Revoke::new(grant(), bench.rules()), &grant());
    }
    let outcome = bench.store.apply(&grant(), &Change::Tombstone, bench.time()).unwrap();
    assert_eq!(outcome.verdict, Verdict::Applied, "revoking twice is no error");
}
