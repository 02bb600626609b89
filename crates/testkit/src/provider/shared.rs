//! The way of a request: to its endpoint, through the script, back out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::{Method, StatusCode, Uri};
use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::{self, HttpRequest, HttpResponse};
use tegata_core::time::Clock as _;

use super::exchange::Exchange;
use super::state::{Settings, State};
use super::{
    answer, api, authorization, check_session, device_page, devices, discovery, distributed,
    end_session, events, introspection, key_sets, login_page, logout, revocation, session, token,
    userinfo,
};
use crate::log::Seen;
use crate::{Endpoint, browser, misbehave};

/// From which delay on a transport without sockets gives up.
const TRANSPORT_DEADLINE: Duration = Duration::from_secs(10);

/// What the handle shares with its transports and servers.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

/// What is to happen to an answer below HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnTheWire {
    Delayed(Duration),
    Reset,
    Truncated,
}

impl Shared {
    pub(crate) const fn new(settings: Settings) -> Self {
        Self { settings, state: Mutex::new(State::new()) }
    }

    pub(crate) fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let mut state = self.lock();
        let settings = &self.settings;
        let path = request.uri().path().trim_end_matches('/');
        let Some(endpoint) = settings.profile.route(path) else { return answer::not_found() };
        state.log.push(Seen::new(endpoint, request));
        let cookie = session::cookie(&state, request);
        let planned = state.script.next(endpoint);
        if let Some(response) = planned.response {
            return response;
        }
        let now = settings.clock.now();
        let faults = planned.faults;
        let mut exchange =
            Exchange { settings, state: &mut state, request, now, cookie: cookie.clone(), faults };
        let response = misbehave::instead(&exchange.faults);
        let mut response = response.unwrap_or_else(|| route(endpoint, &mut exchange));
        if exchange.cookie != cookie {
            session::set_cookie(&exchange, &mut response);
        }
        let mut response = misbehave::answer(&exchange.faults, response);
        if !planned.delay.is_zero() {
            response.extensions_mut().insert(OnTheWire::Delayed(planned.delay));
        }
        response
    }

    /// An exchange as a client's transport sees it.
    pub(crate) fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let response = self.handle(request);
        let fault = match response.extensions().get() {
            None => return Ok(response),
            Some(OnTheWire::Delayed(delay)) => {
                self.settings.clock.advance(*delay);
                if *delay < TRANSPORT_DEADLINE {
                    return Ok(response);
                }
                TransportFault::Timeout
            }
            Some(OnTheWire::Reset | OnTheWire::Truncated) => TransportFault::Interrupted,
        };
        let endpoint = request.extensions().get::<http::Endpoint>().copied();
        Err(TransportError::new(endpoint.unwrap_or(http::Endpoint::ProtectedResource), fault))
    }

    /// Ends every session as users do, with what is scripted for the end of sessions.
    pub(crate) fn sign_out(&self) {
        let mut state = self.lock();
        let faults = state.script.next(Endpoint::EndSession).faults;
        let (settings, now) = (&self.settings, self.settings.clock.now());
        let request = &HttpRequest::default();
        for session in state.sessions.end_all() {
            let (state, faults) = (&mut *state, faults.clone());
            let mut exchange = Exchange { settings, state, request, now, cookie: None, faults };
            logout::tell(&mut exchange, &session);
        }
        let is_served = state.origin.is_some();
        drop(state);
        if is_served {
            self.post_logout_tokens();
        }
    }

    /// Posts the logout tokens whose clients are on this machine, one after the other.
    pub(crate) fn post_logout_tokens(&self) {
        let waiting = std::mem::take(&mut self.lock().logout_requests);
        let (near, far) = waiting.into_iter().partition(|request| is_near(request.uri()));
        self.lock().logout_requests.extend::<Vec<_>>(far);
        for request in near {
            // Whoever does not answer was not told: nothing here depends on it.
            if let Ok(answer) = browser::send(&request.uri().to_string(), &request) {
                self.lock().logout_answers.push(answer);
            }
        }
    }

    /// Moves the issuer and every address to where the provider is served.
    pub(crate) fn set_origin(&self, origin: Option<String>) {
        self.lock().origin = origin;
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this process may send something there.
fn is_near(uri: &Uri) -> bool {
    let loopback = ["127.0.0.1", "[::1]", "localhost"];
    uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| loopback.contains(&host))
}

/// Documents are fetched, and nothing is sent to them.
const fn is_document(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::Certificates
            | Endpoint::CheckSession
            | Endpoint::Discovery
            | Endpoint::EventConfiguration
            | Endpoint::Jwks
            | Endpoint::PublicKeys
    )
}

fn route(endpoint: Endpoint, exchange: &mut Exchange<'_>) -> HttpResponse {
    if is_document(endpoint) && exchange.request.method() != Method::GET {
        return answer::with_status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let answer = match endpoint {
        Endpoint::Api => api::answer(exchange),
        Endpoint::Authorization => Ok(authorization::answer(exchange)),
        Endpoint::Certificates => Ok(key_sets::certificates(exchange)),
        Endpoint::CheckSession => Ok(check_session::answer(exchange)),
        Endpoint::Claims => distributed::answer(exchange),
        Endpoint::Consent => Ok(login_page::answer(exchange)),
        Endpoint::DeviceAuthorization => devices::answer(exchange),
        Endpoint::DeviceVerification => Ok(device_page::answer(exchange)),
        Endpoint::Discovery => Ok(discovery::answer(exchange)),
        Endpoint::EndSession => Ok(end_session::answer(exchange)),
        Endpoint::EventConfiguration => Ok(events::configuration(exchange)),
        Endpoint::EventStream => Ok(events::stream(exchange)),
        Endpoint::Introspection => introspection::answer(exchange),
        Endpoint::Jwks => Ok(key_sets::jwks(exchange)),
        Endpoint::PublicKeys => Ok(key_sets::public_keys(exchange)),
        Endpoint::Revocation => revocation::answer(exchange),
        Endpoint::Token => token::answer(exchange),
        Endpoint::UserInfo => userinfo::answer(exchange),
    };
    answer.unwrap_or_else(|refusal| refusal.answer(&exchange.settings.profile))
}
