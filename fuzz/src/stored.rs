//! What is kept on disk and comes back changed: grant records, the file of a store, credentials of
//! other programs, exported grants.

use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;
use tegata_core::token;
use tegata_core::tolerance::Tolerance;
use tegata_store_file::FileStore;
use tegata_tokens::change::{Change, Effect};
use tegata_tokens::grant::{AccessKey, Instance, Whose};
use tegata_tokens::interchange::{AuthorizedUser, Export};
use tegata_tokens::machine::{self, Machine, Reply, Rules, Step, Want, World};
use tegata_tokens::record::Record;
use tegata_tokens::store::Peer;
use tegata_tokens::vault::{KeyRing, SealingKey, Vault};
use tegata_tokens::{GrantId, RefreshPolicy, TokenStore};
use tempfile::TempDir;

use crate::input::{Input, Ones, assert_hidden, response};

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

/// The first line is a record, the rest the answers to its refreshes, a line each. What is read is
/// written the same; every change of it reads back; and where everything is sealed, nothing that
/// the fuzzer made is served or sent.
pub fn record(data: &[u8]) {
    let mut input = Input::new(data);
    let Ok(record) = Record::decode(input.line()) else { return };
    assert_eq!(reads_back(&record), record);
    let (generation, retry_in) = (record.generation(), Duration::from_secs(60));
    for change in [
        Change::Acknowledge { through: record.events().first().map_or(0, |it| it.sequence) },
        Change::Forget,
        Change::Postpone { generation, retry_in },
        Change::Tend,
        Change::Tombstone,
        Change::Wipe { generation },
    ] {
        let outcome = change.apply(Some(&record), NOW);
        assert_eq!(outcome.effect == Effect::Remove, outcome.record.is_none());
        if let Some(changed) = outcome.record {
            assert!(changed.generation() >= record.generation(), "a grant went back in time");
            assert_eq!(reads_back(&changed), changed);
        }
    }
    let rest = input.rest();
    serve(record.clone(), &Vault::dangerous_plaintext(), rest);
    let sealed = Vault::new("store", KeyRing::new(SealingKey::from_bytes([7; 32])));
    assert!(!serve(record, &sealed, rest), "a forged token was believed");
}

fn reads_back(record: &Record) -> Record {
    let _ = (record.due(), record.refresh_ends(), format!("{record:?}"));
    Record::decode(&record.encode()).expect("what it writes")
}

/// Asks for an access token until there is one, and says whether a token of the record was used.
fn serve(record: Record, vault: &Vault, answers: &[u8]) -> bool {
    let grant = GrantId::new("https://op.example.com", "client", "s");
    let rules = Rules::new(Instance::new("me"), RefreshPolicy::UNKNOWN);
    let mut machine = machine::Refresh::new(Want::new(grant, AccessKey::whole()), rules);
    let (mut stored, mut now, mut used) = (Some(record), NOW, false);
    let (mut answers, mut requests) = (Input::new(answers), 0);
    let mut input = machine::Input::Next;
    for _ in 0..MOST_STEPS {
        let world = World { now, random: &Ones, vault };
        input = match machine.advance(input, &world).expect("each answer fits its step") {
            Step::Apply(change) => {
                let outcome = change.apply(stored.as_ref(), now);
                if outcome.effect != Effect::Keep {
                    stored.clone_from(&outcome.record);
                }
                machine::Input::Applied(Ok(outcome))
            }
            Step::Load => machine::Input::Loaded(Ok(stored.clone())),
            Step::Probe(_) => machine::Input::Peer(Peer::Dead),
            Step::Refresh(call) => {
                let shown = format!("{:?}", call.refresh_token);
                assert_eq!(shown, "RefreshToken([redacted])");
                used = true;
                requests += 1;
                assert!(requests <= MOST_REFRESHES, "a machine that asks and asks");
                let body = answers.line();
                let answer = response(if body.is_empty() { 503 } else { 200 }, JSON, body);
                machine::Input::Answered(token::read(&answer, &Tolerance::NONE, now))
            }
            Step::Revoke(_) => machine::Input::Revoked(Ok(())),
            Step::Sleep(time) => {
                now = now.plus(time.max(Duration::from_secs(1)));
                machine::Input::Next
            }
            Step::Publish(reply) => {
                used |= matches!(reply, Reply::Token(_));
                machine::Input::Next
            }
            Step::Done => break,
            _ => machine::Input::Next,
        };
    }
    used
}

/// A machine waits for another process at the most as long as its lease, which the fuzzer sets.
const MOST_STEPS: usize = 200;

/// Its patience is 30 seconds, and it waits between two.
const MOST_REFRESHES: usize = 30;

const JSON: &str = "application/json";

/// The file of a store, sealed and not: what is in it is listed, loaded and found, or refused.
pub fn file_store(data: &[u8]) {
    // A thread has a file of its own: the tests run at once.
    thread_local! {
        static STORES: (TempDir, [FileStore; 2]) = {
            let folder = TempDir::new().expect("a folder");
            let path = folder.path().join(FILE);
            let plain = FileStore::dangerous_open_plaintext(&path).expect("a file");
            let keys = KeyRing::new(SealingKey::from_bytes([7; 32]));
            let sealed = FileStore::open(&path, keys).expect("the same file");
            (folder, [plain, sealed])
        };
    }
    STORES.with(|(folder, stores)| {
        std::fs::write(folder.path().join(FILE), data).expect("a file");
        stores.iter().for_each(|store| look_through(store, data));
    });
}

const FILE: &str = "tokens.json";

fn look_through(store: &FileStore, data: &[u8]) {
    let grants = store.list(None, usize::MAX);
    let ours = Whose::new("c", ["https://op.example.com"]);
    let due = store.due(&ours, UnixTime::from_seconds(i64::MAX), usize::MAX);
    assert_eq!(grants.is_ok(), due.is_ok());
    let (Ok(grants), Ok(due)) = (grants, due) else { return };
    assert!(grants.len() <= data.len() && due.len() <= grants.len());
    for grant in &grants {
        let record = store.load(grant).expect("it was listed").expect("it was listed");
        assert_eq!(reads_back(&record), record);
        let world = World { now: NOW, random: &Ones, vault: store.vault() };
        let export = Export::from_record(grant, &record, &world);
        assert!(store.vault().seals() <= !matches!(export, Ok(Some(_))), "a forged token");
    }
}

/// What is read is written so that it reads the same, and an error shows no secret.
pub fn authorized_user(data: &[u8]) {
    let read = AuthorizedUser::parse(data);
    let shown = match &read {
        Ok(user) => {
            let again = AuthorizedUser::parse(user.to_json().as_bytes());
            assert_eq!(again.as_ref().ok(), Some(user));
            format!("{user:?}")
        }
        Err(error) => format!("{error:?} {error}"),
    };
    hides(&shown, data, &["client_secret", "refresh_token", "token"]);
}

/// As above, for our own form.
pub fn export(data: &[u8]) {
    let read = Export::parse(data);
    let shown = match &read {
        Ok(export) => {
            let again = Export::parse(export.to_json().as_bytes());
            assert_eq!(again.as_ref().ok(), Some(export));
            let _: &Scope = &export.requested;
            format!("{export:?}")
        }
        Err(error) => format!("{error:?} {error}"),
    };
    hides(&shown, data, &["refresh_token", "access_token"]);
}

fn hides(shown: &str, data: &[u8], members: &[&str]) {
    let Ok(object) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    for member in members {
        if let Some(secret) = object[member].as_str() {
            assert_hidden(shown, secret, data);
        }
    }
}
