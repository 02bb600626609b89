//! The end of a session, asked for by the client or by the user (OpenID Connect RP-Initiated Logout
//! §2).

use tegata_core::form::FormWriter;
use tegata_core::http::HttpResponse;

use super::answer::{self, error_page};
use super::exchange::{Exchange, Parameters, get};
use super::logout;
use crate::misbehave;

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> HttpResponse {
    let parameters = match exchange.parameters() {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.answer(&exchange.settings.profile),
    };
    let hint = get(&parameters, "id_token_hint");
    let issued = &exchange.state.id_tokens;
    let named = match hint.map(|hint| issued.get(hint)) {
        None => None,
        Some(Some(session)) => session.clone(),
        Some(None) => return error_page("invalid_request", "id_token_hint was not issued here."),
    };
    let Some(uri) = get(&parameters, "post_logout_redirect_uri") else {
        return logout::signed_out(&end(exchange, named.as_deref()), None);
    };
    // Without a hint or a client nobody can tell whose address this is (§2).
    if hint.is_none() && get(&parameters, "client_id").is_none() {
        return error_page("invalid_request", "Who asks? id_token_hint and client_id are missing.");
    }
    if !is_registered(exchange, &parameters, uri) {
        return error_page("invalid_request", "post_logout_redirect_uri is not registered.");
    }
    let frames = end(exchange, named.as_deref());
    let state = misbehave::returned_state(&exchange.faults, get(&parameters, "state"));
    let location = state.map_or_else(
        || uri.to_owned(),
        |state| {
            let mut form = FormWriter::new();
            form.append("state", &state);
            logout::with_query(uri, form)
        },
    );
    if frames.is_empty() {
        return answer::redirect(&location);
    }
    logout::signed_out(&frames, Some(&location))
}

/// Ends the session in this browser, or the one that the hint is of: a form that another site posts
/// brings no cookie. The frames to load come back.
fn end(exchange: &mut Exchange<'_>, named: Option<&str>) -> Vec<String> {
    let ended = exchange.end_session().or_else(|| exchange.state.sessions.end(named?));
    ended.map(|session| logout::tell(exchange, &session)).unwrap_or_default()
}

fn is_registered(exchange: &Exchange<'_>, parameters: &Parameters, uri: &str) -> bool {
    let id = get(parameters, "client_id");
    let clients = exchange.settings.clients.iter();
    let mut clients = clients.filter(|client| id.is_none_or(|id| client.id == id));
    clients.any(|client| client.post_logout_redirect_uris.iter().any(|known| known == uri))
}
