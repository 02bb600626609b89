//! How the answer gets back to the client: query, fragment, or a page that posts itself
//! (OAuth 2.0 Multiple Response Type Encoding Practices §2, Form Post Response Mode §2).

use http::StatusCode;
use tegata_core::authorize::ResponseMode;
use tegata_core::form::FormWriter;
use tegata_core::http::HttpResponse;

use super::answer::{escape, page, redirect};
use super::asked::Target;
use super::exchange::{Exchange, Parameters};
use crate::misbehave;

/// Sends `parameters` back, with the state and the issuer beside them.
pub(crate) fn send(
    exchange: &Exchange<'_>,
    target: &Target,
    mut parameters: Parameters,
) -> HttpResponse {
    let profile = &exchange.settings.profile;
    if let Some(state) = &target.state {
        parameters.push(("state".to_owned(), state.clone()));
    }
    if profile.issuer_parameter {
        parameters.push(("iss".to_owned(), exchange.state.issuer(profile)));
    }
    let mut mode = target.mode;
    misbehave::callback(&exchange.faults, &mut parameters, &mut mode);
    let uri = &target.redirect_uri;
    match mode {
        ResponseMode::FormPost => {
            misbehave::callback_page(&exchange.faults, form_post(uri, &parameters))
        }
        ResponseMode::Fragment => redirect(&format!("{uri}#{}", encoded(&parameters))),
        _ => {
            // The client's own query stays (RFC 6749 §3.1.2).
            let separator = if uri.contains('?') { '&' } else { '?' };
            redirect(&format!("{uri}{separator}{}", encoded(&parameters)))
        }
    }
}

fn encoded(parameters: &Parameters) -> String {
    let mut form = FormWriter::new();
    for (name, value) in parameters {
        form.append(name, value);
    }
    form.finish()
}

fn form_post(uri: &str, parameters: &Parameters) -> HttpResponse {
    let fields: String = parameters.iter().map(|(name, value)| hidden(name, value)).collect();
    let content = format!(
        "<form method=\"post\" action=\"{}\">\n{fields}\
         <p>If nothing happens, go on by hand.</p>\n\
         <p class=\"actions\"><button class=\"main\">Continue</button></p>\n</form>\n\
         <script>document.forms[0].submit()</script>",
        escape(uri)
    );
    page(StatusCode::OK, "Signing you in", &content)
}

/// A hidden field of a form.
pub(crate) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value))
}
