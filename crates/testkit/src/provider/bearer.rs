//! Access tokens as a resource server sees them (RFC 6750).

use http::{Method, StatusCode};
use tegata_core::scope::Scope;

use super::answer::Refusal;
use super::exchange::{Exchange, get};
use super::grants::Grant;
use crate::profile::ErrorStyle;

/// The grant behind the access token of this request, and the token's scope.
pub(crate) fn check(exchange: &Exchange<'_>, in_form: bool) -> Result<(Grant, Scope), Refusal> {
    let token = token(exchange, in_form)?;
    let found = exchange.state.grants.access_token(&token);
    let (token, grant) = found.ok_or_else(|| invalid_token(exchange, "unknown token"))?;
    if exchange.now >= token.expires {
        return Err(invalid_token(exchange, exchange.settings.profile.expired_description));
    }
    Ok((grant.clone(), token.scope.clone()))
}

/// 403 that names the missing scope (RFC 6750 §3.1).
pub(crate) fn insufficient_scope(exchange: &Exchange<'_>, scope: &str) -> Refusal {
    let more = format!(", scope=\"{scope}\"");
    Refusal::new("insufficient_scope", "the token is good for less")
        .with_status(StatusCode::FORBIDDEN)
        .with_challenge(challenge(exchange, &format!("error=\"insufficient_scope\"{more}")))
}

/// One token, in one of the places where it may stand (RFC 6750 §2).
pub(super) fn token(exchange: &Exchange<'_>, in_form: bool) -> Result<String, Refusal> {
    let mut found = Vec::new();
    found.extend(exchange.authorization("Bearer"));
    let query = exchange.request.uri().query().unwrap_or_default();
    if query.split('&').any(|pair| pair.starts_with("access_token=")) {
        if !exchange.settings.profile.token_in_query || exchange.request.method() != Method::GET {
            return Err(Refusal::new("invalid_request", "a token does not belong in a query"));
        }
        let parameters = exchange.parameters()?;
        found.extend(get(&parameters, "access_token").map(str::to_owned));
    }
    if in_form && exchange.request.method() == Method::POST && !exchange.request.body().is_empty() {
        let form = exchange.form()?;
        found.extend(get(&form, "access_token").map(str::to_owned));
    }
    match found.len() {
        0 => Err(Refusal::new("", "")
            .with_status(StatusCode::UNAUTHORIZED)
            .with_challenge(challenge(exchange, ""))),
        1 => Ok(found.remove(0)),
        _ => Err(Refusal::new("invalid_request", "two tokens at once")),
    }
}

fn invalid_token(exchange: &Exchange<'_>, description: &'static str) -> Refusal {
    let fields = format!("error=\"invalid_token\", error_description=\"{description}\"");
    Refusal::new("invalid_token", description)
        .with_status(StatusCode::UNAUTHORIZED)
        .with_challenge(challenge(exchange, &fields))
}

fn challenge(exchange: &Exchange<'_>, fields: &str) -> String {
    let profile = &exchange.settings.profile;
    // Yahoo leaves the scheme word out.
    let scheme = if profile.errors == ErrorStyle::Yahoo { "" } else { "Bearer " };
    let separator = if fields.is_empty() { "" } else { ", " };
    format!("{scheme}realm=\"{}\"{separator}{fields}", profile.realm)
}
