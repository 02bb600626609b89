//! Claims that another party makes about the user, to be fetched with a token of their own (OpenID
//! Connect Core §5.6.2.2). Here the other party is the provider too.

use http::StatusCode;
use serde_json::Map;
use tegata_core::http::HttpResponse;

use super::answer::{self, Refusal, no_store};
use super::exchange::Exchange;
use super::{bearer, id_token};

/// The token that the UserInfo endpoint gives for them.
pub(crate) const ACCESS_TOKEN: &str = "distributed-claims-7QpZk4";

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Result<HttpResponse, Refusal> {
    if bearer::token(exchange, true)? != ACCESS_TOKEN {
        let refusal = Refusal::new("invalid_token", "unknown token");
        return Err(refusal.with_status(StatusCode::UNAUTHORIZED));
    }
    let mut claims = Map::new();
    claims.insert("credit_score".into(), 650.into());
    let token = id_token::sign(exchange, "", &claims, exchange.settings.profile.signing);
    let mut response = answer::body(StatusCode::OK, "application/jwt", token);
    no_store(&mut response);
    Ok(response)
}
