//! Starts a sign-in: metadata, then the URL to send the browser to.

use tegata_core::authorize::{AuthorizationRequest, Prompt, prompt_value};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::pkce::code_verifier;
use tegata_core::random::{Random, unguessable};
use tegata_core::secret::{CodeVerifier, Nonce, State};
use tegata_core::time::UnixTime;
use url::Url;

use super::{PendingSignIn, SignInRequest};
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// The flow that starts a sign-in. At most one request, and none when the metadata is fresh.
#[derive(Debug)]
pub struct Start {
    party: RelyingParty,
    request: SignInRequest,
    metadata: ObtainMetadata,
    secrets: Option<Secrets>,
}

#[derive(Debug)]
struct Secrets {
    state: State,
    nonce: Nonce,
    code_verifier: CodeVerifier,
    seal_nonce: [u8; 12],
}

impl Start {
    pub(crate) fn new(
        party: &RelyingParty,
        request: SignInRequest,
        random: &dyn Random,
    ) -> Result<Self, Error> {
        if request.response_type.has_id_token() && !request.scope.contains("openid") {
            return Err(ApiMisuse::ScopeOpenidMissing.into());
        }
        let mut seal_nonce = [0; 12];
        random.fill(&mut seal_nonce)?;
        let secrets = Secrets {
            state: State::new(unguessable(random)?),
            nonce: Nonce::new(unguessable(random)?),
            code_verifier: code_verifier(random)?,
            seal_nonce,
        };
        let metadata = party.metadata();
        Ok(Self { party: party.clone(), request, metadata, secrets: Some(secrets) })
    }

    fn build(
        &mut self,
        metadata: &ServerMetadata,
        now: UnixTime,
    ) -> Result<(Url, PendingSignIn), Error> {
        let config = self.party.config();
        let profile = config.profile();
        let secrets = self.secrets.take().ok_or(ApiMisuse::WrongInput)?;
        let redirect_uri =
            config.redirect_uri.as_ref().ok_or(ApiMisuse::Required("redirect_uri"))?;
        let endpoint =
            metadata.required_endpoint("authorization_endpoint", Endpoint::Authorization)?;

        let request = &self.request;
        let mut scope = request.scope.clone();
        let mut prompts = request.prompts.clone();
        let mut more = request.more.clone();
        let mut add = |parameters: &[(&str, &str)]| {
            for (name, value) in parameters {
                if !more.iter().any(|(known, _)| known == name) {
                    more.push(((*name).to_owned(), (*value).to_owned()));
                }
            }
        };
        add(profile.parameters);
        if request.offline {
            let offline = profile.scopes.offline_request(&scope);
            scope = offline.scope;
            add(offline.parameters);
            if offline.prompt_consent && !prompts.contains(&Prompt::Consent) {
                prompts.push(Prompt::Consent);
            }
        }
        if !prompts.iter().all(|prompt| profile.prompts.contains(prompt)) {
            return Err(ApiMisuse::Unsupported("a prompt that this provider does not know").into());
        }
        if !prompts.is_empty() {
            add(&[("prompt", &prompt_value(&prompts)?)]);
        }
        if let Some(max_age) = request.max_age {
            add(&[("max_age", &max_age.as_secs().to_string())]);
        }
        if !request.acr_values.is_empty() {
            add(&[("acr_values", &request.acr_values.join(" "))]);
        }

        let response_type = request.response_type;
        let pending = PendingSignIn {
            issuer: config.issuer.as_str().to_owned(),
            client_id: config.client.id().to_owned(),
            redirect_uri: redirect_uri.as_str().to_owned(),
            response_type,
            response_mode: request.response_mode.unwrap_or(response_type.default_mode()),
            nonce: scope.contains("openid").then_some(secrets.nonce),
            scope,
            state: secrets.state,
            code_verifier: (profile.pkce && response_type.has_code())
                .then_some(secrets.code_verifier),
            max_age: request.max_age,
            acr_values: request.acr_values.clone(),
            issuer_announced: metadata.is_true("authorization_response_iss_parameter_supported"),
            offline: request.offline,
            return_to: request.return_to.clone(),
            begun_at: now,
            seal_nonce: secrets.seal_nonce,
        };
        let (client_id, state) = (config.client.id(), &pending.state);
        let mut authorization = AuthorizationRequest::new(
            client_id,
            redirect_uri,
            response_type,
            &pending.scope,
            state,
        );
        authorization.response_mode = request.response_mode;
        authorization.nonce = pending.nonce.as_ref();
        authorization.code_verifier = pending.code_verifier.as_ref();
        authorization.more = &more;
        let url = authorization.url(endpoint);
        Ok((url, pending))
    }
}

impl Flow for Start {
    type Output = (Url, PendingSignIn);

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        match self.metadata.advance(input, now)?.split() {
            Ok(metadata) => self.build(&metadata, now).map(Step::Done),
            Err(step) => Ok(step),
        }
    }
}
