//! The contract of [`TokenStore`], to be run against any store.
//!
//! A store of your own proves itself in a test:
//!
//! ```
//! use tegata_tokens::conformance;
//! use tegata_tokens::store::MemoryStore;
//!
//! let store = MemoryStore::new();
//! conformance::check(&store, &store)?; // better: two connections to one database
//!
//! let successes: u64 = std::thread::scope(|scope| {
//!     let threads: Vec<_> =
//!         (0..4).map(|_| scope.spawn(|| conformance::contend(&store, 100))).collect();
//!     threads.into_iter().map(|thread| thread.join().unwrap()).sum::<Result<u64, _>>()
//! })?;
//! assert_eq!(conformance::contended(&store)?, successes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An async store is checked through [`BlockOn`](crate::store::BlockOn). What no test can show is
//! that a write survives a power cut: read your engine's manual for that.

use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use crate::change::{Begin, Change, Commit, Consent, Effect, Issue, Outcome, Reason, Verdict};
use crate::grant::{AccessKey, GrantId, Instance, Whose};
use crate::policy::OldAccess;
use crate::record::{Record, TOMBSTONE_LIFE};
use crate::store::{Peer, StoreError, TokenStore};
use crate::vault::Sealed;

/// A store broke its contract.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// This does not hold.
    #[error("the store breaks a rule: {0}")]
    Rule(&'static str),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
}

/// Checks a store that is empty. `other` is a second way to the same store: another connection, or
/// the same one where there cannot be two.
///
/// # Errors
///
/// [`Violation`]: the first rule that does not hold.
pub fn check(one: &dyn TokenStore, other: &dyn TokenStore) -> Result<(), Violation> {
    starts_empty(one)?;
    keeps_what_is_written(one, other)?;
    runs_each_change_in_one_piece(one, other)?;
    keeps_grants_apart(one, other)?;
    lists_in_order_and_in_pages(one)?;
    finds_what_is_due(one, other)?;
    removes(one, other)?;
    knows_its_peers(one)
}

/// Makes `rounds` changes that only one of all contenders can make each. Run it from several
/// threads and processes at once on one store; then the sum of the results is [`contended`].
///
/// # Errors
///
/// [`StoreError`] of the store.
pub fn contend(store: &dyn TokenStore, rounds: u32) -> Result<u64, StoreError> {
    let mut successes = 0_u64;
    for _ in 0..rounds {
        let seen = store.load(&arena())?.map(|record| record.generation);
        let outcome = store.apply(&arena(), &consent(seen, b"x"), NOW)?;
        successes = successes.saturating_add(u64::from(outcome.verdict == Verdict::Applied));
    }
    Ok(successes)
}

/// How many changes of [`contend`] the store has kept.
///
/// # Errors
///
/// [`StoreError`] of the store.
pub fn contended(store: &dyn TokenStore) -> Result<u64, StoreError> {
    Ok(store.load(&arena())?.map_or(0, |record| record.generation))
}

fn starts_empty(store: &dyn TokenStore) -> Result<(), Violation> {
    let grant = grant("nobody");
    hold("a new store is empty", store.list(None, 1)?.is_empty())?;
    hold("an absent grant loads as none", store.load(&grant)?.is_none())?;
    for change in [begin(None, None), commit(0, 0, None), Change::Tombstone, Change::Tend] {
        let outcome = store.apply(&grant, &change, NOW)?;
        hold("a change of an absent grant is Absent", outcome.verdict == Verdict::Absent)?;
    }
    hold("a change of an absent grant writes nothing", store.load(&grant)?.is_none())
}

fn keeps_what_is_written(one: &dyn TokenStore, other: &dyn TokenStore) -> Result<(), Violation> {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(64 * 1024).collect();
    for secret in [b"".as_slice(), b"\0", b"'; --", "手形".as_bytes(), &every_byte] {
        let grant = grant("keeps");
        let seen = one.load(&grant)?.map(|record| record.generation);
        let written = one.apply(&grant, &consent(seen, secret), NOW)?.record;
        hold("a consent is written", written.is_some())?;
        hold("what is written is read, to the last byte", one.load(&grant)? == written)?;
        hold("another connection reads it at once", other.load(&grant)? == written)?;
    }
    Ok(())
}

