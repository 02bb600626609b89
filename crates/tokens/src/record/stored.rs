//! The form of a record that stores keep: JSON with a version, its secrets sealed already.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json, json};
use tegata_core::json::{JsonFault, Object, Value};
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use super::{Access, Attempt, Record, State};
use crate::event::{Event, EventKind};
use crate::grant::{AccessKey, Instance};
use crate::vault::Sealed;

/// The version that is written. A reader refuses a later one: it would drop what it does not know.
const VERSION: u64 = 1;

/// How long a stored record may be, in bytes: some hundred access tokens of a few KiB.
const MAX_RECORD_BYTES: usize = 1024 * 1024;

impl Record {
    /// The record as a store keeps it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut object = Map::new();
        let mut put = |name: &str, value: Json| {
            if !value.is_null() {
                object.insert(name.to_owned(), value);
            }
        };
        put("version", VERSION.into());
        put("generation", self.generation.into());
        put("revision", self.revision.into());
        put("attempts", self.attempts.into());
        put("state", state_to_json(&self.state));
        put("refresh_token", self.refresh.as_ref().map_or(Json::Null, sealed_to_json));
        put("id_token", self.id_token.as_ref().map_or(Json::Null, sealed_to_json));
        put("access_tokens", self.access.iter().map(access_to_json).collect());
        put("requested", self.requested.to_string().into());
        put("granted", self.granted.to_string().into());
        put("next_try", time_to_json(self.next_try));
        put("failures", self.failures.into());
        put("forced_at", time_to_json(self.forced_at));
        put("refresh_ends", time_to_json(self.refresh_ends));
        put("refresh_idles_out", time_to_json(self.refresh_idles_out));
        put("warn_at", time_to_json(self.warn_at));
        put("events", self.events.iter().map(event_to_json).collect());
        Json::Object(object).to_string().into_bytes()
    }

    /// Reads what [`Record::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`RecordFault`]: damaged, or written by a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordFault> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordFault::TooLong);
        }
        let object = &Object::parse(bytes)?;
        match required(object, "version")? {
            VERSION => {}
            found => return Err(RecordFault::Version { found }),
        }
        Ok(Self {
            generation: required(object, "generation")?,
            revision: required(object, "revision")?,
            attempts: required(object, "attempts")?,
            state: state_from_json(member(object, "state")?)?,
            refresh: sealed(object, "refresh_token")?,
            id_token: sealed(object, "id_token")?,
            access: access_from_json(object)?,
            requested: scope(object, "requested")?,
            granted: scope(object, "granted")?,
            next_try: time(object, "next_try")?,
            failures: u32::try_from(required(object, "failures")?).unwrap_or(u32::MAX),
            forced_at: time(object, "forced_at")?,
            refresh_ends: time(object, "refresh_ends")?,
            refresh_idles_out: time(object, "refresh_idles_out")?,
            warn_at: time(object, "warn_at")?,
            events: events_from_json(object)?,
        })
    }
}

