//! One sign-in, step by step, from discovery to revocation.

use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::ResponseType;
use tegata_core::error::catalogue::{Place, explain};
use tegata_core::error::{ErrorCode, Fault};
use tegata_core::http::Endpoint;
use tegata_core::secret::AccessToken;
use tegata_core::token::TokenSet;
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::sign_in::{SignInRequest, SignedIn};

use super::setup::Scene;
use crate::Failure;
use crate::backend::Backend;
use crate::output::{Detail, Outcome, Transcript, redacted};

/// Everything that one walk uses up.
pub(super) struct Walk {
    pub(super) backend: Backend,
    pub(super) flow: ResponseType,
    pub(super) request: SignInRequest,
    pub(super) scene: Scene,
}

/// The walk ends here: the step that failed has been reported.
struct Ended;

impl Walk {
    pub(super) fn walk(self, transcript: &mut Transcript) {
        let Self { backend, flow, request, mut scene } = self;
        // What fails is in the transcript; the next walk starts from the beginning.
        if let Ok(signed_in) = sign_in(&backend, flow, request, &mut scene, transcript) {
            let _ = use_tokens(&backend, &signed_in, &scene, transcript);
            let _ = log_out(&backend, &signed_in, transcript);
        }
    }
}

fn sign_in(
    backend: &Backend,
    flow: ResponseType,
    request: SignInRequest,
    scene: &mut Scene,
    transcript: &mut Transcript,
) -> Result<SignedIn, Ended> {
    let metadata = transcript.passes("Discovery", backend.metadata(), |metadata| {
        let endpoints = metadata.endpoints().count().to_string();
        vec![("issuer", metadata.issuer().to_string()), ("endpoints", endpoints)]
    })?;
    let (url, pending) =
        transcript.passes("Authorization URL", backend.start(request), |(url, _)| {
            vec![("url", redacted(url))]
        })?;
    let mode = pending.response_mode();
    let consent = scene.consent(&url, mode, transcript);
    let callback = transcript.passes("Consent, and the browser comes back", consent, |_| {
        vec![("response mode", mode.as_str().to_owned())]
    })?;
    let finished = backend.finish(pending, callback);

    // One call does all of this; an error says how far it came.
    let reached = finished.as_ref().err().map(|error| match error {
        Error::InvalidToken(_) => 2,
        error if error.endpoint() == Some(Endpoint::Token) => 1,
        error if error.endpoint() == Some(Endpoint::Jwks) => 2,
        _ => 0,
    });
    let announced = metadata.is_true("authorization_response_iss_parameter_supported");
    let mut checks = vec![("state", "the one that was sent".to_owned())];
    if announced {
        checks.push(("iss", "the issuer that was asked (RFC 9207)".to_owned()));
    }
    let signed_in = match (finished, reached) {
        (Ok(signed_in), _) => signed_in,
        (Err(error), reached) => {
            let names = ["Callback checked", "Code exchanged, with PKCE", "ID token verified"];
            let reached = reached.unwrap_or_default();
            for name in names.iter().take(reached) {
                transcript.step(name, &Outcome::Passed(Vec::new()));
            }
            let name = names.get(reached).copied().unwrap_or_default();
            return transcript.passes(name, Err(error), |_: &SignedIn| Vec::new());
        }
    };
    transcript.step("Callback checked", &Outcome::Passed(checks));
    let exchanged = signed_in.tokens().filter(|tokens| tokens.id_token().is_some());
    match exchanged {
        Some(tokens) => {
            transcript.step("Code exchanged, with PKCE", &Outcome::Passed(of_tokens(tokens)));
        }
        None => {
            let reason = "this response type brings no code";
            transcript.step("Code exchanged, with PKCE", &Outcome::Skipped(reason));
        }
    }
    transcript.step("ID token verified", &Outcome::Passed(of_identity(&signed_in, flow)));
    Ok(signed_in)
}

fn use_tokens(
    backend: &Backend,
    signed_in: &SignedIn,
    scene: &Scene,
    transcript: &mut Transcript,
) -> Result<(), Ended> {
    let Some(tokens) = signed_in.tokens() else {
        transcript.step("UserInfo", &Outcome::Skipped("this response type brings no access token"));
        return Ok(());
    };
    let info = backend.user_info(tokens, signed_in.claims());
    transcript.passes_unless(&NO_ENDPOINT, "UserInfo about the same subject", info, |info| {
        vec![("claims", info.claims().keys().cloned().collect::<Vec<_>>().join(", "))]
    })?;
    call_api(backend, scene, tokens.access_token(), "API call with the access token", transcript)?;

    let lifetime = tokens.expires_at().map(|end| end.since(tokens.issued_at()));
    if scene.wait(lifetime.unwrap_or_default() + Duration::from_secs(1)) {
        let name = "API call with the expired token is refused";
        refused_api(backend, scene, tokens.access_token(), name, transcript)?;
    } else {
        let reason = "a real provider's tokens expire in their own time";
        transcript.step("API call with the expired token", &Outcome::Skipped(reason));
    }

    let mut newest = tokens.clone();
    if tokens.refresh_token().is_some() {
        let refreshed = backend.refresh(tokens, &signed_in.claims().as_first());
        let refreshed = transcript.passes("Refresh", refreshed, |refreshed| {
            let mut detail = of_tokens(refreshed.tokens());
            let id_token = match refreshed.id_token() {
                Ok(Some(_)) => "a new one, bound to the first".to_owned(),
                Ok(None) => "none came".to_owned(),
                Err(error) => error.to_string(),
            };
            detail.push(("ID token", id_token));
            detail
        })?;
        newest = refreshed.into_tokens();
        let token = newest.access_token();
        call_api(backend, scene, token, "API call with the new access token", transcript)?;
    } else {
        transcript.step("Refresh", &Outcome::Skipped("no refresh token came"));
    }

    let revoked = backend.revoke(&newest);
    let was_revoked = revoked.is_ok();
    transcript.passes_unless(&NO_ENDPOINT, "Revocation", revoked, |_| Vec::new())?;
    if was_revoked && scene.api_request().is_some() {
        let name = "API call with the revoked token is refused";
        refused_api(backend, scene, newest.access_token(), name, transcript)?;
    }
    Ok(())
}

