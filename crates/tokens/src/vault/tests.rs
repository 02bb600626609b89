//! What is sealed opens in its place, and nowhere else.

use proptest::prelude::*;

use super::*;

/// Randomness that counts: two nonces are never the same.
#[derive(Default)]
pub(crate) struct Counter(std::sync::atomic::AtomicU8);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        Ok(())
    }
}

struct Broken;

impl Random for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomUnavailable> {
        Err(RandomUnavailable::new())
    }
}

fn key(byte: u8) -> SealingKey {
    SealingKey::from_bytes([byte; 32])
}

fn vault() -> Vault {
    Vault::new("store", KeyRing::new(key(1)))
}

fn grant() -> GrantId {
    GrantId::new("issuer", "client", "subject")
}

fn place(grant: &GrantId) -> Place<'_> {
    Place { grant, generation: 3, field: Field::Refresh }
}

fn seal(vault: &Vault, secret: &str) -> Sealed {
    vault.seal(secret, place(&grant()), &Counter::default()).unwrap()
}

#[test]
fn opens_where_it_was_sealed() {
    let sealed = seal(&vault(), "secret");
    assert_eq!(vault().open(&sealed, place(&grant())).unwrap().as_str(), "secret");
    assert_eq!((sealed.generation(), sealed.key_id()), (Some(3), Some(key(1).id())));
}

#[test]
fn opens_nowhere_else() {
    let sealed = seal(&vault(), "secret");
    let (grant, other) = (grant(), grant().with_label("other"));
    let key = AccessKey::whole();
    let places = [
        ("another grant", Place { grant: &other, ..place(&grant) }),
        ("an earlier generation", Place { generation: 2, ..place(&grant) }),
        ("another field", Place { field: Field::IdToken, ..place(&grant) }),
        ("an access token", Place { field: Field::Access(&key), ..place(&grant) }),
    ];
    for (name, place) in places {
        assert_eq!(vault().open(&sealed, place), Err(VaultFault::Damaged), "{name}");
    }
    let vault_key = SealingKey::from_bytes([1; 32]);
    let elsewhere = Vault::new("another store", KeyRing::new(vault_key));
    assert_eq!(elsewhere.open(&sealed, place(&grant)), Err(VaultFault::Damaged));
}

#[test]
fn a_note_opens_under_its_name_alone() {
    let sealed = vault().seal_note("name", "secret", &Counter::default()).unwrap();
    assert_eq!(vault().open_note("name", &sealed).unwrap().as_str(), "secret");
    assert_eq!(vault().open_note("another", &sealed), Err(VaultFault::Damaged));
    let elsewhere = Vault::new("another store", KeyRing::new(key(1)));
    assert_eq!(elsewhere.open_note("name", &sealed), Err(VaultFault::Damaged));
    let grant = grant();
    let secret = Place { generation: 0, ..place(&grant) };
    assert_eq!(vault().open(&sealed, secret), Err(VaultFault::Damaged));
}

#[test]
fn one_access_token_does_not_open_as_another() {
    let (grant, whole) = (grant(), AccessKey::whole());
    let narrow = AccessKey::whole().with_resource("https://api.example.com");
    let place = |key| Place { field: Field::Access(key), ..place(&grant) };
    let sealed = vault().seal("secret", place(&whole), &Counter::default()).unwrap();
    assert_eq!(vault().open(&sealed, place(&narrow)), Err(VaultFault::Damaged));
    assert!(vault().open(&sealed, place(&whole)).is_ok());
}

#[test]
fn a_generation_that_was_rewritten_does_not_open() {
    let mut bytes = seal(&vault(), "secret").as_bytes().to_vec();
    bytes[8] = 4;
    let grant = grant();
    let later = Place { generation: 4, ..place(&grant) };
    assert_eq!(vault().open(&Sealed::from_bytes(bytes), later), Err(VaultFault::Damaged));
}

#[test]
fn an_old_key_opens_and_is_outdated() {
    let sealed = seal(&vault(), "secret");
    let ring = KeyRing::new(key(2)).with_old(key(1));
    let newer = Vault::new("store", ring);
    assert!(newer.open(&sealed, place(&grant())).is_ok());
    assert!(newer.is_outdated(&sealed) && !vault().is_outdated(&sealed));
    let without = Vault::new("store", KeyRing::new(key(2)));
    assert_eq!(without.open(&sealed, place(&grant())), Err(VaultFault::UnknownKey(key(1).id())));
}

#[test]
fn what_is_not_sealed_does_not_pass_for_sealed() {
    let plain = seal(&Vault::dangerous_plaintext(), "secret");
    assert_eq!(vault().open(&plain, place(&grant())), Err(VaultFault::NotSealed));
    assert!(vault().is_outdated(&plain), "a sweep reports it");
    let opened = Vault::dangerous_plaintext().open(&plain, place(&grant())).unwrap();
    assert_eq!(opened.as_str(), "secret");
}

#[test]
fn a_form_of_a_later_version_is_not_guessed_at() {
    let mut bytes = seal(&vault(), "secret").as_bytes().to_vec();
    bytes[0] = 2;
    let fault = vault().open(&Sealed::from_bytes(bytes), place(&grant())).unwrap_err();
    assert_eq!(fault, VaultFault::UnknownForm);
}

#[test]
fn without_randomness_nothing_is_sealed() {
    assert!(vault().seal("secret", place(&grant()), &Broken).is_err());
}

#[test]
fn shows_neither_key_nor_secret() {
    let plain = seal(&Vault::dangerous_plaintext(), "canary");
    let shown = format!("{:?} {:?} {:?}", plain, vault(), key(0x41));
    assert!(!shown.contains("canary") && !shown.contains("65, 65") && !shown.contains("AAAA"));
}

#[test]
fn a_key_reads_back_from_its_text() {
    let text = key(9).to_base64();
    assert_eq!(SealingKey::from_base64(&format!(" {}\n", *text)).unwrap().id(), key(9).id());
    for text in ["", "AAAA", "not base64 at all", &"A".repeat(100)] {
        assert!(SealingKey::from_base64(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_change_of_a_byte_is_noticed(index in 0_usize..90, bit in 0_u8..8) {
        let mut bytes = seal(&vault(), "a refresh token of some length, see").as_bytes().to_vec();
        let index = index % bytes.len();
        bytes[index] ^= 1 << bit;
        prop_assert!(vault().open(&Sealed::from_bytes(bytes), place(&grant())).is_err());
    }

    #[test]
    fn any_bytes_are_an_error_and_not_a_panic(bytes: Vec<u8>) {
        let sealed = Sealed::from_bytes(bytes);
        let _ = (sealed.key_id(), sealed.generation());
        prop_assert!(vault().open(&sealed, place(&grant())).is_err());
    }
}
