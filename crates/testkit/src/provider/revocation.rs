//! The revocation endpoint (RFC 7009), as each provider has it.

use http::StatusCode;
use tegata_core::http::HttpResponse;

use super::answer::{self, Refusal};
use super::exchange::{Exchange, get};
use crate::profile::UnknownRevocation;

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Result<HttpResponse, Refusal> {
    let form = exchange.form()?;
    let profile = &exchange.settings.profile;
    let mut client = None;
    if profile.revocation_authenticates {
        client = Some(exchange.client(&form)?.id.clone());
    }
    let token = get(&form, "token").ok_or(Refusal::new("invalid_request", "token is missing"))?;
    let grants = &mut exchange.state.grants;
    let access = grants.access_token(token).map(|(token, grant)| (token.grant, grant.clone()));
    let refresh = grants.refresh_token(token).map(|(token, grant)| (token.grant, grant.clone()));
    let found = refresh.clone().or(access);
    // Another client's token is as good as unknown (RFC 7009 §2.1).
    let found = found.filter(|(_, grant)| client.as_ref().is_none_or(|id| *id == grant.client));
    match found {
        None if profile.unknown_revocation == UnknownRevocation::InvalidToken => {
            return Err(Refusal::new("invalid_token", "Token expired or revoked"));
        }
        None => {}
        // Google ends the whole consent, whichever of its tokens was sent.
        Some((_, grant)) if profile.incremental_consent => {
            let subject = grant.subject.unwrap_or_default();
            grants.end_all(&grant.client, &subject);
            exchange.state.forget_consent(&grant.client, &subject);
        }
        Some((id, _)) if refresh.is_some() => grants.end(id),
        Some(_) => grants.drop_access_token(token),
    }
    Ok(answer::body(StatusCode::OK, "application/json", "{}".to_owned()))
}
