//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).
//!
//! ```text
//!   request ─▶ client and redirect URI ─▶ the rest ─▶ decision ─▶ codes and tokens ─▶ callback
//!                  │ wrong                  │ wrong      │ no              query, fragment, form
//!                  ▼                        ▼            ▼
//!              error page              error callback, by the same road
//! ```

use tegata_core::authorize::ResponseType;
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;

use super::answer::error_page;
use super::asked::{Asked, Refused, Target};
use super::exchange::{Exchange, Parameters};
use super::grants::{AccessToken, Code, Grant, GrantId};
use super::id_token::{self, Beside};
use super::session::{Session, session_state};
use super::{callback, login_page};
use crate::decision::{Choice, Decision};
use crate::profile::{Decline, Profile, RefreshRule, ScopeAnswer};

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> HttpResponse {
    match exchange.parameters() {
        Ok(parameters) => decide(exchange, &parameters, None),
        Err(refusal) => refusal.answer(&exchange.settings.profile),
    }
}

/// Answers an authorization request; `chosen` is what the person chose on the login page.
pub(crate) fn decide(
    exchange: &mut Exchange<'_>,
    parameters: &Parameters,
    chosen: Option<Decision>,
) -> HttpResponse {
    let target = match Target::read(exchange, parameters) {
        Ok(target) => target,
        Err(untold) => return error_page(untold.code, &untold.explanation),
    };
    let asked = match Asked::read(exchange, parameters, target.clone()) {
        Ok(asked) => asked,
        Err(refused) => return refuse(exchange, &target, &refused),
    };
    if asked.prompts("none") {
        return match silently(exchange, &asked) {
            Ok(answer) => answer,
            Err(code) => refuse(exchange, &target, &Refused::new(code, "prompt is none")),
        };
    }
    if exchange.settings.interactive && chosen.is_none() {
        return login_page::page(exchange, &asked, parameters);
    }
    let decision = chosen.unwrap_or_else(|| exchange.state.decision.clone());
    match decision.0 {
        Choice::Approve { subject, scope } => approve(exchange, &asked, subject, scope.as_ref()),
        Choice::Decline => decline(exchange, &asked),
        Choice::Fail(code) => refuse(exchange, &target, &Refused::new(code, "as scripted")),
    }
}

