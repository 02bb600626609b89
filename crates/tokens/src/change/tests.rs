//! Each transition of a grant, and each that is refused.

use super::*;
use crate::event::EventKind;
use crate::record::{State, TOMBSTONE_LIFE};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const LEASE: Duration = Duration::from_secs(14);

fn later(seconds: u64) -> UnixTime {
    NOW.plus(Duration::from_secs(seconds))
}

fn issue(refresh: Option<&str>) -> Issue {
    let sealed = |text: &str| Sealed::from_bytes(text.as_bytes().to_vec());
    Issue {
        key: AccessKey::whole(),
        access: sealed("access"),
        issued_at: NOW,
        expires_at: later(3600),
        scope: Scope::parse("a b").unwrap(),
        refresh: refresh.map(sealed),
        refresh_ends: None,
        refresh_idles_out: None,
        id_token: None,
        warn_before: Duration::from_secs(60),
    }
}

fn consent(expect: Option<u64>, issue: Issue) -> Change {
    Change::Consent(Consent { expect, requested: Scope::parse("a b c").unwrap(), issue })
}

fn begin(record: &Record, instance: &str, takeover: Option<u64>) -> Change {
    Change::Begin(Begin {
        key: AccessKey::whole(),
        seen: record.access.get(&AccessKey::whole()).map(|access| access.revision),
        reason: Reason::Age,
        instance: Instance::new(instance),
        mark: None,
        lease: LEASE,
        takeover,
    })
}

fn commit(generation: u64, attempt: u64, refresh: Option<&str>) -> Change {
    let old_access = OldAccess::Lives;
    Change::Commit(Commit { generation, attempt, issue: issue(refresh), old_access })
}

fn fail(record: &Record, attempt: u64, failure: Failure) -> Change {
    let (generation, retry_in) = (record.generation, Duration::from_secs(5));
    Change::Fail(Fail { generation, attempt, failure, retry_in })
}

/// Makes a change that must be made.
fn made(change: &Change, record: Option<&Record>) -> Record {
    let outcome = change.apply(record, NOW);
    assert_eq!((outcome.verdict, outcome.effect), (Verdict::Applied, Effect::Write), "{change:?}");
    let after = outcome.record.unwrap();
    assert_eq!(after.revision, record.map_or(0, |record| record.revision) + 1);
    after
}

/// Makes a change that must not be made.
fn refused(change: &Change, record: &Record) -> Verdict {
    let outcome = change.apply(Some(record), NOW);
    assert_eq!((outcome.effect, outcome.record.as_ref()), (Effect::Keep, Some(record)));
    outcome.verdict
}

fn active() -> Record {
    made(&consent(None, issue(Some("r1"))), None)
}

fn refreshing() -> Record {
    let record = active();
    made(&begin(&record, "one", None), Some(&record))
}