fn log_out(
    backend: &Backend,
    signed_in: &SignedIn,
    transcript: &mut Transcript,
) -> Result<(), Ended> {
    let request = LogoutRequest::new().id_token_hint(signed_in.claims());
    let url = backend.logout_url(request);
    if matches!(&url, Err(Error::Misbehaved(error)) if error.fault == Fault::NoEndpoint) {
        let reason = "the provider has no end_session_endpoint";
        transcript.step("Logout URL", &Outcome::Skipped(reason));
        return Ok(());
    }
    transcript.passes("Logout URL", url, |url| vec![("url", redacted(url))])?;
    Ok(())
}

fn call_api(
    backend: &Backend,
    scene: &Scene,
    token: &AccessToken,
    name: &str,
    transcript: &mut Transcript,
) -> Result<(), Ended> {
    let Some(request) = scene.api_request() else {
        transcript.step(name, &Outcome::Skipped("no API is known at this provider"));
        return Ok(());
    };
    transcript.passes(name, backend.call(request, token), |response| {
        vec![("status", response.status().as_u16().to_string())]
    })?;
    Ok(())
}

/// The refusal is what the step is about.
fn refused_api(
    backend: &Backend,
    scene: &Scene,
    token: &AccessToken,
    name: &str,
    transcript: &mut Transcript,
) -> Result<(), Ended> {
    let Some(request) = scene.api_request() else { return Ok(()) };
    let refused = match backend.call(request, token) {
        Err(error) if error.code() == Some(&ErrorCode::InvalidToken) => Ok(error),
        Err(error) => Err(Failure::Protocol(error)),
        Ok(_) => Err(Failure::Usage("the API accepted the token".to_owned())),
    };
    transcript.passes(name, refused, |error| {
        let known = explain("invalid_token", None, Some(Place::ProtectedResource));
        let what_to_do =
            known.entries().first().map(|entry| entry.what_to_do()).unwrap_or_default();
        vec![("WWW-Authenticate", error.to_string()), ("what to do", what_to_do.to_owned())]
    })?;
    Ok(())
}

fn of_tokens(tokens: &TokenSet) -> Detail {
    let lifetime = tokens.expires_at().map(|end| end.since(tokens.issued_at()).as_secs());
    let lifetime = lifetime.map_or("not said".to_owned(), |seconds| format!("{seconds} seconds"));
    let refresh = if tokens.refresh_token().is_some() { "[redacted]" } else { "none" };
    vec![
        ("access token", "[redacted]".to_owned()),
        ("lifetime", lifetime),
        ("refresh token", refresh.to_owned()),
    ]
}

fn of_identity(signed_in: &SignedIn, flow: ResponseType) -> Detail {
    let claims = signed_in.claims();
    let mut detail = vec![
        ("algorithm", claims.algorithm().as_str().to_owned()),
        ("issuer", claims.issuer().to_owned()),
        ("subject", claims.subject().to_owned()),
        ("audience", claims.audience().collect::<Vec<_>>().join(", ")),
        ("nonce", "the one that was sent".to_owned()),
        ("granted scope", signed_in.granted().granted().to_string()),
    ];
    if flow.has_id_token() {
        let hashes = match (flow.has_token(), flow.has_code()) {
            (true, true) => "at_hash and c_hash are those of what came with it",
            (true, false) => "at_hash is that of the access token",
            (false, true) => "c_hash is that of the code",
            (false, false) => "nothing came with it",
        };
        detail.push(("front channel", hashes.to_owned()));
    }
    if flow.has_id_token() && flow.has_code() {
        detail.push(("both ID tokens", "agree in iss and sub".to_owned()));
    }
    detail
}

const NO_ENDPOINT: (Fault, &str) = (Fault::NoEndpoint, "the provider has no such endpoint");

impl Transcript {
    /// Reports a step, and ends the walk when it failed.
    fn passes<T>(
        &mut self,
        name: &str,
        outcome: Result<T, impl Into<Failure>>,
        detail: impl FnOnce(&T) -> Detail,
    ) -> Result<T, Ended> {
        match outcome {
            Ok(value) => {
                self.step(name, &Outcome::Passed(detail(&value)));
                Ok(value)
            }
            Err(failure) => {
                self.step(name, &Outcome::Failed(failure.into().text()));
                Err(Ended)
            }
        }
    }

    /// As `passes`, but one fault only skips the step.
    fn passes_unless<T>(
        &mut self,
        unless: &(Fault, &'static str),
        name: &str,
        outcome: Result<T, Error>,
        detail: impl FnOnce(&T) -> Detail,
    ) -> Result<(), Ended> {
        match outcome {
            Err(Error::Misbehaved(error)) if error.fault == unless.0 => {
                self.step(name, &Outcome::Skipped(unless.1));
                Ok(())
            }
            outcome => self.passes(name, outcome, detail).map(|_| ()),
        }
    }
}
