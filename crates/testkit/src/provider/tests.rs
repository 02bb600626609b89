//! Whatever comes in, something HTTP comes out.

use http::{HeaderValue, Method};
use proptest::prelude::*;
use tegata_core::http::HttpRequest;

use crate::profile::{Profile, path_of};
use crate::{Endpoint, FakeProvider};

/// Parameters that mean something, with values that may.
fn parameters() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "response_mode",
        "grant_type",
        "code",
        "refresh_token",
        "token",
        "access_token",
        "client_secret",
        "choice.user",
        "choice.answer",
        "choice.scope.\"",
        "post_logout_redirect_uri",
        "origin",
        "session_state",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "code",
            "id_token token",
            "test-client",
            "https://app.example.com/callback",
            "openid",
            "form_post",
            "none",
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "alice",
            "approve",
            "test-secret-with-at-least-32-bytes",
            "18446744073709551615",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec((name, value), 0..12).prop_map(|pairs| {
        let mut form = tegata_core::form::FormWriter::new();
        for (name, value) in pairs {
            form.append(name, &value);
        }
        form.finish()
    })
}

proptest! {
    #[test]
    fn no_request_makes_it_panic(
        profile in prop::sample::select(Profile::ALL.to_vec()),
        endpoint in prop::sample::select(Endpoint::ALL.to_vec()),
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::PUT]),
        query in parameters(),
        body in prop_oneof![
            parameters().prop_map(String::into_bytes),
            any::<Vec<u8>>(),
        ],
        authorization in prop::option::of("(Basic|Bearer|DPoP) [ -~]{0,40}"),
    ) {
        let provider = FakeProvider::new(profile);
        let path = provider.profile().address(endpoint).map_or("/nowhere", path_of);
        let mut request = HttpRequest::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = format!("{path}?{query}").parse().unwrap_or_default();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("content-type", form);
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", value.parse().unwrap());
        }
        prop_assert!(provider.handle(&request).status().as_u16() < 500);
    }
}
