//! What an authorization request asks for, checked in the order of RFC 6749 §4.1.2.1: first where
//! an answer may go at all, then everything else.

use std::time::Duration;

use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use super::exchange::{Exchange, Parameters, get};
use super::requested::Requested;
use crate::profile::{Decline, RefreshRule};

/// Where the answer goes.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) mode: ResponseMode,
}

/// No, to be told on a page.
pub(crate) struct Untold {
    pub(crate) code: &'static str,
    pub(crate) explanation: String,
}

/// No, to be told by callback.
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
}

impl Refused {
    pub(crate) const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description }
    }
}

impl Target {
    /// Client and redirect URI. When either is wrong, only the person in front of the browser is
    /// told: the redirect URI may be an attacker's.
    pub(crate) fn read(exchange: &Exchange<'_>, parameters: &Parameters) -> Result<Self, Untold> {
        let untold = |code, explanation| Untold { code, explanation };
        let id = get(parameters, "client_id").unwrap_or_default();
        let client = exchange.settings.client(id);
        let unknown = "The client of this request is unknown.".to_owned();
        let client = client.ok_or(untold("invalid_client", unknown))?;
        let redirect_uri = get(parameters, "redirect_uri").unwrap_or_default();
        if !client.may_redirect_to(redirect_uri) {
            let why = format!("{redirect_uri} is not registered for this client.");
            return Err(untold("redirect_uri_mismatch", why));
        }
        let response_type = get(parameters, "response_type").and_then(ResponseType::parse);
        let default = response_type.map_or(ResponseMode::Query, ResponseType::default_mode);
        let mode = get(parameters, "response_mode").and_then(ResponseMode::parse);
        // Tokens never go into a query, not even to say that they do not.
        let mode = mode.filter(|mode| *mode != ResponseMode::Query || default == *mode);
        Ok(Self {
            client: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            state: get(parameters, "state").map(str::to_owned),
            mode: mode.unwrap_or(default),
        })
    }
}

/// A good authorization request.
pub(crate) struct Asked {
    pub(crate) target: Target,
    pub(crate) response_type: ResponseType,
    pub(crate) scope: Scope,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) login_hint: Option<String>,
    pub(crate) requested: Requested,
    pub(crate) access_type_offline: bool,
    pub(crate) include_granted_scopes: bool,
    pub(crate) bail: bool,
    prompt: Vec<String>,
}

impl Asked {
    pub(crate) fn read(
        exchange: &Exchange<'_>,
        parameters: &Parameters,
        target: Target,
    ) -> Result<Self, Refused> {
        let invalid = |description| Refused::new("invalid_request", description);
        let text = |name| get(parameters, name).map(str::to_owned);
        let profile = &exchange.settings.profile;

        let extensions = [
            ("request", "request_not_supported"),
            ("request_uri", "request_uri_not_supported"),
            ("registration", "registration_not_supported"),
        ];
        for (name, code) in extensions {
            if get(parameters, name).is_some() {
                return Err(Refused::new(code, "OpenID Connect Core §3.1.2.6"));
            }
        }
        let response_type = text("response_type").ok_or(invalid("response_type is missing"))?;
        let response_type = ResponseType::parse(&response_type)
            .ok_or(Refused::new("unsupported_response_type", "no such response type"))?;
        match get(parameters, "response_mode").map(ResponseMode::parse) {
            Some(None) => return Err(invalid("no such response_mode")),
            Some(Some(ResponseMode::Query)) if response_type != ResponseType::Code => {
                return Err(invalid("tokens do not go into a query"));
            }
            _ => {}
        }
        let prompt = text("prompt").unwrap_or_default();
        let prompt: Vec<String> = prompt.split_whitespace().map(str::to_owned).collect();
        if prompt.len() > 1 && prompt.iter().any(|word| word == "none") {
            return Err(invalid("prompt none stands alone"));
        }
        let max_age = match text("max_age").map(|text| text.parse()) {
            Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
            Some(Err(_)) => return Err(invalid("max_age is no number")),
            None => None,
        };
        let asked = Self {
            scope: scope(exchange, parameters)?,
            nonce: text("nonce"),
            challenge: challenge(parameters)?,
            max_age,
            login_hint: text("login_hint"),
            requested: requested(exchange, parameters)?,
            access_type_offline: get(parameters, "access_type") == Some("offline"),
            include_granted_scopes: get(parameters, "include_granted_scopes") == Some("true"),
            bail: profile.decline == Decline::Bail && get(parameters, "bail") == Some("1"),
            target,
            response_type,
            prompt,
        };
        asked.check_openid()?;
        Ok(asked.without_offline_access_unless_allowed(profile.refresh_rule))
    }

    pub(crate) fn prompts(&self, word: &str) -> bool {
        self.prompt.iter().any(|known| known == word)
    }

    /// Whether who signed in at `auth_time` must do so again (OpenID Connect Core §3.1.2.1).
    pub(crate) fn is_too_old(&self, auth_time: UnixTime, now: UnixTime) -> bool {
        self.max_age.is_some_and(|max_age| now.since(auth_time) > max_age)
    }

    /// An ID token takes `openid`; one in front takes a nonce (§3.2.2.1). `code token` is held to
    /// the same, as the certification suite does.
    fn check_openid(&self) -> Result<(), Refused> {
        let openid = self.scope.contains("openid");
        if self.response_type.has_id_token() && !openid {
            return Err(Refused::new("invalid_scope", "an ID token takes the scope openid"));
        }
        if self.response_type != ResponseType::Code && openid && self.nonce.is_none() {
            return Err(Refused::new("invalid_request", "nonce is missing"));
        }
        Ok(())
    }

    /// Ignored without a code or without a prompt for consent (OpenID Connect Core §11).
    fn without_offline_access_unless_allowed(mut self, rule: RefreshRule) -> Self {
        let allowed = self.response_type.has_code() && self.prompts("consent");
        if rule == RefreshRule::OfflineAccess && !allowed {
            let offline = Scope::parse("offline_access").unwrap_or_default();
            self.scope = self.scope.difference(&offline);
        }
        self
    }
}

fn scope(exchange: &Exchange<'_>, parameters: &Parameters) -> Result<Scope, Refused> {
    let text = get(parameters, "scope").unwrap_or_default();
    let scope = Scope::parse(text)
        .map_err(|_| Refused::new("invalid_scope", "a scope has a character that none may have"))?;
    let words = text.split_whitespace().count();
    if exchange.settings.profile.refuses_duplicate_scope && words != scope.iter().count() {
        return Err(Refused::new("invalid_scope", "scope value is duplicate."));
    }
    Ok(scope)
}

/// A provider that does not know the parameter ignores it, as any other (RFC 6749 §3.1).
fn requested(exchange: &Exchange<'_>, parameters: &Parameters) -> Result<Requested, Refused> {
    match get(parameters, "claims") {
        Some(text) if exchange.settings.profile.says("claims_parameter_supported") => {
            Requested::read(text).ok_or(Refused::new("invalid_request", "claims is unreadable"))
        }
        _ => Ok(Requested::default()),
    }
}

/// Only S256 (RFC 9700 §2.1.1).
fn challenge(parameters: &Parameters) -> Result<Option<String>, Refused> {
    let challenge = get(parameters, "code_challenge");
    let method = get(parameters, "code_challenge_method");
    match (challenge, method) {
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if is_sha256(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => {
            Err(Refused::new("invalid_request", "code_challenge is no SHA-256 in base64url"))
        }
        _ => Err(Refused::new("invalid_request", "code_challenge_method must be S256")),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}
