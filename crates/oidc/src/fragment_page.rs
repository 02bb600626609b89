//! The page that hands a fragment response to the server (OAuth 2.0 Multiple Response Types §5).
//!
//! A browser keeps the fragment of the redirect URI to itself: with `code id_token` and its like,
//! the server sees an empty request. It answers with this page, whose script posts the fragment back
//! as a form; [`callback`] reads the post.
//!
//! ```text
//!   GET /callback#code=…&id_token=…  ──▶  this page
//!   POST /callback   code=…&id_token=…  ◀── its script   ──▶ callback(body) ──▶ client.finish(…)
//! ```
//!
//! The tokens stand in no query, so in no log, no `Referer` and no history: the script takes the
//! fragment out of the address bar first. The post comes from the application's own page, so a cookie
//! with `SameSite=Lax` comes along, where the response mode `form_post` needs `SameSite=None`.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use tegata_core::authorize::Callback;
use tegata_core::error::{Error, Fault, Misbehaviour};
use tegata_core::form::FormFault;
use tegata_core::http::{Endpoint, HttpResponse};

/// The page, ready to be sent.
///
/// ```
/// use tegata_oidc::fragment_page::FragmentPage;
///
/// let page = FragmentPage::new().with_message("ja", "ログインを続けるには JavaScript が必要です。");
/// let response = page.response();
/// let policy = response.headers()["content-security-policy"].to_str()?;
/// assert!(policy.contains("script-src 'sha256-"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FragmentPage {
    language: String,
    message: String,
}

impl FragmentPage {
    /// The page with its message in English. It posts to the address that it stands at.
    #[must_use]
    pub fn new() -> Self {
        Self {
            language: "en".to_owned(),
            message: "JavaScript is needed to finish signing in.".to_owned(),
        }
    }

    /// What a user without JavaScript reads, and the language that it is in (BCP 47).
    #[must_use]
    pub fn with_message(mut self, language: &str, message: &str) -> Self {
        self.language = language.to_owned();
        self.message = message.to_owned();
        self
    }

    /// The answer, headers included: a policy that allows this one script by its hash and nothing
    /// else, no caching, no referrer.
    #[must_use]
    pub fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.html().into_bytes());
        *response.status_mut() = StatusCode::OK;
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// The HTML alone, for a framework that sets headers in its own way. Its script is
    /// [`SCRIPT_HASH`] to a content security policy.
    #[must_use]
    pub fn html(&self) -> String {
        let (language, message) = (escape(&self.language), escape(&self.message));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <title>…</title></head>\n<body><noscript>{message}</noscript>\n\
             <script>{SCRIPT}</script></body></html>\n"
        )
    }
}

impl Default for FragmentPage {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads what the page posted. It fits a pending sign-in of the response mode `fragment`.
///
/// ```
/// use tegata_oidc::fragment_page;
///
/// let callback = fragment_page::callback(b"code=SplxlOBe&state=af0ifjs")?;
/// assert_eq!(callback.state(), Some("af0ifjs"));
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Fault::Form`]: a parameter twice, too many, too long, or not readable.
pub fn callback(body: &[u8]) -> Result<Callback, Error> {
    let text = std::str::from_utf8(body).map_err(|_| {
        let fault = Fault::Form(FormFault::Encoding);
        Misbehaviour::new(Endpoint::Authorization, fault)
    })?;
    Callback::from_fragment(text)
}

/// Posts each parameter of the fragment as a field of a form. A repeated one is repeated, so that
/// the server can refuse it.
const SCRIPT: &str = "\
'use strict';\
const fragment=new URLSearchParams(location.hash.slice(1));\
history.replaceState(null,'',location.pathname);\
const form=document.createElement('form');\
form.method='post';form.action=location.pathname;\
for(const [name,value] of fragment){\
const field=document.createElement('input');\
field.type='hidden';field.name=name;field.value=value;form.append(field);}\
document.body.append(form);\
HTMLFormElement.prototype.submit.call(form);";

/// The script's source expression for `script-src` (CSP Level 3 §2.3.1).
pub const SCRIPT_HASH: &str = "'sha256-pImoWRXS+P4knYY8yFU7ejTsrUepAApnw9HXJO3WRzk='";

const HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'sha256-pImoWRXS+P4knYY8yFU7ejTsrUepAApnw9HXJO3WRzk='; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tegata_core::authorize::{AuthorizationResponse, Expected, ResponseType};
    use tegata_core::secret::State;
    use tegata_core::time::UnixTime;
    use tegata_core::url::Issuer;

    #[cfg(feature = "ring")]
    #[test]
    fn the_policy_allows_this_script_and_no_other() {
        use base64::Engine as _;
        use tegata_jose::algorithm::Hash;
        let digest = tegata_jose::backend::ring().digest(Hash::Sha256, SCRIPT.as_bytes());
        let hash = base64::prelude::BASE64_STANDARD.encode(digest.as_bytes());
        assert_eq!(SCRIPT_HASH, format!("'sha256-{hash}'"));
        let response = FragmentPage::new().response();
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains(&format!("script-src {SCRIPT_HASH};")), "{policy}");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }

    #[test]
    fn the_script_posts_and_never_puts_a_parameter_into_a_url() {
        assert!(SCRIPT.contains("form.method='post'"));
        assert!(!SCRIPT.contains("location.search") && !SCRIPT.contains("fetch("));
        // A field called "submit" would hide the method of that name.
        assert!(SCRIPT.contains("HTMLFormElement.prototype.submit.call(form)"));
    }

    #[test]
    fn what_it_posts_is_a_fragment_response() {
        let (issuer, state) = (Issuer::new("https://op.example.com").unwrap(), State::new("s"));
        let expected = Expected::new(&issuer, ResponseType::CodeIdToken, &state);
        let posted = callback(b"code=c&id_token=h.p.s&state=s").unwrap();
        let now = UnixTime::from_seconds(0);
        assert!(AuthorizationResponse::read(&posted, &expected, now).is_ok());
        assert!(callback(b"code=c&code=d&state=s").is_err());
        assert!(callback(&[0xff]).is_err());
    }

    proptest! {
        #[test]
        fn no_message_escapes_from_its_place(message: String) {
            let html = FragmentPage::new().with_message(&message, &message).html();
            prop_assert_eq!(html.matches('<').count(), FragmentPage::new().html().matches('<').count());
            prop_assert_eq!(html.matches('"').count(), FragmentPage::new().html().matches('"').count());
        }
    }
}