/// `prompt=none` (OpenID Connect Core §3.1.2.6): a result without a word, or why there is none.
fn silently(exchange: &mut Exchange<'_>, asked: &Asked) -> Result<HttpResponse, &'static str> {
    let session = exchange.session().cloned().ok_or("login_required")?;
    if asked.is_too_old(session.auth_time, exchange.now) {
        return Err("login_required");
    }
    if asked.login_hint.as_ref().is_some_and(|hint| !exchange.settings.is_user(&session, hint)) {
        return Err("login_required");
    }
    let consented = exchange.state.consented(&asked.target.client, &session.subject);
    let wanted = spelled(&exchange.settings.profile, &asked.scope);
    if !wanted.difference(&consented).is_empty() {
        return Err("consent_required");
    }
    Ok(grant(exchange, asked, &session, wanted))
}

fn approve(
    exchange: &mut Exchange<'_>,
    asked: &Asked,
    subject: Option<String>,
    ticked: Option<&Scope>,
) -> HttpResponse {
    let subject = subject.unwrap_or_else(|| exchange.settings.default_subject());
    let before = exchange.session().cloned();
    let again = |session: &Session| {
        session.subject == subject
            && !asked.prompts("login")
            && !asked.is_too_old(session.auth_time, exchange.now)
    };
    let session = match before.filter(again) {
        Some(session) => session,
        None => exchange.begin_session(subject),
    };
    let declined = ticked.map_or_else(Scope::empty, |ticked| asked.scope.difference(ticked));
    let granted = spelled(&exchange.settings.profile, &asked.scope.difference(&declined));
    grant(exchange, asked, &session, granted)
}

fn decline(exchange: &mut Exchange<'_>, asked: &Asked) -> HttpResponse {
    match exchange.settings.profile.decline {
        Decline::Bail if asked.bail => callback::send(exchange, &asked.target, Parameters::new()),
        Decline::Bail => login_page::portal(),
        Decline::AccessDenied => {
            let refused = Refused::new("access_denied", "the user declined");
            refuse(exchange, &asked.target, &refused)
        }
    }
}

fn refuse(exchange: &mut Exchange<'_>, target: &Target, refused: &Refused) -> HttpResponse {
    let parameters = vec![
        ("error".to_owned(), refused.code.to_owned()),
        ("error_description".to_owned(), refused.description.to_owned()),
    ];
    callback::send(exchange, target, parameters)
}

/// Opens the grant and hands out what the response type names.
fn grant(
    exchange: &mut Exchange<'_>,
    asked: &Asked,
    session: &Session,
    mut scope: Scope,
) -> HttpResponse {
    let profile = exchange.settings.profile.clone();
    let client = asked.target.client.clone();
    let before = exchange.state.consented(&client, &session.subject);
    if profile.incremental_consent && asked.include_granted_scopes {
        scope = scope.union(&before);
    }
    let first = before.is_empty();
    exchange.state.consent(&client, &session.subject, &scope);
    let grant = Grant {
        client,
        subject: Some(session.subject.clone()),
        scope: scope.clone(),
        nonce: asked.nonce.clone(),
        requested: asked.requested.clone(),
        auth_time: session.auth_time,
        wants_auth_time: asked.max_age.is_some(),
        refreshable: is_refreshable(profile.refresh_rule, asked, first),
        session_id: Some(session.id.clone()),
    };
    if let Some(session) = exchange.session() {
        session.clients.insert(grant.client.clone());
    }
    let id = exchange.state.grants.open(grant.clone());

    let mut parameters = Parameters::new();
    let mut add = |name: &str, value: String| parameters.push((name.to_owned(), value));
    let kind = asked.response_type;
    let code = kind.has_code().then(|| new_code(exchange, asked, id));
    let access_token = kind.has_token().then(|| new_access_token(exchange, id, &scope));
    if let Some(code) = &code {
        add("code", code.clone());
    }
    if let Some(token) = &access_token {
        add("access_token", token.clone());
        add("token_type", profile.token_type.to_owned());
        if profile.expires_in {
            add("expires_in", profile.access_token_lifetime.as_secs().to_string());
        }
    }
    if kind.has_id_token() {
        let beside = Beside {
            access_token: access_token.as_deref(),
            code: code.as_deref(),
            state: asked.target.state.as_deref(),
            nothing_follows: kind == ResponseType::IdToken,
            refreshed: false,
        };
        add("id_token", id_token::issue(exchange, &grant, &beside));
    }
    let redirect_uri = &asked.target.redirect_uri;
    let session_state = session_state(exchange, session, &grant.client, redirect_uri);
    if let Some(session_state) = session_state.filter(|_| scope.contains("openid")) {
        add("session_state", session_state);
    }
    if profile.scope_answer == ScopeAnswer::Everywhere {
        add("scope", scope.to_string());
    }
    callback::send(exchange, &asked.target, parameters)
}

fn is_refreshable(rule: RefreshRule, asked: &Asked, first: bool) -> bool {
    match rule {
        RefreshRule::AccessTypeOffline => {
            asked.access_type_offline && (first || asked.prompts("consent"))
        }
        RefreshRule::Always => true,
        RefreshRule::OfflineAccess => asked.scope.contains("offline_access"),
    }
}

fn new_code(exchange: &mut Exchange<'_>, asked: &Asked, grant: GrantId) -> String {
    let profile = &exchange.settings.profile;
    let code = Code {
        grant,
        redirect_uri: asked.target.redirect_uri.clone(),
        challenge: asked.challenge.clone(),
        expires: exchange.now.plus(profile.code_lifetime),
        used: false,
    };
    exchange.state.grants.add_code(profile, code)
}

pub(crate) fn new_access_token(
    exchange: &mut Exchange<'_>,
    grant: GrantId,
    scope: &Scope,
) -> String {
    let profile = &exchange.settings.profile;
    let expires = exchange.now.plus(profile.access_token_lifetime);
    let token = AccessToken { grant, scope: scope.clone(), expires };
    exchange.state.grants.add_access_token(profile, token)
}

/// The scopes as the provider spells them in its answers.
pub(crate) fn spelled(profile: &Profile, scope: &Scope) -> Scope {
    let mut spelled = Scope::empty();
    for token in scope.iter() {
        let other = profile.scope_spellings.iter().find(|(short, _)| *short == token);
        // What was a scope before is one still, and the other spelling is the profile's.
        let _ = spelled.insert(other.map_or(token, |(_, long)| long));
    }
    spelled
}
