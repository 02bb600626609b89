//! The database keeps the contract, its secrets, and its privacy.

use std::fs::File;

use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::token::TokenSet;
use tegata_system::OsRandom;
use tegata_tokens::Error;
use tegata_tokens::RefreshPolicy;
use tegata_tokens::conformance;
use tegata_tokens::grant::AccessKey;
use tegata_tokens::machine::{
    Consent, Input, Machine, Refresh, Reply, Rules, Step, Sweep, Want, World,
};
use tegata_tokens::vault::{SealingKey, VaultFault};

use super::*;

fn key(byte: u8) -> SealingKey {
    SealingKey::from_bytes([byte; 32])
}

fn keys() -> KeyRing {
    KeyRing::new(key(7))
}

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// Drives a machine to its end, with a server that answers nothing.
fn drive(machine: &mut dyn Machine, store: &SqliteStore, grant: &GrantId) -> Vec<Reply> {
    let world = World { now: NOW, random: &OsRandom::new(), vault: store.vault() };
    let (mut input, mut replies) = (Input::Next, Vec::new());
    loop {
        input = match machine.advance(input, &world).unwrap() {
            Step::Apply(change) => Input::Applied(store.apply(grant, &change, NOW)),
            Step::Load => Input::Loaded(store.load(grant)),
            Step::Publish(reply) => {
                replies.push(reply);
                Input::Next
            }
            Step::Refresh(_) => panic!("nothing is old here"),
            Step::Done => return replies,
            _ => Input::Next,
        };
    }
}

fn sign_in(store: &SqliteStore, grant: &GrantId, access: &str, refresh: &str) {
    let tokens =
        TokenSet::new(AccessToken::new(access), NOW).with_refresh_token(RefreshToken::new(refresh));
    let rules = Rules::new(store.instance().clone(), RefreshPolicy::UNKNOWN);
    let mut machine = Consent::new(grant.clone(), tokens, Scope::empty(), rules);
    drive(&mut machine, store, grant);
}

fn access_token(store: &SqliteStore, grant: &GrantId) -> Result<String, Error> {
    let rules = Rules::new(store.instance().clone(), RefreshPolicy::UNKNOWN);
    let mut machine = Refresh::new(Want::new(grant.clone(), AccessKey::whole()), rules);
    match drive(&mut machine, store, grant).pop() {
        Some(Reply::Token(served)) => Ok(served.token().expose().to_owned()),
        Some(Reply::Failed(error)) => Err(error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let (one, other) =
        (SqliteStore::open(&path, keys()).unwrap(), SqliteStore::open(&path, keys()).unwrap());
    conformance::check(&one, &other).unwrap();
}

#[test]
fn loses_no_change_of_threads_and_connections_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let stores = [(); 2].map(|()| SqliteStore::open(&path, keys()).unwrap());
    let contend = |store| conformance::contend(store, 50).unwrap();
    let successes: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> =
            stores.iter().chain(&stores).map(|store| scope.spawn(move || contend(store))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let [store, _] = &stores;
    assert_eq!(conformance::contended(store).unwrap(), successes);
}

#[test]
fn is_on_the_disk_when_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db"), keys()).unwrap();
    let connection = store.connection();
    let synchronous: i64 =
        connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    let journal: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!((synchronous, journal.as_str()), (2, "wal"));
}

#[test]
fn shows_no_token_on_disk_and_none_to_other_users() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db"), keys()).unwrap();
    sign_in(&store, &GrantId::new("i", "c", "s"), "canary-access", "canary-refresh");
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        files += 1;
        assert!(!private::is_open_to_others(&File::open(entry.path()).unwrap()).unwrap());
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "{:?}", entry.path());
    }
    assert_eq!(files, 3, "the database, its log and its index");
}

