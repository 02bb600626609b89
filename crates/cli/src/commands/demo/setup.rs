//! What a walk needs: a client, and somebody who agrees.

use std::time::Duration;

use tegata_core::authorize::{Callback, ResponseMode, ResponseType};
use tegata_core::http::HttpRequest;
use tegata_core::transport::TransportOptions;
use tegata_oidc::Config;
use tegata_oidc::sign_in::SignInRequest;
use tegata_providers::{google, openid, yahoo, yahoo_japan};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint, FakeProvider, Server, TestClock, browser};
use tegata_ureq::SystemClock;
use url::Url;

use super::Arguments;
use super::walk::Walk;
use crate::Failure;
use crate::backend::{Backend, Transport};
use crate::input;
use crate::loopback::{self, Listener};
use crate::output::Transcript;
use crate::preset::ProviderName;

/// Who agrees, and what else the provider's side of the walk can do.
pub(super) enum Scene {
    /// The built-in provider: it agrees at once, has an API, and its clock can be set.
    BuiltIn { provider: FakeProvider, clock: TestClock, _server: Server },
    /// A real provider: a person agrees in a browser.
    Person { listener: Option<Listener>, open_browser: bool, patience: Duration },
}

impl Scene {
    /// Sends the user to `url` and waits for the answer.
    pub(super) fn consent(
        &mut self,
        url: &Url,
        mode: ResponseMode,
        transcript: &Transcript,
    ) -> Result<Callback, Failure> {
        match self {
            Self::BuiltIn { .. } => {
                let landing =
                    browser::open(url.as_str()).map_err(Failure::io("the built-in provider"))?;
                if let browser::Landing::Page { status, .. } = landing {
                    let text = format!("the provider shows a page instead (HTTP {status})");
                    return Err(Failure::Usage(text));
                }
                Ok(landing.callback()?)
            }
            Self::Person { listener, open_browser, patience } => {
                loopback::show(url, *open_browser, |line| transcript.tell(line));
                let listener = listener.take();
                let listener = listener.ok_or(Failure::Usage("the listener was used".into()))?;
                listener.wait(mode, *patience).map_err(Failure::io("no callback"))
            }
        }
    }

    /// A request to an API of the provider, where there is one.
    pub(super) fn api_request(&self) -> Option<HttpRequest> {
        let Self::BuiltIn { provider, .. } = self else { return None };
        let mut request = HttpRequest::default();
        *request.uri_mut() = provider.address(Endpoint::Api)?.parse().ok()?;
        Some(request)
    }

    /// Lets time pass, where it can be made to.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let Self::BuiltIn { clock, .. } = self else { return false };
        clock.advance(time);
        true
    }
}

pub(super) fn at_the_built_in_provider(
    name: ProviderName,
    transport: Transport,
    flow: ResponseType,
) -> Result<Walk, Failure> {
    let (profile, config_at): (_, fn(&str, &str, &str) -> _) = match name {
        ProviderName::Google => (Profile::GOOGLE, google::config_at),
        ProviderName::Openid => (Profile::OPENID, openid::config),
        ProviderName::Yahoo => (Profile::YAHOO, yahoo::config_at),
        ProviderName::YahooJapan => (Profile::YAHOO_JAPAN, yahoo_japan::config_at),
    };
    let provider = FakeProvider::new(profile);
    let server = provider.serve().map_err(Failure::io("the built-in provider"))?;
    let clock = provider.clock();
    let config: Config = config_at(&provider.issuer(), Client::DEFAULT_ID, Client::DEFAULT_SECRET)?;
    let config = config.with_redirect_uri(Client::DEFAULT_REDIRECT_URI)?;
    let options = TransportOptions::new().allow_loopback_http();
    let backend = Backend::new(transport, config, options, clock.clone())?;
    let request = SignInRequest::new().scope("openid email profile")?.offline().response_type(flow);
    let scene = Scene::BuiltIn { provider, clock, _server: server };
    Ok(Walk { backend, flow, request, scene })
}

pub(super) fn at_a_real_provider(
    arguments: &Arguments,
    name: ProviderName,
    transport: Transport,
    flow: ResponseType,
) -> Result<Walk, Failure> {
    let real = &arguments.real;
    let (Some(issuer), Some(client_id)) = (&real.issuer, &real.client_id) else {
        return Err(Failure::Usage("--issuer goes with --client-id".to_owned()));
    };
    let secret = input::client_secret(real.client_secret_file.as_deref())?;
    let config = name.config(issuer, client_id, secret.as_deref())?;
    let listener = real.browser.listen()?;
    let config = config.with_redirect_uri(&listener.redirect_uri())?;
    let options = arguments.connection.options()?;
    let backend = Backend::new(transport, config, options, SystemClock::new())?;
    let mut request = SignInRequest::new().scope(&real.scope)?.response_type(flow);
    if real.offline {
        request = request.offline();
    }
    let scene = Scene::Person {
        listener: Some(listener),
        open_browser: !real.browser.no_browser,
        patience: real.browser.timeout,
    };
    Ok(Walk { backend, flow, request, scene })
}
