//! How often the messages ask for memory: a change that asks more often is noticed.

use tegata_core::authorize::{AuthorizationResponse, Callback, Expected, ResponseType};
use tegata_core::scope::{GOOGLE, Scope};
use tegata_core::secret::State;
use tegata_core::time::UnixTime;
use tegata_core::url::Issuer;

fn allocations(run: impl FnMut()) -> u64 {
    allocation_counter::measure(run).count_total
}

/// The parameters: the list, three names, three values. What is read of them: the code, and two
/// scopes in their list.
#[test]
fn reading_a_callback_copies_each_text_once() {
    let issuer = Issuer::new("https://op.example.com").unwrap();
    let state = State::new("s");
    let expected = Expected::new(&issuer, ResponseType::Code, &state);
    let url = "/cb?code=4%2FP7q7&state=s&scope=openid+email";
    let read = || {
        let callback = Callback::from_url(url).unwrap();
        let now = UnixTime::from_seconds(1_700_000_000);
        drop(AuthorizationResponse::read(&callback, &expected, now).unwrap());
    };
    assert!(allocations(read) <= 11);
}

/// Three scopes and their list, two and theirs, and what is missing with its own.
#[test]
fn comparing_scopes_copies_each_set_once() {
    let requested = Scope::parse("openid email https://www.googleapis.com/auth/drive").unwrap();
    let answer = Scope::parse("https://www.googleapis.com/auth/userinfo.email openid").unwrap();
    let compare = || {
        let granted = GOOGLE.compare(&requested, Some(&answer));
        assert_eq!(granted.missing().iter().count(), 1);
    };
    assert!(allocations(compare) <= 9);
}
