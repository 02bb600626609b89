//! Refreshes of others: waited for, taken over, left alone, finished.

use super::*;

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
fn the_intent_of_another_is_not_taken_back() {
    let bench = Bench::signed_in();
    // A process may have several managers at one store.
    for theirs in [bench.rules(), Rules::new(Instance::new("another process"), bench.policy)] {
        keeps_its_intent(&Bench::signed_in(), theirs);
    }
}

fn keeps_its_intent(bench: &Bench, theirs: Rules) {
    struct Lowest;
    impl Random for Lowest {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
            bytes.fill(0);
            Ok(())
        }
    }
    bench.pass(3600);
    let mut machine = Refresh::new(bench.want(), bench.rules());
    let load = bench.advance(&mut machine, Input::Next);
    let input = bench.act(load, &grant(), &mut Vec::new()).unwrap();
    assert!(matches!(bench.advance(&mut machine, input), Step::Apply(Change::Begin(_))));
    let world = World { now: bench.time(), random: &Lowest, vault: bench.store.vault() };
    let mut other = Refresh::new(bench.want(), theirs);
    let mut step = other.advance(Input::Next, &world).unwrap();
    while !matches!(step, Step::Refresh(_)) {
        let input = bench.act(step, &grant(), &mut Vec::new()).unwrap();
        step = other.advance(input, &world).unwrap();
    }
    let error = StoreError::new(StoreFault::Unavailable);
    let load = bench.advance(&mut machine, Input::Applied(Err(error)));
    let input = bench.act(load, &grant(), &mut Vec::new()).unwrap();
    assert!(matches!(bench.advance(&mut machine, input), Step::Publish(Reply::Failed(_))));
    assert!(matches!(bench.record().state(), State::Refreshing(_)));
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
