//! Devices without a browser (RFC 8628): they get two codes, and poll until their user has answered.
//!
//! ```text
//!   device authorization ─▶ waiting ── the user answers, now or later ──▶ tokens, or why not
//!                              └───── nobody answers ─▶ expired_token
//! ```

use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value, json};
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;
use tegata_core::time::{Clock as _, UnixTime};

use super::answer::{self, Refusal};
use super::authorization::spelled;
use super::exchange::{Exchange, Parameters, get};
use super::grants::{Grant, GrantId};
use super::requested::Requested;
use super::state::{Settings, State};
use crate::decision::{Choice, Decision};
use crate::keys::sha256;
use crate::profile::{DeviceStyle, Profile, RefreshRule};
use crate::{Endpoint, FakeProvider};

impl FakeProvider {
    /// The user of a device types its code in and decides, now.
    ///
    /// ```
    /// # use tegata_core::http::HttpRequest;
    /// use tegata_testkit::profile::Profile;
    /// use tegata_testkit::{Decision, FakeProvider};
    ///
    /// let provider = FakeProvider::new(Profile::OPENID);
    /// # let form = "client_id=test-client&client_secret=test-secret-with-at-least-32-bytes";
    /// # let request = http::Request::post("https://op.example.com/device_authorization")
    /// #     .header("content-type", "application/x-www-form-urlencoded");
    /// # let answer = provider.handle(&request.body(form.as_bytes().to_vec()).unwrap());
    /// # let answer: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    /// # let user_code = answer["user_code"].as_str().unwrap();
    /// provider.answer_device(user_code, Decision::approve().user("bob"));
    /// ```
    ///
    /// # Panics
    ///
    /// When no device has this code.
    pub fn answer_device(&self, user_code: &str, decision: Decision) {
        self.answer_device_after(user_code, Duration::ZERO, decision);
    }

    /// The same after a while, by the provider's clock: until then the device hears
    /// `authorization_pending`.
    ///
    /// # Panics
    ///
    /// When no device has this code, or not for so long.
    pub fn answer_device_after(&self, user_code: &str, delay: Duration, decision: Decision) {
        let settings = &self.shared.settings;
        let when = settings.clock.now().plus(delay);
        let known = decide(settings, &mut self.shared.lock(), user_code, when, decision);
        assert!(known, "no device waits with this code");
    }
}

/// A device that waits for its user.
#[derive(Clone)]
pub(crate) struct Device {
    code: String,
    user_code: String,
    client: String,
    scope: Scope,
    expires: UnixTime,
    /// In seconds: it grows with each `slow_down`.
    interval: u64,
    polled: Option<UnixTime>,
    answered: Option<(UnixTime, Decision)>,
}

/// The device authorization endpoint (RFC 8628 §3.1, §3.2).
pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let form = exchange.form()?;
    let client = exchange.client(&form)?.id.clone();
    let profile = exchange.settings.profile.clone();
    let scope = Scope::parse(get(&form, "scope").unwrap_or_default())
        .map_err(|_| Refusal::new("invalid_scope", "not what RFC 6749 §3.3 allows"))?;
    let given = Scope::parse(&profile.device_scopes.join(" ")).unwrap_or_default();
    let wanted = spelled(&profile, &scope).difference(&spelled(&profile, &given));
    if !given.is_empty() && !wanted.is_empty() {
        return Err(Refusal::new("invalid_scope", "no device may have this scope"));
    }
    let code = exchange.state.grants.mint("", "device");
    let user_code = user_code(&code);
    let interval = profile.device_interval.as_secs();
    let address = exchange.state.address(&profile, Endpoint::DeviceVerification);
    let address = address.unwrap_or_default();
    let mut members = Map::from_iter([
        ("device_code".to_owned(), json!(code)),
        ("user_code".to_owned(), json!(user_code)),
        ("expires_in".to_owned(), json!(profile.device_lifetime.as_secs())),
        ("interval".to_owned(), json!(interval)),
    ]);
    match profile.device_style {
        DeviceStyle::Google => {
            members.insert("verification_url".to_owned(), json!(address));
        }
        DeviceStyle::Standard => {
            let complete = format!("{address}?user_code={user_code}");
            members.insert("verification_uri".to_owned(), json!(address));
            members.insert("verification_uri_complete".to_owned(), json!(complete));
        }
    }
    exchange.state.devices.push(Device {
        code,
        user_code,
        client,
        scope,
        expires: exchange.now.plus(profile.device_lifetime),
        interval,
        polled: None,
        answered: None,
    });
    let mut response = answer::json(&Value::Object(members));
    answer::no_store(&mut response);
    Ok(response)
}

