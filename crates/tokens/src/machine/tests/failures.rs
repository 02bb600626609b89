//! What goes wrong: a server that refuses or is silent, a store that does not write.

use super::*;

#[test]
fn nothing_is_spent_when_the_store_refuses_the_intent() {
    let bench = Bench::signed_in();
    bench.pass(3600);
    bench.store_fails.set(1);
    assert_eq!(words(&bench.get()), ["Store"]);
    assert_eq!(bench.log(), "load Begin load publish done");
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
