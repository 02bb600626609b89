//! The introspection endpoint (RFC 7662).

use serde_json::{Value, json};
use tegata_core::http::HttpResponse;

use super::answer::{self, Refusal, no_store};
use super::exchange::{Exchange, get};

pub(crate) fn answer(exchange: &Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let form = exchange.form()?;
    exchange.client(&form)?;
    let token = get(&form, "token").ok_or(Refusal::new("invalid_request", "token is missing"))?;
    let mut response = answer::json(&describe(exchange, token));
    no_store(&mut response);
    Ok(response)
}

/// Nothing is said of a token that is not alive (§2.2).
fn describe(exchange: &Exchange<'_>, text: &str) -> Value {
    let (grants, now) = (&exchange.state.grants, exchange.now);
    let issuer = exchange.state.issuer(&exchange.settings.profile);
    if let Some((token, grant)) = grants.access_token(text).filter(|(token, _)| now < token.expires)
    {
        return json!({
            "active": true, "token_type": "Bearer", "iss": issuer, "client_id": grant.client,
            "sub": grant.subject, "scope": token.scope.to_string(), "exp": token.expires.seconds(),
        });
    }
    let is_alive = |expires: Option<_>| expires.is_none_or(|expires| now < expires);
    match grants.refresh_token(text) {
        Some((token, grant)) if is_alive(token.expires) && token.spent.is_none() => json!({
            "active": true, "iss": issuer, "client_id": grant.client, "sub": grant.subject,
            "scope": grant.scope.to_string(), "exp": token.expires.map(|expires| expires.seconds()),
        }),
        _ => json!({ "active": false }),
    }
}
