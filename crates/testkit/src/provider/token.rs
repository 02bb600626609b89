//! The token endpoint (RFC 6749 §3.2): codes, refresh tokens, devices, and clients for themselves.

use http::StatusCode;
use serde_json::{Map, Value, json};
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;

use super::answer::{Refusal, body, no_store};
use super::authorization::{new_access_token, spelled};
use super::devices;
use super::exchange::{Exchange, Parameters, get};
use super::grants::{Grant, GrantId, Refreshed};
use super::id_token::{self, Beside};
use super::requested::Requested;
use super::service_account;
use crate::keys::{base64url, sha256};
use crate::misbehave;
use crate::profile::ScopeAnswer;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let form = exchange.form()?;
    misbehave::token_request(&exchange.faults, exchange, &form)?;
    if get(&form, "grant_type") == Some(JWT_BEARER) && offers(exchange, JWT_BEARER) {
        // The assertion says who asks.
        let grant = service_account::redeem(exchange, &form)?;
        let id = exchange.state.grants.open(grant.clone());
        let members = access(exchange, id, &grant.scope);
        return Ok(good(exchange, members));
    }
    let client = exchange.client(&form)?.id.clone();
    let members = match get(&form, "grant_type") {
        Some("authorization_code") => by_code(exchange, &form, &client),
        Some("refresh_token") => by_refresh_token(exchange, &form, &client),
        Some(DEVICE_CODE) if offers(exchange, DEVICE_CODE) => by_device(exchange, &form, &client),
        Some("client_credentials") if offers(exchange, "client_credentials") => {
            for_itself(exchange, &form, &client)
        }
        Some(_) => Err(Refusal::new("unsupported_grant_type", "no such grant here")),
        None => Err(Refusal::new("invalid_request", "grant_type is missing")),
    }?;
    Ok(good(exchange, members))
}

fn good(exchange: &Exchange<'_>, members: Map<String, Value>) -> HttpResponse {
    let text = misbehave::token_response(&exchange.faults, members);
    let mut response = body(StatusCode::OK, "application/json", text);
    no_store(&mut response);
    response
}

/// RFC 6749 §4.1.3, RFC 7636 §4.6.
fn by_code(
    exchange: &mut Exchange<'_>,
    form: &Parameters,
    client: &str,
) -> Result<Map<String, Value>, Refusal> {
    let invalid = |why| Refusal::new("invalid_grant", why);
    let text = get(form, "code").ok_or(Refusal::new("invalid_request", "code is missing"))?;
    let code = exchange.state.grants.redeem(text);
    let code = code.ok_or(invalid("the code is unknown or was used before"))?;
    let grant = exchange.state.grants.get(code.grant).cloned();
    let grant = grant.ok_or(invalid("the consent was withdrawn"))?;
    if grant.client != client {
        return Err(invalid("the code was issued to another client"));
    }
    if exchange.now >= code.expires {
        return Err(invalid("the code expired"));
    }
    // An app's SDK has none: empty and absent are the same (RFC 6749 §3.1).
    if get(form, "redirect_uri").unwrap_or_default() != code.redirect_uri {
        return Err(invalid("redirect_uri is not that of the authorization request"));
    }
    match (&code.challenge, get(form, "code_verifier")) {
        (Some(challenge), Some(verifier)) if *challenge == s256(verifier) => {}
        (None, None) => {}
        // A verifier without a challenge is an attack too (RFC 9700 §4.8.2).
        _ => return Err(invalid("code_verifier does not fit the challenge")),
    }
    let scope = grant.scope.clone();
    let mut members = access(exchange, code.grant, &scope);
    if grant.refreshable {
        let (profile, now) = (&exchange.settings.profile, exchange.now);
        let token = exchange.state.grants.add_refresh_token(profile, code.grant, now);
        members.insert("refresh_token".into(), token.into());
    }
    add_id_token(exchange, &grant, &mut members, Some(text));
    Ok(members)
}

/// RFC 8628 §3.4.
fn by_device(
    exchange: &mut Exchange<'_>,
    form: &Parameters,
    client: &str,
) -> Result<Map<String, Value>, Refusal> {
    let (id, grant) = devices::redeem(exchange, form, client)?;
    let mut members = access(exchange, id, &grant.scope);
    if grant.refreshable {
        let (profile, now) = (&exchange.settings.profile, exchange.now);
        let token = exchange.state.grants.add_refresh_token(profile, id, now);
        members.insert("refresh_token".into(), token.into());
    }
    add_id_token(exchange, &grant, &mut members, get(form, "device_code"));
    Ok(members)
}

