//! The file keeps the contract, its secrets, and its privacy.

use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::token::TokenSet;
use tegata_system::OsRandom;
use tegata_tokens::RefreshPolicy;
use tegata_tokens::conformance;
use tegata_tokens::machine::{Consent, Input, Machine as _, Rules, Step, World};
use tegata_tokens::vault::SealingKey;

use super::*;

fn keys() -> KeyRing {
    KeyRing::new(SealingKey::from_bytes([7; 32]))
}

/// Stores the tokens of a sign-in.
fn sign_in(store: &FileStore, grant: &GrantId, refresh: &str) {
    let now = UnixTime::from_seconds(1_800_000_000);
    let tokens = TokenSet::new(AccessToken::new("canary-access"), now)
        .with_refresh_token(RefreshToken::new(refresh));
    let rules = Rules::new(store.instance().clone(), RefreshPolicy::UNKNOWN);
    let mut machine = Consent::new(grant.clone(), tokens, Scope::empty(), rules);
    let world = World { now, random: &OsRandom::new(), vault: store.vault() };
    let mut input = Input::Next;
    loop {
        input = match machine.advance(input, &world).unwrap() {
            Step::Apply(change) => Input::Applied(store.apply(grant, &change, now)),
            Step::Load => Input::Loaded(store.load(grant)),
            Step::Done => return,
            _ => Input::Next,
        };
    }
}

#[test]
fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let (one, other) =
        (FileStore::open(&path, keys()).unwrap(), FileStore::open(&path, keys()).unwrap());
    conformance::check(&one, &other).unwrap();
}

#[test]
fn loses_no_change_of_threads_and_handles_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let stores = [(); 2].map(|()| FileStore::open(&path, keys()).unwrap());
    let contend = |store| conformance::contend(store, 20).unwrap();
    let successes: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> =
            stores.iter().chain(&stores).map(|store| scope.spawn(move || contend(store))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let [store, _] = &stores;
    assert_eq!(conformance::contended(store).unwrap(), successes);
}

#[test]
fn shows_no_token_on_disk_and_none_to_other_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let store = FileStore::open(&path, keys()).unwrap();
    sign_in(&store, &GrantId::new("i", "c", "s"), "canary-refresh");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("refresh_token") && !text.contains("canary"));
    for name in ["tokens.json", "tokens.json.lock"] {
        let file = File::open(folder.path().join(name)).unwrap();
        assert!(!private::is_open_to_others(&file).unwrap(), "{name}");
    }
}

#[test]
fn seals_nothing_only_under_a_name_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let store = FileStore::dangerous_open_plaintext(&path).unwrap();
    assert!(!store.vault().seals());
    assert!(FileStore::open(&path, keys()).unwrap().vault().seals());
}

#[test]
fn refuses_a_file_that_is_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    for text in ["", "{}", "[]", r#"{"version":1,"store":"x"}"#, r#"{"version":1,"version":1}"#] {
        std::fs::write(&path, text).unwrap();
        let error = FileStore::open(&path, keys()).unwrap_err();
        assert!(matches!(error.fault(), StoreFault::Corrupt(_)), "{text}");
    }
    std::fs::write(&path, r#"{"version":2,"store":"x","grants":[]}"#).unwrap();
    assert_eq!(*FileStore::open(&path, keys()).unwrap_err().fault(), StoreFault::Newer);
}

#[test]
fn a_store_that_cannot_be_written_refuses_the_change_and_keeps_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let store = FileStore::open(&path, keys()).unwrap();
    let grant = GrantId::new("i", "c", "s");
    sign_in(&store, &grant, "r");
    let before = store.load(&grant).unwrap();
    // A directory in the place of the temporary file: not even root can write there.
    std::fs::create_dir(private::beside(&path, "new")).unwrap();
    let error = store.apply(&grant, &Change::Tombstone, UnixTime::from_seconds(0)).unwrap_err();
    assert_eq!(*error.fault(), StoreFault::NotWritable);
    assert_eq!(store.load(&grant).unwrap(), before);
}
