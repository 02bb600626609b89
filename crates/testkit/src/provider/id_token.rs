//! ID tokens, and every other JWT that the provider signs (OpenID Connect Core §2).

use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use super::grants::Grant;
use super::userinfo;
use crate::keys::{SigningAlgorithm, base64url};
use crate::{Endpoint, misbehave};

/// What an ID token is issued beside, and therefore vouches for.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    pub(crate) access_token: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    /// No access token will ever come: the claims about the user have no other road (§5.4).
    pub(crate) nothing_follows: bool,
    /// It comes with a refresh: no nonce (§12.2).
    pub(crate) refreshed: bool,
}

/// An ID token for `grant`, signed, and encrypted when its client registered that.
pub(crate) fn issue(exchange: &mut Exchange<'_>, grant: &Grant, beside: &Beside<'_>) -> String {
    let profile = exchange.settings.profile.clone();
    let now = exchange.now;
    let requested = &grant.requested.id_token;
    let mut claims = userinfo::claims(exchange.settings, grant, &grant.scope, requested);
    if !profile.claims_in_id_token && !beside.nothing_follows {
        claims.retain(|name, _| requested.contains(name));
    }
    let audience = if profile.audience_array { json!([grant.client]) } else { json!(grant.client) };
    claims.insert("iss".into(), exchange.state.issuer(&profile).into());
    claims.insert("sub".into(), grant.subject.clone().into());
    claims.insert("aud".into(), audience);
    claims.insert("iat".into(), now.seconds().into());
    claims.insert("exp".into(), now.plus(profile.id_token_lifetime).seconds().into());
    if grant.wants_auth_time {
        claims.insert("auth_time".into(), grant.auth_time.seconds().into());
    }
    if let Some(nonce) = grant.nonce.as_ref().filter(|_| !beside.refreshed) {
        claims.insert("nonce".into(), nonce.clone().into());
    }
    // Where a session can be ended by name, it has one.
    let is_named = profile.address(Endpoint::EndSession).is_some();
    if let Some(session_id) = grant.session_id.as_ref().filter(|_| is_named) {
        claims.insert("sid".into(), session_id.clone().into());
    }
    let state = beside.state.filter(|_| profile.state_hash);
    let hashed = [("at_hash", beside.access_token), ("c_hash", beside.code), ("s_hash", state)];
    for (name, text) in hashed {
        if let Some(text) = text {
            claims.insert(name.into(), profile.signing.half_hash(text).into());
        }
    }
    misbehave::claims(&exchange.faults, &mut claims, now);
    let token = sign(exchange, &grant.client, &claims, profile.signing);
    exchange.state.id_tokens.insert(token.clone(), grant.session_id.clone());
    match exchange.settings.client(&grant.client) {
        Some(client) => client.id_token(token, &exchange.faults),
        None => token,
    }
}

/// Any claims as a signed JWT, for the client `audience`.
pub(crate) fn sign(
    exchange: &mut Exchange<'_>,
    audience: &str,
    claims: &Map<String, Value>,
    algorithm: SigningAlgorithm,
) -> String {
    let settings = exchange.settings;
    let profile = &settings.profile;
    misbehave::before_signing(&exchange.faults, &mut exchange.state.keys);
    let keys = &exchange.state.keys;
    let secret =
        settings.client(audience).and_then(|client| client.secret.as_deref()).unwrap_or_default();

    let mut header = Map::new();
    if profile.jwt_type {
        header.insert("typ".into(), "JWT".into());
    }
    header.insert("alg".into(), algorithm.as_str().into());
    header.insert("kid".into(), keys.kid(algorithm).into());
    misbehave::header(&exchange.faults, keys, algorithm, &mut header);

    let text = |object: &Map<String, Value>| {
        let text = Value::Object(object.clone()).to_string();
        // A slash stands in texts alone, so escaping every one leaves the meaning as it is.
        if profile.escaped_slashes { text.replace('/', "\\/") } else { text }
    };
    let payload = misbehave::doubled(&exchange.faults, text(claims));
    let message =
        format!("{}.{}", base64url(text(&header).as_bytes()), base64url(payload.as_bytes()));
    let signature =
        misbehave::signature(&exchange.faults, keys, algorithm, message.as_bytes(), || {
            keys.sign(algorithm, secret.as_bytes(), message.as_bytes())
        });
    let signature = misbehave::encoded_signature(&exchange.faults, base64url(&signature));
    format!("{message}.{signature}")
}
