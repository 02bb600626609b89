//! The end of a session, asked for by the client (OpenID Connect RP-Initiated Logout §2).

use http::StatusCode;
use tegata_core::form::FormWriter;
use tegata_core::http::HttpResponse;

use super::answer::{self, error_page, page};
use super::exchange::{Exchange, Parameters, get};

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> HttpResponse {
    let parameters = match exchange.parameters() {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.answer(&exchange.settings.profile),
    };
    let hint = get(&parameters, "id_token_hint");
    if hint.is_some_and(|hint| !exchange.state.id_tokens.iter().any(|known| known == hint)) {
        return error_page("invalid_request", "id_token_hint was not issued here.");
    }
    let Some(uri) = get(&parameters, "post_logout_redirect_uri") else {
        exchange.state.session = None;
        return page(StatusCode::OK, "Signed out", "<p>You are signed out.</p>");
    };
    // Without a hint or a client nobody can tell whose address this is (§2).
    if hint.is_none() && get(&parameters, "client_id").is_none() {
        return error_page("invalid_request", "Who asks? id_token_hint and client_id are missing.");
    }
    if !is_registered(exchange, &parameters, uri) {
        return error_page("invalid_request", "post_logout_redirect_uri is not registered.");
    }
    exchange.state.session = None;
    let Some(state) = get(&parameters, "state") else { return answer::redirect(uri) };
    let mut form = FormWriter::new();
    form.append("state", state);
    let separator = if uri.contains('?') { '&' } else { '?' };
    answer::redirect(&format!("{uri}{separator}{}", form.finish()))
}

fn is_registered(exchange: &Exchange<'_>, parameters: &Parameters, uri: &str) -> bool {
    let id = get(parameters, "client_id");
    let clients = exchange.settings.clients.iter();
    let mut clients = clients.filter(|client| id.is_none_or(|id| client.id == id));
    clients.any(|client| client.post_logout_redirect_uris.iter().any(|known| known == uri))
}
