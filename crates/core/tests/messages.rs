//! Every message that the core writes says what it was given, to a second reader, slow and obvious.

mod reference;

use std::time::Duration;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use proptest::prelude::*;
use tegata_core::authorize::{AuthorizationRequest, Callback, ResponseType};
use tegata_core::bearer;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::http::{HttpRequest, retry_after};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, ClientSecret, CodeVerifier, RefreshToken, State};
use tegata_core::time::UnixTime;
use tegata_core::token;
use tegata_core::url::{EndpointUrl, RedirectUri};

use reference::{decode, pairs};

const CALLBACK: &str = "https://app.example.com/cb?a=b%26c";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The pairs of a query or form, in the order that they stand there.
fn named<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Six bits a character.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = Vec::new();
    for character in text.trim_end_matches('=').chars() {
        let value = ALPHABET.chars().position(|known| known == character)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let byte = |bits: &[bool]| bits.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    Some(bits.chunks_exact(8).map(byte).collect())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, counted day by day.
fn date(seconds: u32) -> String {
    const NAMES: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [(&str, u32); 12] = [
        ("Jan", 31),
        ("Feb", 28),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut left) = (1970, days);
    let is_leap = |year: u32| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u32::from(is_leap(year)) {
        left -= 365 + u32::from(is_leap(year));
        year += 1;
    }
    for (month, length) in MONTHS {
        let length = length + u32::from(month == "Feb" && is_leap(year));
        if left < length {
            let name = NAMES.iter().cycle().nth(usize::try_from(days % 7).unwrap_or(0));
            let (name, day) = (name.copied().unwrap_or_default(), left + 1);
            let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
            return format!(
                "{name}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT"
            );
        }
        left -= length;
    }
    unreachable!("a year has twelve months")
}

fn post(client: &Client, refresh_token: &str) -> HttpRequest {
    let url = EndpointUrl::new("https://op.example.com/token").expect("an address");
    token::refresh(client, &url, &token::Refresh::new(&RefreshToken::new(refresh_token)))
}

proptest! {
    #[test]
    fn an_authorization_url_says_what_was_asked(
        client_id: String,
        state: String,
        more: String,
        query in "(\\?|\\?x=%20y|\\?x=a&y=%C3%A9|)",
        words in "[!#-~&&[^\"\\\\ ]]{1,9}( [!#-~&&[^\"\\\\ ]]{1,9}){0,3}",
    ) {
        let endpoint = EndpointUrl::new(&format!("https://op.example.com/auth{query}"));
        let endpoint = endpoint.expect("an address");
        let redirect_uri = RedirectUri::new(CALLBACK).expect("a redirect URI");
        let (scope, sent) = (Scope::parse(&words).expect("a scope"), State::new(state.as_str()));
        let verifier = CodeVerifier::new(VERIFIER);
        let code = ResponseType::Code;
        let mut request =
            AuthorizationRequest::new(&client_id, &redirect_uri, code, &scope, &sent);
        request.code_verifier = Some(&verifier);
        let further = [("a parameter & more".to_owned(), more.clone())];
        request.more = &further;

        let url = request.url(&endpoint).to_string();
        prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
        let (before, said) = url.split_once('?').expect("a query");
        prop_assert_eq!(before, "https://op.example.com/auth");
        let said = pairs(said).expect("readable, and no name twice");
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", &client_id),
            ("redirect_uri", CALLBACK),
            ("scope", &scope.to_string()),
            ("state", &state),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("a parameter & more", &more),
        ] {
            prop_assert_eq!(named(&said, name), Some(value), "{}", name);
        }
        let kept = pairs(query.trim_start_matches('?')).expect("readable");
        prop_assert_eq!(said.len(), 8 + kept.len());
        prop_assert!(kept.iter().all(|(name, value)| named(&said, name) == Some(value)));
    }

    #[test]
    fn a_client_names_itself_in_its_form_or_in_the_header_and_in_one_of_them(
        id: String,
        secret: String,
        refresh_token: String,
    ) {
        let basic = ClientAuthentication::Basic(ClientSecret::new(secret.as_str()));
        let request = post(&Client::new(id.as_str(), basic), &refresh_token);
        let header = request.headers().get(AUTHORIZATION).expect("a header");
        prop_assert!(header.is_sensitive());
        let header = header.to_str().expect("ASCII").strip_prefix("Basic ").expect("the scheme");
        let pair = String::from_utf8(from_base64(header).expect("base64")).expect("ASCII");
        let (left, right) = pair.split_once(':').expect("a pair");
        prop_assert_eq!((decode(left), decode(right)), (Some(id.clone()), Some(secret.clone())));
        let body = std::str::from_utf8(request.body()).expect("ASCII");
        let said = pairs(body).expect("readable, and no name twice");
        prop_assert_eq!(said.len(), 2);
        prop_assert_eq!(named(&said, "refresh_token"), Some(refresh_token.as_str()));

        let posted = ClientAuthentication::Post(ClientSecret::new(secret.as_str()));
        let request = post(&Client::new(id.as_str(), posted), &refresh_token);
        prop_assert!(request.headers().get(AUTHORIZATION).is_none());
        let said = pairs(std::str::from_utf8(request.body()).expect("ASCII")).expect("readable");
        prop_assert_eq!(named(&said, "client_id"), Some(id.as_str()));
        prop_assert_eq!(named(&said, "client_secret"), Some(secret.as_str()));
        prop_assert_eq!(said.len(), 4);
    }

    #[test]
    fn an_access_token_goes_into_the_header_as_it_is_or_not_at_all(
        token in "[!-~]{0,8}[ \u{0}\r\n\té~]{0,1}",
    ) {
        let found = bearer::authorization(&AccessToken::new(token.as_str())).ok();
        let fits = !token.is_empty() && token.chars().all(|c| ('!'..='~').contains(&c));
        prop_assert_eq!(found.is_some(), fits);
        if let Some(header) = found {
            let sent = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            prop_assert_eq!(sent, Some(token.as_str()));
            prop_assert!(header.is_sensitive());
        }
    }

    #[test]
    fn a_date_to_retry_after_is_read_to_the_second(seconds: u32, now in 0_u32..) {
        let header = HeaderValue::from_str(&date(seconds)).expect("ASCII");
        let headers = HeaderMap::from_iter([(RETRY_AFTER, header)]);
        let wait = retry_after(&headers, UnixTime::from_seconds(i64::from(now)));
        let expected = Duration::from_secs(u64::from(seconds.saturating_sub(now)));
        prop_assert_eq!(wait, Some(expected), "{}", date(seconds));
    }

    #[test]
    fn a_callback_is_what_stands_behind_the_question_mark_or_the_hash(
        path in "[a-z/:.]{0,9}",
        query in "(\\?(state=[a-z]{0,3}|code=c|x=%3F%23|[=&?]){0,3})?",
        fragment in "(#(state=[A-Z]{0,3}|code=c|[=&?#]){0,3})?",
    ) {
        let found = Callback::from_url(&format!("{path}{query}{fragment}"));
        let inside = fragment.strip_prefix('#').filter(|inside| !inside.is_empty());
        let text = inside.unwrap_or_else(|| query.strip_prefix('?').unwrap_or_default());
        let expected = pairs(text);
        prop_assert_eq!(found.is_ok(), expected.is_some());
        if let (Ok(callback), Some(expected)) = (found, expected) {
            let state = named(&expected, "state").filter(|state| !state.is_empty());
            prop_assert_eq!(callback.state(), state);
            let shown = format!("{callback:?}");
            let mode = if inside.is_some() { "Fragment" } else { "Query" };
            prop_assert!(shown.contains(mode), "{}", shown);
        }
    }

    #[test]
    fn a_response_type_is_its_words_in_any_order(
        words in prop::sample::subsequence(vec!["code", "id_token", "token"], 0..=3).prop_shuffle(),
        separator in "( |  |,)",
    ) {
        let found = ResponseType::parse(&words.join(&separator));
        let has = |word: &str| words.contains(&word);
        // Neither nothing nor a token alone: that is no sign-in and no code.
        let known = has("code") || has("id_token");
        let is_written = separator == " " || words.len() == 1;
        prop_assert_eq!(found.is_some(), known && is_written);
        if let Some(found) = found {
            prop_assert_eq!(found.has_code(), has("code"));
            prop_assert_eq!(found.has_id_token(), has("id_token"));
            prop_assert_eq!(found.has_token(), has("token"));
            prop_assert_eq!(ResponseType::parse(found.as_str()), Some(found));
        }
    }
}