fn attempt(record: &Record) -> &crate::record::Attempt {
    match &record.state {
        State::Refreshing(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_begins_and_the_others_are_told_how_long_it_takes() {
    let record = refreshing();
    let verdict = refused(&begin(&record, "other", None), &record);
    assert_eq!(verdict, Verdict::Busy { remaining: LEASE });
}

#[test]
fn a_clock_that_was_set_back_does_not_make_a_lease_longer() {
    let record = refreshing();
    let before = NOW.minus(Duration::from_secs(100_000));
    let outcome = begin(&record, "other", None).apply(Some(&record), before);
    assert_eq!(outcome.verdict, Verdict::Busy { remaining: LEASE });
}

#[test]
fn a_lease_that_is_over_by_the_clock_is_not_taken_without_its_number() {
    let record = refreshing();
    let outcome = begin(&record, "other", None).apply(Some(&record), later(1_000));
    assert_eq!(outcome.verdict, Verdict::Busy { remaining: Duration::ZERO });
    let number = attempt(&record).number;
    assert!(matches!(
        refused(&begin(&record, "other", Some(number - 1)), &record),
        Verdict::Busy { .. }
    ));
    let taken = made(&begin(&record, "other", Some(number)), Some(&record));
    assert!(attempt(&taken).replay && attempt(&taken).number > number);
}

#[test]
fn who_looked_at_an_older_access_token_does_not_begin() {
    let record = refreshing();
    let stale = begin(&record, "other", None);
    let number = attempt(&record).number;
    let record = made(&commit(record.generation, number, Some("r2")), Some(&record));
    assert_eq!(refused(&stale, &record), Verdict::Fresh);
}

#[test]
fn a_first_attempt_is_no_replay_and_one_after_an_unknown_end_is() {
    let record = refreshing();
    assert!(!attempt(&record).replay);
    let ambiguous = made(&fail(&record, 1, Failure::Unknown), Some(&record));
    assert_eq!(ambiguous.state, State::Ambiguous);
    let again = begin(&ambiguous, "one", None).apply(Some(&ambiguous), later(5)).record.unwrap();
    assert!(attempt(&again).replay);
}

#[test]
fn a_replay_that_does_not_come_through_leaves_the_first_attempt_open() {
    let record = refreshing();
    let record = made(&begin(&record, "other", Some(1)), Some(&record));
    for failure in [Failure::NotSent, Failure::TryLater, Failure::Client, Failure::Unknown] {
        let after = made(&fail(&record, 2, failure), Some(&record));
        assert_eq!(after.state, State::Ambiguous, "{failure:?}");
    }
    let first = refreshing();
    for failure in [Failure::NotSent, Failure::TryLater, Failure::Client] {
        let after = made(&fail(&first, 1, failure), Some(&first));
        assert_eq!(after.state, State::Active, "{failure:?}");
    }
}

#[test]
fn a_failure_keeps_everybody_away_for_a_while() {
    let record = refreshing();
    let failed = made(&fail(&record, 1, Failure::TryLater), Some(&record));
    assert_eq!((failed.failures, failed.next_try), (1, Some(later(5))));
    assert_eq!(refused(&begin(&failed, "other", None), &failed), Verdict::Backoff);
    let outcome = begin(&failed, "other", None).apply(Some(&failed), later(5));
    assert_eq!(outcome.verdict, Verdict::Applied);
}

#[test]
fn a_pause_that_a_wrong_clock_noted_does_not_count() {
    let record = refreshing();
    let failed = made(&fail(&record, 1, Failure::TryLater), Some(&record));
    let set_back = |seconds| NOW.minus(Duration::from_secs(seconds));
    let verdict = |now| begin(&failed, "other", None).apply(Some(&failed), now).verdict;
    assert_eq!(verdict(set_back(60)), Verdict::Backoff);
    assert_eq!(verdict(set_back(86_400)), Verdict::Applied);
}

#[test]
fn invalid_grant_counts_only_from_the_owner() {
    let record = refreshing();
    let taken = made(&begin(&record, "other", Some(1)), Some(&record));
    assert_eq!(refused(&fail(&taken, 1, Failure::InvalidGrant), &taken), Verdict::Superseded);
    let dead = made(&fail(&taken, 2, Failure::InvalidGrant), Some(&taken));
    assert_eq!(dead.state, State::Reauth);
    assert_eq!(dead.events.last().unwrap().kind, EventKind::NeedsConsent);
    assert_eq!(refused(&begin(&dead, "one", None), &dead), Verdict::NeedsConsent);
}

#[test]
fn invalid_grant_does_not_touch_a_newer_generation() {
    let old = refreshing();
    let record = made(&commit(1, 1, Some("r2")), Some(&old));
    let record = made(&begin(&record, "one", None), Some(&record));
    assert_eq!(refused(&fail(&old, 1, Failure::InvalidGrant), &record), Verdict::Superseded);
    let same_number = fail(&old, 2, Failure::InvalidGrant);
    assert_eq!(refused(&same_number, &record), Verdict::Superseded);
}

#[test]
fn a_result_counts_by_the_generation_it_consumed_and_not_by_the_lease() {
    let record = refreshing();
    let taken = made(&begin(&record, "other", Some(1)), Some(&record));
    let dead = made(&fail(&taken, 2, Failure::InvalidGrant), Some(&taken));
    for (name, record) in [("overtaken", &taken), ("given up", &dead)] {
        let after = made(&commit(1, 1, Some("r2")), Some(record));
        assert_eq!((after.generation, &after.state), (2, &State::Active), "{name}");
        let second = refused(&commit(1, 2, Some("r3")), &after);
        assert_eq!(second, Verdict::Superseded, "{name}");
    }
}

#[test]
fn a_late_result_without_rotation_leaves_the_lease_to_who_is_under_way() {
    let record = refreshing();
    let taken = made(&begin(&record, "other", Some(1)), Some(&record));
    let after = made(&commit(1, 1, None), Some(&taken));
    assert_eq!((after.generation, attempt(&after).number), (1, 2));
    let own = made(&commit(1, 2, None), Some(&after));
    assert_eq!(own.state, State::Active);
}

#[test]
fn a_result_ends_the_counting_of_failures() {
    let record = refreshing();
    let record = made(&fail(&record, 1, Failure::NotSent), Some(&record));
    let after = made(&commit(1, 1, Some("r2")), Some(&record));
    assert_eq!((after.failures, after.next_try), (0, None));
}

#[test]
fn where_a_refresh_kills_the_old_access_tokens_they_are_dropped() {
    let record = active();
    let other = AccessKey::whole().with_resource("https://api.example");
    let narrow = |old_access| {
        let issue = Issue { key: other.clone(), ..issue(Some("r2")) };
        let commit = Commit { generation: 1, attempt: 1, issue, old_access };
        made(&Change::Commit(commit), Some(&record)).access.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(narrow(OldAccess::Lives), [AccessKey::whole(), other.clone()]);
    assert_eq!(narrow(OldAccess::Dies), std::slice::from_ref(&other));
}

#[test]
fn an_access_token_that_has_ended_is_not_kept() {
    let record = active();
    let key = AccessKey::whole().with_resource("https://api.example");
    let issue = Issue { key: key.clone(), expires_at: later(9_000), ..issue(None) };
    let old_access = OldAccess::Lives;
    let commit = Change::Commit(Commit { generation: 1, attempt: 1, issue, old_access });
    let after = commit.apply(Some(&record), later(4_000)).record.unwrap();
    assert_eq!(after.access.into_keys().collect::<Vec<_>>(), [key]);
}

#[test]
fn an_answer_that_is_silent_about_the_end_leaves_the_end_as_it_was() {
    let ends = Issue { refresh_ends: Some(later(1_000)), ..issue(Some("r1")) };
    let record = made(&consent(None, ends), None);
    let after = made(&commit(1, 1, Some("r2")), Some(&record));
    assert_eq!(after.refresh_ends(), Some(later(1_000)));
    let unknown = made(&consent(Some(2), issue(Some("r3"))), Some(&after));
    assert_eq!(unknown.refresh_ends(), None, "of another refresh token");
}

#[test]
fn the_earlier_of_both_ends_counts() {
    let idle = |seconds| Issue {
        refresh_ends: Some(later(1_000)),
        refresh_idles_out: Some(later(seconds)),
        ..issue(Some("r1"))
    };
    for (seconds, end) in [(500, 500), (2_000, 1_000)] {
        let record = made(&consent(None, idle(seconds)), None);
        assert_eq!(record.refresh_ends(), Some(later(end)));
    }
}

#[test]
fn consent_follows_what_was_seen_or_is_refused() {
    let record = active();
    assert_eq!(refused(&consent(None, issue(Some("r2"))), &record), Verdict::Superseded);
    assert_eq!(refused(&consent(Some(0), issue(Some("r2"))), &record), Verdict::Superseded);
    assert_eq!(made(&consent(Some(1), issue(Some("r2"))), Some(&record)).generation, 2);
    let outcome = consent(Some(1), issue(Some("r2"))).apply(None, NOW);
    assert_eq!((outcome.verdict, outcome.record), (Verdict::Superseded, None));
}

#[test]
fn consent_without_a_refresh_token_does_not_revive_a_dead_one() {
    let record = refreshing();
    let dead = made(&fail(&record, 1, Failure::InvalidGrant), Some(&record));
    let after = made(&consent(Some(1), issue(None)), Some(&dead));
    assert_eq!(after.state, State::Reauth);
    assert!(after.is_refreshable(), "it is kept all the same");
    assert_eq!(made(&consent(Some(1), issue(Some("r2"))), Some(&dead)).state, State::Active);
}

#[test]
fn a_tombstone_wins_over_everything_but_consent() {
    let record = refreshing();
    let buried = made(&Change::Tombstone, Some(&record));
    assert_eq!((buried.generation, &buried.state), (2, &State::Revoking));
    assert!(buried.is_refreshable() && buried.access.is_empty());
    let wiped = made(&Change::Wipe { generation: 2 }, Some(&buried));
    assert!(!wiped.is_refreshable());
    for record in [&buried, &wiped] {
        for generation in [1, 2] {
            let verdict = refused(&commit(generation, 1, Some("r2")), record);
            assert_eq!(verdict, Verdict::Tombstoned);
        }
        assert_eq!(refused(&begin(record, "one", None), record), Verdict::Tombstoned);
        assert_eq!(refused(&fail(record, 1, Failure::NotSent), record), Verdict::Superseded);
        assert_eq!(refused(&Change::Tombstone, record), Verdict::Applied);
        let back = made(&consent(Some(2), issue(Some("r9"))), Some(record));
        assert_eq!((back.generation, &back.state), (4, &State::Active));
    }
}

#[test]
fn what_is_done_to_a_tombstone_does_not_touch_the_consent_after_it() {
    let record = active();
    let buried = made(&Change::Tombstone, Some(&record));
    let back = made(&consent(Some(2), issue(Some("r9"))), Some(&buried));
    let wipe = Change::Wipe { generation: 2 };
    let postpone = Change::Postpone { generation: 2, retry_in: LEASE };
    assert_eq!(refused(&wipe, &back), Verdict::Superseded);
    assert_eq!(refused(&postpone, &back), Verdict::Superseded);
    let buried_again = made(&Change::Tombstone, Some(&back));
    assert_eq!(refused(&wipe, &buried_again), Verdict::Superseded);
    assert_eq!(refused(&postpone, &buried_again), Verdict::Superseded);
}

#[test]
fn a_grant_without_a_refresh_token_has_nothing_to_revoke_at_the_server() {
    let record = made(&consent(None, issue(None)), None);
    assert_eq!(refused(&begin(&record, "one", None), &record), Verdict::NeedsConsent);
    let buried = made(&Change::Tombstone, Some(&record));
    assert_eq!(buried.state, State::Revoked { at: NOW });
}

#[test]
fn a_tombstone_is_removed_after_a_day_and_nothing_else_ever_is() {
    let record = active();
    let buried = made(&Change::Tombstone, Some(&record));
    let wiped = made(&Change::Wipe { generation: 2 }, Some(&buried));
    let tend = |record: &Record, now| Change::Tend.apply(Some(record), now).effect;
    assert_eq!(tend(&wiped, NOW.plus(TOMBSTONE_LIFE)), Effect::Remove);
    assert_eq!(tend(&wiped, NOW.plus(TOMBSTONE_LIFE / 2)), Effect::Keep);
    let years = NOW.plus(TOMBSTONE_LIFE * 1_000);
    assert_eq!((tend(&record, years), tend(&buried, years)), (Effect::Keep, Effect::Keep));
}

#[test]
fn resealing_is_no_rotation_and_gives_way_to_every_write() {
    let record = active();
    let reseal = Change::Reseal(Reseal {
        revision: record.revision,
        refresh: Some(Sealed::from_bytes(b"again".to_vec())),
        id_token: None,
        access: Vec::new(),
    });
    let after = made(&reseal, Some(&record));
    assert_eq!((after.generation, after.refresh != record.refresh), (1, true));
    assert_eq!(refused(&reseal, &after), Verdict::Superseded);
}

#[test]
fn events_are_numbered_upwards_and_the_oldest_give_way() {
    let mut record = active();
    for round in 0..200 {
        record = made(&commit(record.generation, 0, Some("r")), Some(&record));
        if round == 50 {
            let through = record.events.last().unwrap().sequence;
            record = made(&Change::Acknowledge { through }, Some(&record));
            assert_eq!(record.events, []);
        }
    }
    assert_eq!(record.events.len(), 64);
    assert!(record.events.is_sorted_by(|one, next| one.sequence < next.sequence));
    assert_eq!(record.due(), Some(UnixTime::from_seconds(0)));
}

#[test]
fn what_is_left_by_others_is_due() {
    let quiet = |record: &Record| {
        let through = record.events.last().map_or(0, |event| event.sequence);
        made(&Change::Acknowledge { through }, Some(record)).due()
    };
    let record = refreshing();
    assert_eq!(quiet(&active()), None);
    assert_eq!(quiet(&record), Some(NOW));
    assert_eq!(quiet(&made(&fail(&record, 1, Failure::Unknown), Some(&record))), Some(later(5)));
    let buried = made(&Change::Tombstone, Some(&record));
    assert_eq!(quiet(&buried), Some(UnixTime::from_seconds(0)));
    let wiped = made(&Change::Wipe { generation: 2 }, Some(&buried));
    assert_eq!(quiet(&wiped), Some(NOW.plus(TOMBSTONE_LIFE)));
    let ends = Issue { refresh_ends: Some(later(1_000)), ..issue(Some("r1")) };
    assert_eq!(quiet(&made(&consent(None, ends), None)), Some(later(940)));
}