fn runs_each_change_in_one_piece(
    one: &dyn TokenStore,
    other: &dyn TokenStore,
) -> Result<(), Violation> {
    let grant = &grant("steps");
    let generation = written(one, grant, &consent(None, b"r"))?.generation;
    let seen = one.load(grant)?.and_then(|record| access_revision(&record));

    let acquired = written(one, grant, &begin(seen, None))?;
    let busy = other.apply(grant, &begin(seen, None), NOW)?;
    hold("one of two acquires the lease", matches!(busy.verdict, Verdict::Busy { .. }))?;
    hold("a step that is refused writes nothing", one.load(grant)?.as_ref() == Some(&acquired))?;

    let taken = written(other, grant, &begin(seen, Some(acquired.attempts)))?;
    hold("a lease is taken over by its number", taken.attempts > acquired.attempts)?;
    let again = one.apply(grant, &begin(seen, Some(acquired.attempts)), NOW)?;
    hold("a lease is taken over once", matches!(again.verdict, Verdict::Busy { .. }))?;

    // The first owner was overtaken and holds the result: its generation counts, not its lease.
    let late = written(one, grant, &commit(generation, acquired.attempts, Some(b"r2")))?;
    hold("a rotation counts the generation on", late.generation > generation)?;
    let superseded = other.apply(grant, &commit(generation, taken.attempts, Some(b"r3")), NOW)?;
    hold("a result of an old generation is dropped", superseded.verdict == Verdict::Superseded)?;
    hold("and leaves the record as it is", other.load(grant)?.as_ref() == Some(&late))?;

    let buried = written(one, grant, &Change::Tombstone)?;
    let refused = other.apply(grant, &commit(late.generation, 0, Some(b"r4")), NOW)?;
    hold("a tombstone wins over a late result", refused.verdict == Verdict::Tombstoned)?;
    hold("an outcome has the record as it is", refused.record.as_ref() == Some(&buried))
}

fn keeps_grants_apart(one: &dyn TokenStore, other: &dyn TokenStore) -> Result<(), Violation> {
    let subjects = ["a", "A", "a ", "", "a%", "a_", "ａ", "á", "a\u{301}", "a\0", "1:a", "a'"];
    for subject in subjects {
        let grant = GrantId::new("https://apart.example", "c", subject);
        written(one, &grant, &consent(None, subject.as_bytes()))?;
    }
    for subject in subjects {
        let grant = GrantId::new("https://apart.example", "c", subject);
        let record = other.load(&grant)?;
        let sealed = record.and_then(|record| record.refresh);
        let expected = Sealed::from_bytes(subject.as_bytes().to_vec());
        hold("similar names are different grants", sealed == Some(expected))?;
        other.apply(&grant, &Change::Forget, NOW)?;
    }
    Ok(())
}

fn lists_in_order_and_in_pages(store: &dyn TokenStore) -> Result<(), Violation> {
    for name in ["l3", "l1", "l2"] {
        written(store, &grant(name), &consent(None, b"r"))?;
    }
    let all = store.list(None, usize::MAX)?;
    hold("the list is in the order of the keys", all.is_sorted_by_key(GrantId::key))?;
    hold("the list is complete", ["l1", "l2", "l3"].map(grant).iter().all(|g| all.contains(g)))?;
    let mut paged: Vec<GrantId> = Vec::new();
    while let page @ [_, ..] = store.list(paged.last(), 2)?.as_slice() {
        hold("a page is not longer than asked for", page.len() <= 2)?;
        hold("a page goes on behind the last", paged.len() < all.len())?;
        paged.extend_from_slice(page);
    }
    hold("the pages are the list", paged == all)?;
    ["l1", "l2", "l3"].into_iter().try_for_each(|name| forget(store, name))
}

fn finds_what_is_due(one: &dyn TokenStore, other: &dyn TokenStore) -> Result<(), Violation> {
    for name in ["keeps", "steps"] {
        forget(one, name)?;
    }
    let ours = Whose::new("client", ["https://op.example"]);
    let due = |before, limit| other.due(&ours, before, limit);
    hold("nothing is due in an empty store", due(LATER, 10)?.is_empty())?;
    for (name, life) in [("d-late", 400), ("d-soon", 200), ("d-never", 0)] {
        let record = written(one, &grant(name), &consent_ending(life))?;
        let last = record.events.last().map_or(0, |event| event.sequence);
        written(one, &grant(name), &Change::Acknowledge { through: last })?;
    }
    hold("nothing is due before its time", due(NOW, 10)?.is_empty())?;
    hold("the longest due comes first", due(LATER, 10)? == [grant("d-soon"), grant("d-late")])?;
    hold("as many as asked for", due(LATER, 1)? == [grant("d-soon")])?;
    let others = [
        GrantId::new("https://op.example", "another client", "d-others"),
        GrantId::new("https://another.example", "client", "d-others"),
    ];
    // Their events are due since long before ours.
    for grant in &others {
        written(one, grant, &consent(None, b"o"))?;
    }
    hold("what is another client's is passed over", due(LATER, 1)? == [grant("d-soon")])?;
    for grant in &others {
        one.apply(grant, &Change::Forget, NOW)?;
    }
    ["d-late", "d-soon", "d-never"].into_iter().try_for_each(|name| forget(one, name))
}