/// The user types a code in, at `when`, and decides. `false`: there is no such code, or not any more.
pub(crate) fn decide(
    settings: &Settings,
    state: &mut State,
    typed: &str,
    when: UnixTime,
    decision: Decision,
) -> bool {
    let style = settings.profile.device_style;
    let found = state.devices.iter_mut().find(|device| is_same(style, &device.user_code, typed));
    let found = found.filter(|device| when < device.expires && device.answered.is_none());
    found.map(|device| device.answered = Some((when, decision))).is_some()
}

/// The device asks for its tokens (RFC 8628 §3.4, §3.5): the grant that its user gave.
pub(crate) fn redeem(
    exchange: &mut Exchange<'_>,
    form: &Parameters,
    client: &str,
) -> Result<(GrantId, Grant), Refusal> {
    let style = exchange.settings.profile.device_style;
    let code = get(form, "device_code");
    let code = code.ok_or(Refusal::new("invalid_request", "device_code is missing"))?;
    let now = exchange.now;
    let devices = &mut exchange.state.devices;
    let found = devices.iter_mut().find(|known| known.code == code && known.client == client);
    let device = found.ok_or(Refusal::new("invalid_grant", "the device code is unknown"))?;
    if now >= device.expires {
        return Err(Refusal::new("expired_token", "the device code expired"));
    }
    let last = device.polled.replace(now);
    if last.is_some_and(|last| now.since(last).as_secs() < device.interval) {
        device.interval += 5;
        return Err(refusal(style, "slow_down"));
    }
    let answered = device.answered.clone().filter(|(when, _)| now >= *when);
    let Some((when, decision)) = answered else {
        return Err(refusal(style, "authorization_pending"));
    };
    let scope = device.scope.clone();
    devices.retain(|known| known.code != code);
    match decision.0 {
        Choice::Approve { subject, scope: ticked } => {
            let scope =
                ticked.map_or(scope.clone(), |ticked| scope.difference(&scope.difference(&ticked)));
            let profile = &exchange.settings.profile;
            let subject = subject.unwrap_or_else(|| exchange.settings.default_subject());
            let scope = spelled(profile, &scope);
            let grant = Grant {
                client: client.to_owned(),
                subject: Some(subject.clone()),
                nonce: None,
                requested: Requested::default(),
                session_id: None,
                auth_time: when,
                wants_auth_time: false,
                refreshable: is_refreshable(profile, &scope),
                scope: scope.clone(),
            };
            exchange.state.consent(client, &subject, &scope);
            Ok((exchange.state.grants.open(grant.clone()), grant))
        }
        Choice::Decline => Err(refusal(style, "access_denied")),
        Choice::Fail(code) => Err(refusal(style, code)),
    }
}

/// Google gives a device a refresh token each time.
fn is_refreshable(profile: &Profile, scope: &Scope) -> bool {
    match profile.refresh_rule {
        RefreshRule::AccessTypeOffline | RefreshRule::Always => true,
        RefreshRule::OfflineAccess => scope.contains("offline_access"),
    }
}

fn refusal(style: DeviceStyle, code: &'static str) -> Refusal {
    match (style, code) {
        (DeviceStyle::Google, "authorization_pending") => {
            Refusal::new(code, "Precondition Required")
                .with_status(StatusCode::PRECONDITION_REQUIRED)
        }
        (DeviceStyle::Google, "access_denied" | "slow_down") => {
            Refusal::new(code, "Forbidden").with_status(StatusCode::FORBIDDEN)
        }
        _ => Refusal::new(code, "RFC 8628 §3.5"),
    }
}

/// Eight consonants, in two groups: no word, and nothing that looks like anything else
/// (RFC 8628 §6.1).
fn user_code(code: &str) -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    let hash = sha256(code);
    let letters = hash.as_ref().iter().take(8);
    let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
    let mut text: String = letters.map(|letter| char::from(*letter)).collect();
    text.insert(4, '-');
    text
}

/// Case and punctuation are the user's own (RFC 8628 §6.1); Google's codes are case-sensitive.
fn is_same(style: DeviceStyle, code: &str, typed: &str) -> bool {
    let bare = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    match style {
        DeviceStyle::Google => code == typed,
        DeviceStyle::Standard => bare(code) == bare(typed),
    }
}
