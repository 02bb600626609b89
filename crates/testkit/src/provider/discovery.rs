//! The metadata, in both well-known forms (OpenID Connect Discovery §4, RFC 8414 §3).

use http::StatusCode;
use serde_json::{Map, Value, json};
use tegata_core::http::HttpResponse;

use super::answer;
use super::exchange::Exchange;
use crate::{Endpoint, misbehave};

/// Which member names which address.
const MEMBERS: [(&str, Endpoint); 8] = [
    ("authorization_endpoint", Endpoint::Authorization),
    ("check_session_iframe", Endpoint::CheckSession),
    ("device_authorization_endpoint", Endpoint::DeviceAuthorization),
    ("end_session_endpoint", Endpoint::EndSession),
    ("introspection_endpoint", Endpoint::Introspection),
    ("jwks_uri", Endpoint::Jwks),
    ("token_endpoint", Endpoint::Token),
    ("userinfo_endpoint", Endpoint::UserInfo),
];

/// Whoever can end a session tells every client of it (Front-Channel Logout §3, Back-Channel Logout
/// §2.1).
const SIGNS_OUT: [&str; 4] = [
    "backchannel_logout_session_supported",
    "backchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "frontchannel_logout_supported",
];

pub(crate) fn answer(exchange: &Exchange<'_>) -> HttpResponse {
    let profile = &exchange.settings.profile;
    let mut document: Map<String, Value> =
        serde_json::from_str(profile.metadata).expect("the metadata of a profile is an object");
    document.insert("issuer".into(), exchange.state.issuer(profile).into());
    let revocation = (profile.revocation_member, Endpoint::Revocation);
    for (member, endpoint) in MEMBERS.into_iter().chain([revocation]) {
        if let Some(address) = exchange.state.address(profile, endpoint) {
            document.insert(member.into(), address.into());
        }
    }
    document
        .entry("id_token_signing_alg_values_supported")
        .or_insert_with(|| json!([profile.signing.as_str()]));
    if profile.issuer_parameter {
        document.insert("authorization_response_iss_parameter_supported".into(), true.into());
    }
    if document.contains_key("end_session_endpoint") {
        SIGNS_OUT.into_iter().for_each(|name| drop(document.insert(name.into(), true.into())));
    }
    misbehave::discovery(&exchange.faults, &mut document);
    let text = misbehave::doubled(&exchange.faults, Value::Object(document).to_string());
    answer::cached(answer::body(StatusCode::OK, "application/json", text))
}