#[test]
fn one_user_s_record_does_not_open_as_another_s() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db"), keys()).unwrap();
    let (mine, yours) = (GrantId::new("i", "c", "mine"), GrantId::new("i", "c", "yours"));
    sign_in(&store, &mine, "mine", "r1");
    sign_in(&store, &yours, "yours", "r2");
    assert_eq!(access_token(&store, &mine).unwrap(), "mine");
    store
        .connection()
        .execute(
            "UPDATE grants SET record = (SELECT record FROM grants WHERE subject = 'yours')
             WHERE subject = 'mine'",
            [],
        )
        .unwrap();
    let error = access_token(&store, &mine).unwrap_err();
    assert!(matches!(error, Error::Vault(VaultFault::Damaged)), "{error:?}");
}

#[test]
fn a_key_is_changed_while_the_store_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let grant = GrantId::new("i", "c", "s");
    sign_in(&SqliteStore::open(&path, KeyRing::new(key(1))).unwrap(), &grant, "a", "r");

    let new_alone = || SqliteStore::open(&path, KeyRing::new(key(2))).unwrap();
    let error = access_token(&new_alone(), &grant).unwrap_err();
    assert!(matches!(error, Error::Vault(VaultFault::UnknownKey(id)) if id == key(1).id()));

    let both = SqliteStore::open(&path, KeyRing::new(key(2)).with_old(key(1))).unwrap();
    assert_eq!(access_token(&both, &grant).unwrap(), "a");
    let before = both.load(&grant).unwrap().unwrap();
    let mut sweep = Sweep::new(grant.clone());
    drive(&mut sweep, &both, &grant);
    assert_eq!(sweep.swept(), Some(&Ok(())));
    let after = both.load(&grant).unwrap().unwrap();
    assert_eq!(after.generation(), before.generation(), "it does not look like a rotation");

    assert_eq!(access_token(&new_alone(), &grant).unwrap(), "a");
}

#[test]
fn refuses_a_database_of_a_later_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let store = SqliteStore::open(&path, keys()).unwrap();
    store.connection().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&path, keys()).unwrap_err();
    assert_eq!(*error.fault(), StoreFault::Newer);
}

#[test]
fn a_store_that_cannot_be_written_refuses_the_change_and_keeps_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db"), keys()).unwrap();
    let grant = GrantId::new("i", "c", "s");
    sign_in(&store, &grant, "a", "r");
    let before = store.load(&grant).unwrap();
    store.connection().pragma_update(None, "query_only", true).unwrap();
    let error = store.apply(&grant, &Change::Tombstone, NOW).unwrap_err();
    assert_eq!(*error.fault(), StoreFault::NotWritable);
    assert_eq!(store.load(&grant).unwrap(), before);
}

#[test]
fn a_full_disk_refuses_the_change_and_keeps_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db"), keys()).unwrap();
    let grant = GrantId::new("i", "c", "s");
    sign_in(&store, &grant, "a", "r");
    store.connection().pragma_update(None, "max_page_count", 1).unwrap();
    let full = (0..10_000).find_map(|number| {
        let grant = GrantId::new("i", "c", number.to_string());
        let change = first_change(&store, &grant);
        store.apply(&grant, &change, NOW).err()
    });
    assert_eq!(*full.unwrap().fault(), StoreFault::NotWritable);
    assert_eq!(access_token(&store, &grant).unwrap(), "a");
}

/// The change that a sign-in makes first.
fn first_change(store: &SqliteStore, grant: &GrantId) -> Change {
    let tokens = TokenSet::new(AccessToken::new("a".repeat(2048)), NOW);
    let rules = Rules::new(store.instance().clone(), RefreshPolicy::UNKNOWN);
    let mut machine = Consent::new(grant.clone(), tokens, Scope::empty(), rules);
    let world = World { now: NOW, random: &OsRandom::new(), vault: store.vault() };
    machine.advance(Input::Next, &world).unwrap();
    match machine.advance(Input::Loaded(Ok(None)), &world).unwrap() {
        Step::Apply(change) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dead_process_is_noticed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.db");
    let (one, other) =
        (SqliteStore::open(&path, keys()).unwrap(), SqliteStore::open(&path, keys()).unwrap());
    let name = other.instance().clone();
    assert_eq!(one.peer(&name), Peer::Alive);
    drop(other);
    assert_eq!(one.peer(&name), Peer::Dead);
}
