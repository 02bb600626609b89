//! A protected resource that answers whoever holds a good access token (RFC 6750).
//!
//! `GET /api/hello` takes any; `GET /api/hello?scope=email` takes one with that scope.

use serde_json::json;
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;

use super::answer::{self, Refusal};
use super::bearer;
use super::exchange::{Exchange, get};

pub(crate) fn answer(exchange: &Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let (grant, scope) = bearer::check(exchange, false)?;
    let query = exchange.request.uri().query().unwrap_or_default();
    let parameters = super::exchange::read(query)?;
    let needed = Scope::parse(get(&parameters, "scope").unwrap_or_default())
        .map_err(|_| Refusal::new("invalid_request", "scope is not what RFC 6749 §3.3 allows"))?;
    if !needed.difference(&scope).is_empty() {
        return Err(bearer::insufficient_scope(exchange, &needed.to_string()));
    }
    let name = grant.subject.unwrap_or(grant.client);
    Ok(answer::json(&json!({ "message": format!("hello, {name}") })))
}
