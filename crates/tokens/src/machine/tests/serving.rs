//! What callers get, and when a refresh is due for it.

use super::*;

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
fn an_imported_refresh_token_is_used_at_the_first_call() {
    let bench = Bench::new();
    let tokens = interchange::refresh_token_alone(RefreshToken::new("r1"), bench.time());
    bench.consent(&grant(), tokens);
    bench.answers("a2", Some("r2"));
    assert_eq!(words(&bench.get()), ["a2"]);
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
