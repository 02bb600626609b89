//! Revocation, ends in sight, and the events that tell of them.

use super::*;

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

/// A grant at Google, whose refresh token dies when it is not used for six months: three days before.
fn nearly_forgotten() -> Bench {
    let mut bench = Bench::new();
    bench.policy = RefreshPolicy::GOOGLE;
    bench.settings = Settings::default().with_keep_alive();
    bench.consent(&grant(), bench.tokens("a1", Some("r1")));
    bench.pass(177 * 86_400);
    bench
}

#[test]
fn a_grant_that_would_die_of_disuse_is_kept_alive_where_that_is_asked_for() {
    let bench = nearly_forgotten();
    assert_eq!(bench.due(), [grant()]);
    bench.answers("a2", None);
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    let ends = bench.record().refresh_ends().unwrap();
    assert_eq!(ends.since(bench.time()).as_secs(), 180 * 86_400);
    assert_eq!(bench.due(), []);
}

#[test]
fn a_grant_that_nobody_uses_is_left_to_its_end_unless_asked_for() {
    let mut bench = nearly_forgotten();
    bench.settings = Settings::default();
    bench.log.borrow_mut().clear();
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!(bench.log(), "load Tend deliver Acknowledge done");
}

#[test]
fn a_grant_that_cannot_be_kept_alive_is_warned_of() {
    let bench = nearly_forgotten();
    bench.fails(transport(TransportFault::Connect));
    bench.fails(transport(TransportFault::Connect));
    bench.fails(transport(TransportFault::Connect));
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    bench.log.borrow_mut().clear();
    bench.drive(&mut Tend::new(grant(), bench.rules()), &grant());
    assert_eq!(bench.log(), "load Tend deliver Acknowledge done");
}
