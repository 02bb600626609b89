//! What is written reads back; what was not written here is refused.

use proptest::prelude::*;

use super::*;

fn record() -> Record {
    let at = UnixTime::from_seconds;
    let access = |token: &[u8]| Access {
        token: Sealed::from_bytes(token.to_vec()),
        revision: 7,
        scope: Scope::parse("a b").unwrap(),
        issued_at: at(1),
        expires_at: at(3601),
    };
    let narrow = AccessKey::whole().with_resource("r").with_scope(&Scope::parse("b a").unwrap());
    Record {
        generation: 3,
        revision: u64::MAX,
        attempts: 5,
        state: State::Refreshing(Attempt {
            owner: Instance::new("someone"),
            number: 5,
            mark: Some(u64::MAX),
            at: at(10),
            until: at(24),
            replay: true,
        }),
        refresh: Some(Sealed::from_bytes(vec![0, 255, 1])),
        id_token: Some(Sealed::from_bytes(vec![])),
        access: BTreeMap::from([(AccessKey::whole(), access(b"1")), (narrow, access(b"2"))]),
        requested: Scope::parse("a b c").unwrap(),
        granted: Scope::parse("a b").unwrap(),
        next_try: Some(at(-5)),
        failures: 2,
        forced_at: Some(at(6)),
        refresh_ends: Some(at(i64::MAX)),
        refresh_idles_out: None,
        warn_at: Some(at(9)),
        events: vec![
            Event { sequence: 8, generation: 3, kind: EventKind::NewTokens },
            Event { sequence: 9, generation: 3, kind: EventKind::GrantExpiring { at: at(77) } },
        ],
    }
}

#[test]
fn reads_back_what_it_wrote_in_every_state() {
    let at = UnixTime::from_seconds(5);
    let states =
        [State::Active, State::Ambiguous, State::Reauth, State::Revoked { at }, State::Revoking];
    for state in states.into_iter().chain([record().state]) {
        let record = Record { state, ..record() };
        assert_eq!(Record::decode(&record.encode()), Ok(record));
    }
}

#[test]
fn refuses_a_later_version() {
    let text = String::from_utf8(record().encode()).unwrap();
    let later = text.replace(r#""version":1"#, r#""version":2"#);
    assert_eq!(Record::decode(later.as_bytes()), Err(RecordFault::Version { found: 2 }));
}

#[test]
fn refuses_a_record_with_any_member_missing_or_mistyped() {
    let text = String::from_utf8(record().encode()).unwrap();
    let optional =
        ["refresh_token", "id_token", "next_try", "forced_at", "refresh_ends", "warn_at"];
    let object: Map<String, Json> = serde_json::from_str(&text).unwrap();
    for name in object.keys() {
        let mut without = object.clone();
        without.remove(name);
        let read = Record::decode(Json::Object(without).to_string().as_bytes());
        assert_eq!(read.is_ok(), optional.contains(&name.as_str()), "without {name}");
        let mut mistyped = object.clone();
        mistyped.insert(name.clone(), Json::Bool(true));
        let read = Record::decode(Json::Object(mistyped).to_string().as_bytes());
        assert!(read.is_err(), "{name} mistyped");
    }
}

#[test]
fn refuses_what_is_too_long_to_be_a_record() {
    assert_eq!(Record::decode(&vec![b' '; MAX_RECORD_BYTES + 1]), Err(RecordFault::TooLong));
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_and_not_a_panic(bytes: Vec<u8>) {
        prop_assert!(Record::decode(&bytes).is_err());
    }

    #[test]
    fn a_damaged_record_is_read_in_full_or_not_at_all(index in 0_usize..600, byte: u8) {
        let mut bytes = record().encode();
        let index = index % bytes.len();
        bytes[index] = byte;
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert_eq!(Record::decode(&record.encode()), Ok(record));
        }
    }
}