fn removes(one: &dyn TokenStore, other: &dyn TokenStore) -> Result<(), Violation> {
    let grant = grant("removed");
    written(one, &grant, &consent(None, b"r"))?;
    let buried = written(one, &grant, &Change::Tombstone)?;
    written(one, &grant, &Change::Wipe { generation: buried.generation })?;
    let kept = one.apply(&grant, &Change::Tend, NOW)?;
    hold("a tombstone is kept for a day", kept.effect == Effect::Keep)?;
    let removed = one.apply(&grant, &Change::Tend, NOW.plus(TOMBSTONE_LIFE))?;
    hold("a tombstone is removed after a day", removed.effect == Effect::Remove)?;
    hold("what is removed is gone", other.load(&grant)?.is_none())?;
    hold("and not listed", !other.list(None, usize::MAX)?.contains(&grant))
}

fn knows_its_peers(store: &dyn TokenStore) -> Result<(), Violation> {
    hold("this process is not dead", store.peer(store.instance()) != Peer::Dead)?;
    let stranger = Instance::new("a name that no process has");
    hold("a process that never was is not alive", store.peer(&stranger) != Peer::Alive)
}

fn hold(rule: &'static str, holds: bool) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::Rule(rule)) }
}

fn written(store: &dyn TokenStore, grant: &GrantId, change: &Change) -> Result<Record, Violation> {
    let Outcome { verdict, record, .. } = store.apply(grant, change, NOW)?;
    hold("a step that may be made is made", verdict == Verdict::Applied)?;
    record.ok_or(Violation::Rule("an outcome has the record as it is"))
}

fn forget(store: &dyn TokenStore, name: &str) -> Result<(), Violation> {
    store.apply(&grant(name), &Change::Forget, NOW)?;
    hold("what is forgotten is gone", store.load(&grant(name))?.is_none())
}

fn grant(name: &str) -> GrantId {
    GrantId::new("https://op.example", "client", name).with_label("conformance")
}

fn arena() -> GrantId {
    grant("arena")
}

fn begin(seen: Option<u64>, takeover: Option<u64>) -> Change {
    Change::Begin(Begin {
        key: AccessKey::whole(),
        seen,
        reason: Reason::Age,
        instance: Instance::new("contender"),
        mark: None,
        lease: Duration::from_secs(15),
        takeover,
    })
}

fn commit(generation: u64, attempt: u64, refresh: Option<&[u8]>) -> Change {
    let issue = issue(refresh, None);
    Change::Commit(Commit { generation, attempt, issue, old_access: OldAccess::Lives })
}

fn consent(expect: Option<u64>, refresh: &[u8]) -> Change {
    let issue = issue(Some(refresh), None);
    Change::Consent(Consent { expect, issue, ..blank_consent() })
}

fn consent_ending(seconds: u64) -> Change {
    let end = (seconds > 0).then(|| NOW.plus(Duration::from_secs(seconds)));
    Change::Consent(Consent { issue: issue(Some(b"r"), end), ..blank_consent() })
}

fn blank_consent() -> Consent {
    Consent { expect: None, requested: Scope::empty(), issue: issue(None, None) }
}

fn issue(refresh: Option<&[u8]>, refresh_ends: Option<UnixTime>) -> Issue {
    Issue {
        key: AccessKey::whole(),
        access: Sealed::from_bytes(b"access\0".to_vec()),
        issued_at: NOW,
        expires_at: LATER,
        scope: Scope::empty(),
        refresh: refresh.map(|refresh| Sealed::from_bytes(refresh.to_vec())),
        refresh_ends,
        refresh_idles_out: None,
        id_token: None,
        warn_before: Duration::from_secs(60),
    }
}

fn access_revision(record: &Record) -> Option<u64> {
    record.access.get(&AccessKey::whole()).map(|access| access.revision)
}

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const LATER: UnixTime = UnixTime::from_seconds(1_800_003_600);

#[cfg(test)]
mod tests;
