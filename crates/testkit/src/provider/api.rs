//! A protected resource that answers whoever holds a good access token (RFC 6750).
//!
//! `GET /api/hello` takes any; `GET /api/hello?scope=email` takes one with that scope.

use serde_json::json;
use tegata_core::http::HttpResponse;

use super::answer::{self, Refusal};
use super::bearer;
use super::exchange::{Exchange, get};

pub(crate) fn answer(exchange: &Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let (grant, scope) = bearer::check(exchange, false)?;
    let query = exchange.request.uri().query().unwrap_or_default();
    let parameters = super::exchange::read(query)?;
    if let Some(needed) = get(&parameters, "scope").filter(|needed| !scope.contains(needed)) {
        return Err(bearer::insufficient_scope(exchange, needed));
    }
    let name = grant.subject.unwrap_or(grant.client);
    Ok(answer::json(&json!({ "message": format!("hello, {name}") })))
}
