//! Session management: a page that asks the provider, every few seconds and without a request,
//! whether the user is still signed in (OpenID Connect Session Management 1.0 §3).

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::url::EndpointUrl;

/// The page that the application puts into a hidden frame.
///
/// It loads the provider's `check_session_iframe` and posts `client_id session_state` to it every
/// `seconds`. When the provider answers `changed`, the page tells the application's own window
/// (`postMessage("changed")`), which then tries a silent sign-in (`prompt=none`) and, failing that,
/// ends its session. On `error` it stops, as §3.1 demands.
///
/// `script_nonce` goes into the page's script tag: send the page with
/// `Content-Security-Policy: script-src 'nonce-…'`.
///
/// ```
/// use tegata_core::url::EndpointUrl;
/// use tegata_oidc::session::check_session_page;
///
/// let frame = EndpointUrl::new("https://op.example.com/session/check")?;
/// let page = check_session_page(&frame, "client", "state.salt", 5, "r4nd0m")?;
/// assert!(page.contains("https://op.example.com"));
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// [`ApiMisuse::Unsupported`] for a client identifier with a space in it: the message could not be
/// taken apart (§3.1).
pub fn check_session_page(
    frame: &EndpointUrl,
    client_id: &str,
    session_state: &str,
    seconds: u32,
    script_nonce: &str,
) -> Result<String, Error> {
    if client_id.contains(' ') || session_state.contains(' ') {
        return Err(ApiMisuse::Unsupported("a client identifier with a space in it").into());
    }
    let origin = frame.as_url().origin().ascii_serialization();
    let values = [
        script_string(&format!("{client_id} {session_state}")),
        script_string(&origin),
        seconds.max(1).saturating_mul(1000).to_string(),
    ];
    let [message, origin, milliseconds] = values;
    let (frame, nonce) = (attribute(frame.as_str()), attribute(script_nonce));
    Ok(format!(
        "<!doctype html><meta charset=utf-8><title>Session</title>\
         <iframe id=op src=\"{frame}\" hidden></iframe>\
         <script nonce=\"{nonce}\">\
         const op = document.getElementById('op');\
         const origin = {origin};\
         const ask = () => op.contentWindow.postMessage({message}, origin);\
         let timer;\
         op.addEventListener('load', () => {{ clearInterval(timer); ask(); timer = setInterval(ask, {milliseconds}); }});\
         addEventListener('message', (event) => {{\
         if (event.origin !== origin || event.source !== op.contentWindow) return;\
         if (event.data === 'unchanged') return;\
         clearInterval(timer);\
         if (event.data === 'changed') parent.postMessage('changed', location.origin);\
         }});\
         </script>"
    ))
}

/// A text as a JavaScript string that no `</script>` can end.
fn script_string(text: &str) -> String {
    let json = serde_json::Value::String(text.to_owned()).to_string();
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_the_script_or_the_attribute() {
        let frame = EndpointUrl::new("https://op.example.com/s?a=1&b=%22").unwrap();
        let page = check_session_page(&frame, "</script>\"", "'\\", 0, "\"><x").unwrap();
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("src=\"https://op.example.com/s?a=1&amp;b=%22\""));
        assert!(page.contains("nonce=\"&quot;>&lt;x\""));
        assert!(page.contains("setInterval(ask, 1000)"));
    }

    #[test]
    fn a_space_would_split_the_message() {
        let frame = EndpointUrl::new("https://op.example.com/s").unwrap();
        assert!(check_session_page(&frame, "a b", "s", 5, "n").is_err());
        assert!(check_session_page(&frame, "a", "s t", 5, "n").is_err());
    }
}
