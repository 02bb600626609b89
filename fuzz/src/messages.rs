//! The messages of OAuth 2.0: callback, token response, refusal, metadata, form, JSON, and Google's
//! `client_secret.json`.

use tegata_core::Error;
use tegata_core::authorize::{
    AuthorizationResponse, Callback, Expected, ResponseMode, ResponseType,
};
use tegata_core::bearer;
use tegata_core::form::{Form, FormWriter};
use tegata_core::http::Endpoint;
use tegata_core::json::{JsonFault, Object};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::State;
use tegata_core::time::UnixTime;
use tegata_core::token;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::Issuer;
use tegata_providers::{google, yahoo, yahoo_japan};

use crate::input::{Input, assert_hidden, response};

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

/// What strict reading accepts, lenient reading reads the same; what is written reads back.
pub fn form(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(form) = Form::parse(text) else { return };
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let lenient: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).collect();
    assert_eq!(pairs, lenient);
    let mut writer = FormWriter::new();
    for (name, value) in form.iter() {
        writer.append(name, value);
    }
    let written = writer.finish();
    assert_eq!(Form::parse(&written).as_ref(), Ok(&form));
}

/// Accepts a part of what serde_json accepts, and reads it the same.
pub fn json(data: &[u8]) {
    let lenient = serde_json::from_slice::<serde_json::Map<_, _>>(data);
    match Object::parse(data) {
        Ok(object) => assert_eq!(Some(object.to_json()), lenient.ok()),
        Err(JsonFault::Duplicate { .. } | JsonFault::TooDeep | JsonFault::TooManyMembers) => {}
        Err(fault) => assert!(lenient.is_err(), "{fault}"),
    }
}

/// Nothing without the state that was sent; no code beside an error; no code in a debug text.
pub fn callback(data: &[u8]) {
    let mut input = Input::new(data);
    let response_type = *input.choose(&ResponseType::ALL);
    let settings = input.byte();
    let body = input.rest();
    let Ok(text) = std::str::from_utf8(body) else { return };
    let (callback, mode) = match settings % 4 {
        0 => (Callback::from_query(text), Some(ResponseMode::Query)),
        1 => (Callback::from_fragment(text), Some(ResponseMode::Fragment)),
        2 => (Callback::from_form_post(body), Some(ResponseMode::FormPost)),
        _ => (Callback::from_url(text), None),
    };
    let Ok(callback) = callback else { return };
    let issuer = Issuer::new("https://op.example.com").expect("an issuer");
    let state = State::new("af0ifjsldkj");
    let mut expected = Expected::new(&issuer, response_type, &state);
    expected.issuer_announced = settings & 4 != 0;
    expected.response_mode = mode.unwrap_or(expected.response_mode);
    let read = AuthorizationResponse::read(&callback, &expected, NOW);
    let shown = format!("{callback:?} {read:?}");
    match read {
        Ok(response) => {
            assert_eq!(callback.state(), Some("af0ifjsldkj"));
            assert_eq!(response.code.is_some(), response_type.has_code());
            assert_eq!(response.id_token.is_some(), response_type.has_id_token());
            assert_eq!(response.tokens.is_some(), response_type.has_token());
            // The names of parameters and fields are shown, and none has a digit.
            let is_secret =
                |code: &str| code.len() >= 8 && code.contains(|c: char| c.is_ascii_digit());
            if let Some(code) = response.code.filter(|code| is_secret(code.expose())) {
                let is_name = text.matches(code.expose()).count() != 1;
                assert!(is_name || !shown.contains(code.expose()), "{shown}");
            }
        }
        Err(error) => drop((error.remedy(), error.to_string())),
    }
}

/// Tokens come out of a 200 with JSON alone, and no token shows in a text.
pub fn token_response(data: &[u8]) {
    let (status, content_type, tolerance, body) = exchange(data);
    let response = response(status, content_type, body);
    let read = token::read(&response, &tolerance, NOW);
    let shown = match &read {
        Ok(tokens) => {
            assert!(status == 200 && content_type.contains("json"));
            let again = tokens.clone().or_keep(tokens);
            assert_eq!(again.refresh_token(), tokens.refresh_token());
            format!("{tokens:?}")
        }
        Err(error) => format!("{error:?} {error} {:?}", error.remedy()),
    };
    hides_tokens(&shown, body);
}

/// A refusal is read from whatever comes, without showing what was in it.
pub fn error_response(data: &[u8]) {
    let (status, content_type, tolerance, body) = exchange(data);
    let response = response(status, content_type, body);
    let refused = bearer::refusal(Endpoint::UserInfo, &response, NOW);
    let error = Error::from(refused);
    assert_eq!(error.status(), Some(status));
    hides_tokens(&format!("{error:?} {error} {:?}", error.remedy()), body);
    if status != 200 {
        let error = token::read(&response, &tolerance, NOW).expect_err("a refusal");
        assert_eq!(error.status(), Some(status));
        hides_tokens(&format!("{error:?} {error} {:?}", error.remedy()), body);
    }
}

fn exchange(data: &[u8]) -> (u16, &'static str, Tolerance, &[u8]) {
    let mut input = Input::new(data);
    let status = *input.choose(&[200, 400, 401, 403, 404, 429, 500, 503, 302]);
    let content_type = input.choose(&[
        "application/json",
        "application/json; charset=utf-8",
        "text/html",
        "application/x-www-form-urlencoded",
    ]);
    let tolerance = *input.choose(&[
        Tolerance::NONE,
        google::PROFILE.tolerance,
        yahoo::PROFILE.tolerance,
        yahoo_japan::PROFILE.tolerance,
        Tolerance { scope_array: true, missing_token_type: true, ..Tolerance::NONE },
    ]);
    (status, content_type, tolerance, input.rest())
}

fn hides_tokens(shown: &str, body: &[u8]) {
    let Ok(object) = Object::parse(body) else { return };
    for name in ["access_token", "refresh_token", "id_token", "error_description"] {
        if let Ok(Some(secret)) = object.str(name) {
            assert_hidden(shown, secret, body);
        }
    }
}

/// Metadata speaks for the issuer that was asked, and every endpoint is a secure address.
pub fn metadata(data: &[u8]) {
    let issuer = Issuer::new("https://op.example.com").expect("an issuer");
    let response = response(200, "application/json", data);
    for tolerance in [Tolerance::NONE, yahoo::PROFILE.tolerance] {
        let Ok(metadata) = ServerMetadata::read(&response, &issuer, &tolerance) else { continue };
        assert_eq!(metadata.issuer(), &issuer);
        let said = serde_json::from_slice::<serde_json::Value>(data).expect("JSON");
        assert_eq!(said["issuer"], issuer.as_str());
        for (name, url) in metadata.endpoints() {
            let url = url.as_url();
            let loopback = tegata_core::url::is_loopback(url);
            assert!(url.scheme() == "https" || (url.scheme() == "http" && loopback), "{name}");
            assert!(url.fragment().is_none() && url.username().is_empty());
        }
    }
}

/// A file from the console becomes a client or an error that hides the secret.
pub fn client_secret(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = google::from_client_secret(text);
    let shown = format!("{read:?}");
    let Ok(object) = serde_json::from_str::<serde_json::Value>(text) else { return };
    for kind in ["web", "installed"] {
        if let Some(secret) = object[kind]["client_secret"].as_str() {
            assert_hidden(&shown, secret, data);
        }
    }
}
