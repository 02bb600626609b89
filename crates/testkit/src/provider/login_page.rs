//! The page on which a person signs in and agrees, and the endpoint that it posts to.
//!
//! Plain HTML: no script, every control with its label, usable by keyboard alone. The whole
//! authorization request travels in hidden fields, so the provider remembers nothing in between.

use http::StatusCode;
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;

use super::answer::{error_page, escape, page as html};
use super::asked::Asked;
use super::authorization;
use super::callback::hidden;
use super::exchange::{Exchange, Parameters, get};
use crate::decision::{Choice, Decision};
use crate::profile::path_of;
use crate::{Endpoint, User};

/// Stands in front of what the person chose, so that it never meets a protocol parameter.
pub(crate) const CHOICE: &str = "choice.";

/// Asks the person: who are you, and what do you agree to?
pub(crate) fn page(
    exchange: &Exchange<'_>,
    asked: &Asked,
    parameters: &Parameters,
) -> HttpResponse {
    let profile = &exchange.settings.profile;
    let request: String = parameters.iter().map(|(name, value)| hidden(name, value)).collect();
    let hint = asked.login_hint.as_deref();
    let users: String = exchange
        .settings
        .users
        .iter()
        .enumerate()
        .map(|(index, user)| {
            let hinted = hint.map_or(index == 0, |hint| user.is(hint));
            user_choice(user, hinted)
        })
        .collect();
    let mut scopes: String = asked.scope.iter().map(scope_choice).collect();
    if scopes.is_empty() {
        scopes = "<p>It asks for no scope.</p>\n".to_owned();
    }
    let action = profile.address(Endpoint::Consent).map(path_of).unwrap_or_default();
    let content = format!(
        "<p><strong>{client}</strong> asks to sign you in at the fake provider \
         <strong>{name}</strong>.</p>\n\
         <form method=\"post\" action=\"{action}\">\n{request}\
         <fieldset>\n<legend>Who are you?</legend>\n{users}</fieldset>\n\
         <fieldset>\n<legend>What may it have?</legend>\n{scopes}</fieldset>\n\
         <p class=\"actions\">\
         <button class=\"main\" name=\"{CHOICE}answer\" value=\"approve\">Approve</button>\
         <button name=\"{CHOICE}answer\" value=\"decline\">Decline</button></p>\n</form>\n\
         <p class=\"note\">This is a test. No password is asked for, and nothing here is real.</p>",
        client = escape(&asked.target.client),
        name = escape(profile.name),
        action = escape(action),
    );
    html(StatusCode::OK, "Sign in", &content)
}

/// Takes what the person chose, and answers the authorization request that came along.
pub(crate) fn answer(exchange: &mut Exchange<'_>) -> HttpResponse {
    let form = match exchange.form() {
        Ok(form) => form,
        Err(refusal) => return refusal.answer(&exchange.settings.profile),
    };
    let (choices, request): (Parameters, Parameters) =
        form.into_iter().partition(|(name, _)| name.starts_with(CHOICE));
    let Some(decision) = read(&choices, &exchange.settings.users) else {
        return error_page("invalid_request", "Choose a user, then approve or decline.");
    };
    authorization::decide(exchange, &request, Some(decision))
}

/// Where Yahoo! JAPAN leaves a user who declined without `bail=1`: at home, for good.
pub(crate) fn portal() -> HttpResponse {
    html(StatusCode::OK, "Welcome", "<p>You declined. The application is not told.</p>")
}

/// Who it is, and yes or no.
pub(crate) fn read(choices: &Parameters, users: &[User]) -> Option<Decision> {
    let chosen = |name: &str| get(choices, &format!("{CHOICE}{name}"));
    if chosen("answer")? == "decline" {
        return Some(Decision::decline());
    }
    let subject = chosen("user")?;
    users.iter().find(|user| user.subject == subject)?;
    let mut scope = Scope::empty();
    for (name, _) in choices {
        if let Some(ticked) = name.strip_prefix(CHOICE).and_then(|n| n.strip_prefix("scope.")) {
            scope.insert(ticked).ok()?;
        }
    }
    let subject = Some(subject.to_owned());
    Some(Decision(Choice::Approve { subject, scope: Some(scope) }))
}

pub(crate) fn user_choice(user: &User, checked: bool) -> String {
    let subject = escape(&user.subject);
    let name = user.claims.get("name").and_then(|name| name.as_str()).unwrap_or(&user.subject);
    let checked = if checked { " checked" } else { "" };
    format!(
        "<label><input type=\"radio\" name=\"{CHOICE}user\" value=\"{subject}\"{checked} required> \
         <span>{} <small>({subject})</small></span></label>\n",
        escape(name)
    )
}

fn scope_choice(scope: &str) -> String {
    let scope = escape(scope);
    format!(
        "<label><input type=\"checkbox\" name=\"{CHOICE}scope.{scope}\" value=\"on\" checked> \
         <code>{scope}</code></label>\n"
    )
}
