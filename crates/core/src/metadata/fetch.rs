//! Fetches a server's metadata: one well-known address, or one after the other.
//!
//! ```text
//!   Start ──▶ GET first form ──200──▶ Done
//!                    │ 404, and there is another form
//!                    └──▶ GET next form ──200──▶ Done
//! ```

use super::ServerMetadata;
use crate::error::{ApiMisuse, Error};
use crate::flow::{Flow, Input, Step};
use crate::http::{Endpoint, get};
use crate::time::UnixTime;
use crate::tolerance::Tolerance;
use crate::url::Issuer;

/// Where a metadata document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WellKnown {
    /// `/.well-known/oauth-authorization-server` between host and path (RFC 8414 §3.1).
    OAuth,
    /// `/.well-known/openid-configuration` behind the path (OpenID Connect Discovery §4).
    OpenId,
}

/// The flow that fetches a server's metadata.
#[derive(Debug)]
pub struct Fetch {
    issuer: Issuer,
    tolerance: Tolerance,
    forms: &'static [WellKnown],
}

impl Fetch {
    /// Asks `issuer` at each of `forms`, in order, until one is not answered by 404.
    #[must_use]
    pub const fn new(issuer: Issuer, forms: &'static [WellKnown], tolerance: Tolerance) -> Self {
        Self { issuer, tolerance, forms }
    }

    fn ask_next<T>(&mut self) -> Option<Step<T>> {
        let (form, rest) = self.forms.split_first()?;
        self.forms = rest;
        let url = match form {
            WellKnown::OAuth => self.issuer.oauth_authorization_server(),
            WellKnown::OpenId => self.issuer.openid_configuration(),
        };
        Some(Step::Send(get(Endpoint::Discovery, &url)))
    }
}

impl Flow for Fetch {
    type Output = ServerMetadata;

    fn advance(&mut self, input: Input, _now: UnixTime) -> Result<Step<ServerMetadata>, Error> {
        match input {
            Input::Start => self.ask_next().ok_or_else(|| ApiMisuse::WrongInput.into()),
            Input::Response(response) => {
                if response.status() == 404
                    && let Some(step) = self.ask_next()
                {
                    return Ok(step);
                }
                ServerMetadata::read(&response, &self.issuer, &self.tolerance).map(Step::Done)
            }
            Input::Unreachable(error) => Err(error),
            Input::Woken => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(status: u16, body: &str) -> Input {
        let response = ::http::Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        Input::Response(response.body(body.as_bytes().to_vec()).unwrap())
    }

    fn sent(step: Step<ServerMetadata>) -> String {
        let Step::Send(request) = step else { panic!("{step:?}") };
        request.uri().to_string()
    }

    const NOW: UnixTime = UnixTime::from_seconds(0);

    #[test]
    fn goes_on_to_the_next_form_when_the_first_is_not_found() {
        let issuer = Issuer::new("https://op.example.com/a").unwrap();
        let forms = &[WellKnown::OpenId, WellKnown::OAuth];
        let mut flow = Fetch::new(issuer, forms, Tolerance::NONE);
        assert_eq!(
            sent(flow.advance(Input::Start, NOW).unwrap()),
            "https://op.example.com/a/.well-known/openid-configuration"
        );
        assert_eq!(
            sent(flow.advance(respond(404, "{}"), NOW).unwrap()),
            "https://op.example.com/.well-known/oauth-authorization-server/a"
        );
        let body = r#"{"issuer":"https://op.example.com/a"}"#;
        assert!(matches!(flow.advance(respond(200, body), NOW), Ok(Step::Done(_))));
    }

    #[test]
    fn a_404_at_the_last_form_and_any_other_status_is_an_error() {
        let issuer = Issuer::new("https://op.example.com").unwrap();
        for status in [404, 301, 500] {
            let mut flow = Fetch::new(issuer.clone(), &[WellKnown::OpenId], Tolerance::NONE);
            flow.advance(Input::Start, NOW).unwrap();
            let answer: Result<Step<_>, Error> = flow.advance(respond(status, "{}"), NOW);
            assert_eq!(answer.unwrap_err().status(), Some(status));
        }
    }
}
