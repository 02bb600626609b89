//! Devices, poll by poll: what each profile answers, to the status.

use serde_json::Value;
use tegata_core::http::HttpResponse;
use tegata_core::time::UnixTime;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Decision, Endpoint, FakeProvider, TestClock};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A provider whose clock stands, and a device that asked for codes.
struct Device {
    provider: FakeProvider,
    answer: Value,
}

impl Device {
    fn new(profile: Profile) -> Self {
        let clock = TestClock::at(UnixTime::from_seconds(1_800_000_000));
        let provider = FakeProvider::builder(profile).clock(clock).build();
        let answer = post(&provider, Endpoint::DeviceAuthorization, "scope=openid+email");
        assert_eq!(answer.status(), 200);
        Self { answer: serde_json::from_slice(answer.body()).unwrap(), provider }
    }

    fn text(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap()
    }

    fn poll(&self) -> (u16, String) {
        let form = format!("grant_type={GRANT}&device_code={}", self.text("device_code"));
        let answer = post(&self.provider, Endpoint::Token, &form);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body["error"].as_str().unwrap_or("tokens").to_owned())
    }

    fn wait(&self, seconds: u64) {
        self.provider.clock().advance(std::time::Duration::from_secs(seconds));
    }
}

fn post(provider: &FakeProvider, endpoint: Endpoint, form: &str) -> HttpResponse {
    let client = "client_id=test-client&client_secret=test-secret-with-at-least-32-bytes";
    let request = http::Request::post(provider.address(endpoint).unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("{form}&{client}").into_bytes());
    provider.handle(&request.unwrap())
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn each_profile_has_its_own_statuses_and_names() {
    for (profile, pending, slow, address) in [
        (Profile::OPENID, 400, 400, "verification_uri"),
        (Profile::GOOGLE, 428, 403, "verification_url"),
    ] {
        let device = Device::new(profile);
        assert!(device.text(address).starts_with("https://"));
        assert_eq!(device.poll(), said(pending, "authorization_pending"));
        assert_eq!(device.poll(), said(slow, "slow_down"));
        device.wait(5);
        assert_eq!(device.poll(), said(slow, "slow_down"), "five seconds more, for good");
        device.wait(15);
        assert_eq!(device.poll(), said(pending, "authorization_pending"));
        device.provider.answer_device(device.text("user_code"), Decision::approve());
        device.wait(15);
        assert_eq!(device.poll(), said(200, "tokens"));
        assert_eq!(device.poll(), said(400, "invalid_grant"), "claimed already");
    }
}

#[test]
fn a_user_who_declines_and_one_who_never_comes_are_told_apart() {
    for (profile, denied) in [(Profile::OPENID, 400), (Profile::GOOGLE, 403)] {
        let device = Device::new(profile.clone());
        device.provider.answer_device(device.text("user_code"), Decision::decline());
        assert_eq!(device.poll(), said(denied, "access_denied"));
        let device = Device::new(profile);
        device.wait(1800);
        assert_eq!(device.poll(), said(400, "expired_token"));
    }
}

#[test]
fn google_gives_devices_few_scopes() {
    let device = Device::new(Profile::GOOGLE);
    let wide = "scope=openid+https://www.googleapis.com/auth/drive";
    let answer = post(&device.provider, Endpoint::DeviceAuthorization, wide);
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(answer.body()).contains("invalid_scope"));
}

#[test]
fn a_code_is_for_the_client_that_asked() {
    let stranger = Client::public("stranger");
    let provider = FakeProvider::builder(Profile::OPENID).client(stranger).build();
    let answer = post(&provider, Endpoint::DeviceAuthorization, "scope=openid");
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    provider.answer_device(answer["user_code"].as_str().unwrap(), Decision::approve());
    let code = answer["device_code"].as_str().unwrap();
    let form = format!("grant_type={GRANT}&device_code={code}&client_id=stranger");
    let request = http::Request::post(provider.address(Endpoint::Token).unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into_bytes());
    let refused = provider.handle(&request.unwrap());
    assert!(String::from_utf8_lossy(refused.body()).contains("invalid_grant"));
    let own = post(&provider, Endpoint::Token, &format!("grant_type={GRANT}&device_code={code}"));
    assert_eq!(own.status(), 200);
}
