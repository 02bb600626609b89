//! The page on which a person types in the code of a device (RFC 8628 §3.3).
//!
//! Plain HTML, as the login page. Where nobody is in front of the browser, opening the address with
//! the code in it is the decision that was scripted.

use http::{Method, StatusCode};
use tegata_core::http::HttpResponse;

use super::answer::{error_page, escape, page as html};
use super::devices;
use super::exchange::{Exchange, Parameters, get};
use super::login_page::{CHOICE, read, user_choice};
use crate::Endpoint;
use crate::decision::{Choice, Decision};
use crate::profile::path_of;

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> HttpResponse {
    let parameters = match exchange.parameters() {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.answer(&exchange.settings.profile),
    };
    let typed = get(&parameters, "user_code").unwrap_or_default().to_owned();
    let decision = match (exchange.settings.interactive, exchange.request.method()) {
        (false, _) if !typed.is_empty() => exchange.state.decision.clone(),
        (_, &Method::POST) => match chosen(exchange, parameters) {
            Some(decision) => decision,
            None => {
                return error_page("invalid_request", "Choose a user, then approve or decline.");
            }
        },
        _ => return page(exchange, &typed),
    };
    let declined = matches!(decision.0, Choice::Decline);
    let (settings, now) = (exchange.settings, exchange.now);
    if !devices::decide(settings, exchange.state, &typed, now, decision) {
        return error_page("invalid_grant", "No device shows this code, or not any more.");
    }
    let text = if declined { "The device is told no." } else { "The device may go on." };
    html(StatusCode::OK, "Done", &format!("<p>{text} You can close this window.</p>"))
}

/// Who it is and yes or no. A device asks for all or nothing: there are no scopes to tick.
fn chosen(exchange: &Exchange<'_>, parameters: Parameters) -> Option<Decision> {
    let choices = parameters.into_iter().filter(|(name, _)| name.starts_with(CHOICE)).collect();
    let mut decision = read(&choices, &exchange.settings.users)?;
    if let Choice::Approve { scope, .. } = &mut decision.0 {
        *scope = None;
    }
    Some(decision)
}

fn page(exchange: &Exchange<'_>, typed: &str) -> HttpResponse {
    let profile = &exchange.settings.profile;
    let users = exchange.settings.users.iter().enumerate();
    let users: String = users.map(|(index, user)| user_choice(user, index == 0)).collect();
    let action = profile.address(Endpoint::DeviceVerification).map(path_of).unwrap_or_default();
    let content = format!(
        "<p>A device wants to be signed in at the fake provider <strong>{name}</strong>. Go on only \
         if it is yours, is in front of you, and shows the same code.</p>\n\
         <form method=\"post\" action=\"{action}\">\n\
         <p><label>The code that it shows <input name=\"user_code\" value=\"{typed}\" required \
         autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"></label></p>\n\
         <fieldset>\n<legend>Who are you?</legend>\n{users}</fieldset>\n\
         <p class=\"actions\">\
         <button class=\"main\" name=\"{CHOICE}answer\" value=\"approve\">Approve</button>\
         <button name=\"{CHOICE}answer\" value=\"decline\">Decline</button></p>\n</form>",
        name = escape(profile.name),
        action = escape(action),
        typed = escape(typed),
    );
    html(StatusCode::OK, "Connect a device", &content)
}