/// Why a stored record cannot be read. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// It is no strict JSON, or a member is missing or mistyped.
    #[error("{0}")]
    Json(#[from] JsonFault),
    /// Longer than 1 MiB.
    #[error("longer than a record can be")]
    TooLong,
    /// A member has a value that no version has written.
    #[error("the member {0:?} has a value that cannot be")]
    Value(&'static str),
    /// Written by a later version of this crate.
    #[error("written in version {found}, which this program does not know")]
    Version {
        /// The version.
        found: u64,
    },
}

fn state_to_json(state: &State) -> Json {
    match state {
        State::Active => json!({"name": "active"}),
        State::Ambiguous => json!({"name": "ambiguous"}),
        State::Reauth => json!({"name": "reauth"}),
        State::Refreshing(attempt) => json!({
            "name": "refreshing",
            "owner": attempt.owner.as_str(),
            "number": attempt.number,
            "mark": attempt.mark,
            "at": attempt.at.seconds(),
            "until": attempt.until.seconds(),
            "replay": attempt.replay,
        }),
        State::Revoked { at } => json!({"name": "revoked", "at": at.seconds()}),
        State::Revoking => json!({"name": "revoking"}),
    }
}

fn state_from_json(object: &Object<'_>) -> Result<State, RecordFault> {
    Ok(match object.required_str("name")? {
        "active" => State::Active,
        "ambiguous" => State::Ambiguous,
        "reauth" => State::Reauth,
        "refreshing" => State::Refreshing(Attempt {
            owner: Instance::new(object.required_str("owner")?),
            number: required(object, "number")?,
            mark: object.u64("mark")?,
            at: required_time(object, "at")?,
            until: required_time(object, "until")?,
            replay: object.bool("replay")?.unwrap_or(true),
        }),
        "revoked" => State::Revoked { at: required_time(object, "at")? },
        "revoking" => State::Revoking,
        _ => return Err(RecordFault::Value("state")),
    })
}

fn access_to_json((key, access): (&AccessKey, &Access)) -> Json {
    let mut object = Map::new();
    if let Some(resource) = key.resource() {
        object.insert("resource".into(), resource.into());
    }
    if let Some(narrowed) = key.scope() {
        object.insert("narrowed".into(), narrowed.to_string().into());
    }
    object.insert("token".into(), sealed_to_json(&access.token));
    object.insert("revision".into(), access.revision.into());
    object.insert("scope".into(), access.scope.to_string().into());
    object.insert("issued_at".into(), access.issued_at.seconds().into());
    object.insert("expires_at".into(), access.expires_at.seconds().into());
    Json::Object(object)
}

fn access_from_json(object: &Object<'_>) -> Result<BTreeMap<AccessKey, Access>, RecordFault> {
    let mut tokens = BTreeMap::new();
    for token in objects(object, "access_tokens")? {
        let mut key = AccessKey::whole();
        if let Some(resource) = token.str("resource")? {
            key = key.with_resource(resource);
        }
        if token.str("narrowed")?.is_some() {
            key = key.with_scope(&scope(token, "narrowed")?);
        }
        let access = Access {
            token: sealed(token, "token")?.ok_or(RecordFault::Value("access_tokens"))?,
            revision: required(token, "revision")?,
            scope: scope(token, "scope")?,
            issued_at: required_time(token, "issued_at")?,
            expires_at: required_time(token, "expires_at")?,
        };
        tokens.insert(key, access);
    }
    Ok(tokens)
}

fn event_to_json(event: &Event) -> Json {
    let mut object = Map::new();
    object.insert("sequence".into(), event.sequence.into());
    object.insert("generation".into(), event.generation.into());
    object.insert("kind".into(), event.kind.name().into());
    if let EventKind::GrantExpiring { at } = event.kind {
        object.insert("at".into(), at.seconds().into());
    }
    Json::Object(object)
}

fn events_from_json(object: &Object<'_>) -> Result<Vec<Event>, RecordFault> {
    let mut events = Vec::new();
    for event in objects(object, "events")? {
        let kind = match event.required_str("kind")? {
            "grant_expiring" => EventKind::GrantExpiring { at: required_time(event, "at")? },
            "needs_consent" => EventKind::NeedsConsent,
            "new_tokens" => EventKind::NewTokens,
            "revoked" => EventKind::Revoked,
            _ => return Err(RecordFault::Value("events")),
        };
        let (sequence, generation) = (required(event, "sequence")?, required(event, "generation")?);
        events.push(Event { sequence, generation, kind });
    }
    Ok(events)
}

fn sealed_to_json(sealed: &Sealed) -> Json {
    BASE64_STANDARD.encode(sealed.as_bytes()).into()
}

fn time_to_json(time: Option<UnixTime>) -> Json {
    time.map_or(Json::Null, |time| time.seconds().into())
}

fn sealed(object: &Object<'_>, name: &'static str) -> Result<Option<Sealed>, RecordFault> {
    let bytes = object.str(name)?.map(|text| BASE64_STANDARD.decode(text)).transpose();
    Ok(bytes.map_err(|_| RecordFault::Value(name))?.map(Sealed::from_bytes))
}

fn scope(object: &Object<'_>, name: &'static str) -> Result<Scope, RecordFault> {
    Scope::parse(object.required_str(name)?).map_err(|_| RecordFault::Value(name))
}

fn time(object: &Object<'_>, name: &'static str) -> Result<Option<UnixTime>, RecordFault> {
    let Some(value) = object.get(name) else { return Ok(None) };
    let Value::Number(number) = value else { return Err(RecordFault::Value(name)) };
    number.as_i64().map(UnixTime::from_seconds).map(Some).ok_or(RecordFault::Value(name))
}

fn required_time(object: &Object<'_>, name: &'static str) -> Result<UnixTime, RecordFault> {
    time(object, name)?.ok_or(RecordFault::Value(name))
}

fn required(object: &Object<'_>, name: &'static str) -> Result<u64, RecordFault> {
    object.u64(name)?.ok_or(RecordFault::Value(name))
}

fn member<'o, 'a>(
    object: &'o Object<'a>,
    name: &'static str,
) -> Result<&'o Object<'a>, RecordFault> {
    object.get(name).and_then(Value::as_object).ok_or(RecordFault::Value(name))
}

fn objects<'o, 'a>(
    object: &'o Object<'a>,
    name: &'static str,
) -> Result<Vec<&'o Object<'a>>, RecordFault> {
    let items = object.get(name).and_then(Value::as_array).ok_or(RecordFault::Value(name))?;
    items.iter().map(|item| item.as_object().ok_or(RecordFault::Value(name))).collect()
}

#[cfg(test)]
mod tests;