/// RFC 6749 §6, OpenID Connect Core §12.
fn by_refresh_token(
    exchange: &mut Exchange<'_>,
    form: &Parameters,
    client: &str,
) -> Result<Map<String, Value>, Refusal> {
    let invalid = |why| Refusal::new("invalid_grant", why);
    let text = get(form, "refresh_token")
        .ok_or(Refusal::new("invalid_request", "refresh_token is missing"))?;
    let found = exchange.state.grants.refresh_token(text);
    let (token, grant) = found.ok_or(invalid("the refresh token is unknown or revoked"))?;
    let (id, grant) = (token.grant, grant.clone());
    if grant.client != client {
        return Err(invalid("the refresh token was issued to another client"));
    }
    if token.expires.is_some_and(|expires| exchange.now >= expires) {
        return Err(invalid("the refresh token expired"));
    }
    let wider = "more scope than was granted";
    let scope =
        narrowed(exchange, form, &grant.scope).ok_or(Refusal::new("invalid_scope", wider))?;
    let (profile, now) = (&exchange.settings.profile, exchange.now);
    let used = exchange.state.grants.refresh(profile, text, now);
    let Some(Refreshed::With(next)) = used else {
        return Err(invalid("the refresh token was used before: the grant is ended"));
    };
    let mut members = access(exchange, id, &scope);
    if let Some(next) = next {
        members.insert("refresh_token".into(), next.into());
    }
    if exchange.settings.profile.id_token_on_refresh {
        add_id_token(exchange, &grant, &mut members, None);
    }
    Ok(members)
}

/// RFC 6749 §4.4.
fn for_itself(
    exchange: &mut Exchange<'_>,
    form: &Parameters,
    client: &str,
) -> Result<Map<String, Value>, Refusal> {
    if get(form, "client_secret").is_none() && exchange.authorization("Basic").is_none() {
        return Err(Refusal::new("unauthorized_client", "a public client has no grant of its own"));
    }
    let scope = Scope::parse(get(form, "scope").unwrap_or_default())
        .map_err(|_| Refusal::new("invalid_scope", "not what RFC 6749 §3.3 allows"))?;
    let id = exchange.state.grants.open(Grant {
        client: client.to_owned(),
        subject: None,
        scope: scope.clone(),
        nonce: None,
        requested: Requested::default(),
        auth_time: exchange.now,
        wants_auth_time: false,
        refreshable: false,
        session_id: None,
    });
    Ok(access(exchange, id, &scope))
}

/// The members that every good answer has (RFC 6749 §5.1).
fn access(exchange: &mut Exchange<'_>, grant: GrantId, scope: &Scope) -> Map<String, Value> {
    let token = new_access_token(exchange, grant, scope);
    let profile = &exchange.settings.profile;
    let mut members = Map::new();
    members.insert("access_token".into(), token.into());
    members.insert("token_type".into(), profile.token_type.into());
    if profile.expires_in {
        members.insert("expires_in".into(), profile.access_token_lifetime.as_secs().into());
    }
    if profile.scope_answer != ScopeAnswer::Nowhere {
        members.insert("scope".into(), scope.to_string().into());
    }
    members
}

fn add_id_token(
    exchange: &mut Exchange<'_>,
    grant: &Grant,
    members: &mut Map<String, Value>,
    code: Option<&str>,
) {
    if !grant.scope.contains("openid") {
        return;
    }
    let access_token = members.get("access_token").and_then(Value::as_str).map(str::to_owned);
    let beside = Beside {
        access_token: access_token.as_deref(),
        refreshed: code.is_none(),
        ..Beside::default()
    };
    let token = id_token::issue(exchange, grant, &beside);
    members.insert("id_token".into(), token.into());
}

/// The scope of a refreshed token: what is asked for when it was granted, else everything granted.
fn narrowed(exchange: &Exchange<'_>, form: &Parameters, granted: &Scope) -> Option<Scope> {
    let Some(text) = get(form, "scope") else { return Some(granted.clone()) };
    let wanted = spelled(&exchange.settings.profile, &Scope::parse(text).ok()?);
    wanted.difference(granted).is_empty().then_some(wanted)
}

fn offers(exchange: &Exchange<'_>, grant_type: &str) -> bool {
    let metadata: Value = serde_json::from_str(exchange.settings.profile.metadata)
        .expect("the metadata of a profile is an object");
    let offered = metadata.get("grant_types_supported").and_then(Value::as_array);
    offered.is_some_and(|offered| offered.contains(&json!(grant_type)))
}

fn s256(verifier: &str) -> String {
    base64url(sha256(verifier).as_ref())
}
