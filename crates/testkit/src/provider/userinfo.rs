//! The UserInfo endpoint (OpenID Connect Core §5.3), and which scope brings which claim (§5.4).

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use tegata_core::http::HttpResponse;
use tegata_core::scope::Scope;

use super::answer::{self, Refusal, no_store};
use super::exchange::Exchange;
use super::grants::Grant;
use super::state::Settings;
use super::{bearer, distributed, id_token};
use crate::profile::{ErrorStyle, Profile};
use crate::{Endpoint, misbehave};

const JWT: &str = "application/jwt; charset=UTF-8";

pub(crate) fn answer(exchange: &mut Exchange<'_>) -> Result<HttpResponse, Refusal> {
    if ![Method::GET, Method::POST].contains(exchange.request.method()) {
        let refusal = Refusal::new("invalid_request", "GET or POST");
        return Err(refusal.with_status(StatusCode::METHOD_NOT_ALLOWED));
    }
    misbehave::user_info_request(&exchange.faults, exchange)?;
    // Yahoo! JAPAN takes no token in a form since 2022.
    let in_form = exchange.settings.profile.errors != ErrorStyle::YahooJapan;
    let (grant, scope) = bearer::check(exchange, in_form)?;
    if !scope.contains("openid") || grant.subject.is_none() {
        return Err(bearer::insufficient_scope(exchange, "openid"));
    }
    let mut claims = claims(exchange.settings, &grant, &scope, &grant.requested.userinfo);
    let elsewhere = exchange.state.address(&exchange.settings.profile, Endpoint::Claims);
    let elsewhere = elsewhere.map(|address| (address, distributed::ACCESS_TOKEN));
    misbehave::userinfo(&exchange.faults, &mut claims, elsewhere);
    let settings = exchange.settings;
    let client = settings.client(&grant.client);
    let registered = client.and_then(|client| client.userinfo_signing);
    let is_signed = settings.profile.signed_userinfo || misbehave::is_signed(&exchange.faults);
    let algorithm = registered.or(is_signed.then_some(settings.profile.signing));
    let text = if let Some(algorithm) = algorithm {
        let issuer = exchange.state.issuer(&exchange.settings.profile);
        claims.insert("iss".into(), issuer.into());
        claims.insert("aud".into(), grant.client.clone().into());
        misbehave::signed_userinfo(&exchange.faults, &mut claims);
        id_token::sign(exchange, &grant.client, &claims, algorithm)
    } else {
        misbehave::doubled(&exchange.faults, Value::Object(claims).to_string())
    };
    let is_token = algorithm.is_some();
    let encrypt = client.and_then(|client| client.encrypt_userinfo.as_ref());
    let mut response = match encrypt.and_then(|it| it(&text, is_token, &exchange.faults)) {
        Some(token) => answer::body(StatusCode::OK, JWT, token),
        None if is_token => answer::body(StatusCode::OK, JWT, text),
        None => answer::body(StatusCode::OK, "application/json", text),
    };
    no_store(&mut response);
    Ok(response)
}

/// What `scope` lets the client know of the user, and what it asked for by name.
pub(crate) fn claims(
    settings: &Settings,
    grant: &Grant,
    scope: &Scope,
    requested: &[String],
) -> Map<String, Value> {
    let profile = &settings.profile;
    let user = settings.users.iter().find(|user| Some(&user.subject) == grant.subject.as_ref());
    let mut known: Map<String, Value> =
        serde_json::from_str(profile.user_claims).expect("the claims of a profile are an object");
    known.extend(user.map(|user| user.claims.clone()).unwrap_or_default());
    let mut claims: Map<String, Value> = known
        .into_iter()
        .filter(|(name, _)| {
            requested.contains(name)
                || scope_of(name).is_none_or(|needed| has(profile, scope, needed))
        })
        .collect();
    claims.insert("sub".into(), grant.subject.clone().into());
    claims
}

/// The scope that brings a claim; `None`: every scope does.
fn scope_of(claim: &str) -> Option<&'static str> {
    // A language tag may follow (§5.2).
    match claim.split('#').next().unwrap_or_default() {
        "address" => Some("address"),
        "email" | "email_verified" => Some("email"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "name" | "family_name" | "given_name" | "middle_name" | "nickname"
        | "preferred_username" | "profile" | "picture" | "website" | "gender" | "birthdate"
        | "zoneinfo" | "locale" | "updated_at" => Some("profile"),
        _ => None,
    }
}

fn has(profile: &Profile, scope: &Scope, needed: &str) -> bool {
    let other = profile.scope_spellings.iter().find(|(short, _)| *short == needed);
    scope.contains(needed) || other.is_some_and(|(_, long)| scope.contains(long))
}
