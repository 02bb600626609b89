//! A client made by hand of the messages of `tegata-core` and the verifier of `tegata-jose`.

use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::{
    AuthorizationRequest, AuthorizationResponse, Expected, ResponseMode, ResponseType,
};
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::{ServerError, TokenFault, TokenKind};
use tegata_core::http::HttpResponse;
use tegata_core::http::{self as core_http, HttpRequest};
use tegata_core::metadata::ServerMetadata;
use tegata_core::scope::Scope;
use tegata_core::secret::{
    AccessToken, AuthorizationCode, ClientSecret, CodeVerifier, CompactToken, Nonce, RefreshToken,
    State,
};
use tegata_core::time::{Clock as _, UnixTime};
use tegata_core::token::{self, TokenSet};
use tegata_core::tolerance::Tolerance;
use tegata_core::url::{EndpointUrl, Issuer, RedirectUri};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::id_token::{
    Binding, Expect, IdToken, IdTokenRules, Nonce as ExpectedNonce, UnverifiedIdToken,
};
use tegata_jose::jwks::KeySet;
use tegata_testkit::{Client as Registered, FakeProvider, Landing};

pub(crate) const SCOPE: &str = "openid email";

/// What this client accepts that the specifications do not say.
const TOLERANCE: Tolerance = Tolerance {
    metadata_aliases: &[("token_revocation_endpoint", "revocation_endpoint")],
    revocation_of_unknown_refused: true,
    ..Tolerance::NONE
};

pub(crate) struct Hand<'a> {
    pub(crate) provider: &'a FakeProvider,
    pub(crate) metadata: ServerMetadata,
    pub(crate) client: Client,
    redirect_uri: RedirectUri,
    state: State,
    nonce: Nonce,
    verifier: CodeVerifier,
}

impl<'a> Hand<'a> {
    pub(crate) fn new(provider: &'a FakeProvider) -> Self {
        let issuer = Issuer::new(&provider.issuer()).unwrap();
        let request =
            core_http::get(core_http::Endpoint::Discovery, &issuer.openid_configuration());
        let response = provider.handle(&request);
        let metadata = ServerMetadata::read(&response, &issuer, &TOLERANCE).unwrap();
        let secret = ClientSecret::new(Registered::DEFAULT_SECRET);
        Self {
            provider,
            metadata,
            client: Client::new(Registered::DEFAULT_ID, ClientAuthentication::Basic(secret)),
            redirect_uri: RedirectUri::new(Registered::DEFAULT_REDIRECT_URI).unwrap(),
            state: State::new("state-of-this-session"),
            nonce: Nonce::new("nonce-of-this-session"),
            verifier: CodeVerifier::new("verifier-of-this-session-43-characters-long"),
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.provider.clock().now()
    }

    pub(crate) fn endpoint(&self, name: &str) -> EndpointUrl {
        self.metadata.endpoint(name).unwrap_or_else(|| panic!("no {name}")).clone()
    }

    pub(crate) fn authorization_url(
        &self,
        response_type: ResponseType,
        mode: Option<ResponseMode>,
        scope: &str,
        more: &[(&str, &str)],
    ) -> String {
        let scope = Scope::parse(scope).unwrap();
        let more: Vec<_> = more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let (id, uri) = (self.client.id(), &self.redirect_uri);
        let mut request = AuthorizationRequest::new(id, uri, response_type, &scope, &self.state);
        request.response_mode = mode;
        request.nonce = Some(&self.nonce);
        request.code_verifier = response_type.has_code().then_some(&self.verifier);
        request.more = &more;
        request.url(&self.endpoint("authorization_endpoint")).to_string()
    }

    pub(crate) fn read(
        &self,
        landing: &Landing,
        response_type: ResponseType,
        mode: Option<ResponseMode>,
    ) -> Result<AuthorizationResponse, Error> {
        let mut expected = Expected::new(self.metadata.issuer(), response_type, &self.state);
        expected.response_mode = mode.unwrap_or(response_type.default_mode());
        expected.issuer_announced =
            self.metadata.is_true("authorization_response_iss_parameter_supported");
        AuthorizationResponse::read(&landing.callback()?, &expected, self.now())
    }

    pub(crate) fn authorize(
        &self,
        response_type: ResponseType,
        mode: Option<ResponseMode>,
        scope: &str,
        more: &[(&str, &str)],
    ) -> Result<AuthorizationResponse, Error> {
        let landing =
            self.provider.browse(&self.authorization_url(response_type, mode, scope, more));
        self.read(&landing, response_type, mode)
    }

    pub(crate) fn exchange(&self, code: &AuthorizationCode) -> Result<TokenSet, Error> {
        let uri = self.redirect_uri.as_str();
        let endpoint = self.endpoint("token_endpoint");
        self.tokens(token::code(&self.client, &endpoint, code, uri, Some(&self.verifier)))
    }

    pub(crate) fn refresh(&self, token: &RefreshToken) -> Result<TokenSet, Error> {
        let endpoint = self.endpoint("token_endpoint");
        self.tokens(token::refresh(&self.client, &endpoint, &token::Refresh::new(token)))
    }

    pub(crate) fn sign_in(&self, scope: &str, more: &[(&str, &str)]) -> Result<TokenSet, Error> {
        let response = self.authorize(ResponseType::Code, None, scope, more)?;
        self.exchange(&response.code.unwrap())
    }

    pub(crate) fn with_bearer(&self, url: &EndpointUrl, token: &AccessToken) -> HttpResponse {
        let mut request = core_http::get(core_http::Endpoint::ProtectedResource, url);
        tegata_core::bearer::authorize(&mut request, token).unwrap();
        self.provider.handle(&request)
    }

    pub(crate) fn get(&self, url: &EndpointUrl) -> HttpResponse {
        self.provider.handle(&core_http::get(core_http::Endpoint::Jwks, url))
    }

    pub(crate) fn post(&self, url: &EndpointUrl, form: &[(&str, &str)]) -> HttpResponse {
        let mut writer = tegata_core::form::FormWriter::new();
        for (name, value) in form {
            writer.append(name, value);
        }
        self.provider.handle(&self.client.post(core_http::Endpoint::Token, url, writer))
    }

    /// The rules of this client, for every algorithm that a profile signs by.
    pub(crate) fn rules(&self) -> IdTokenRules {
        let algorithms = AllowedAlgorithms::of(&[Algorithm::RS256, Algorithm::ES256]);
        IdTokenRules::new(self.metadata.issuer().as_str(), self.client.id())
            .with_algorithms(algorithms)
    }

    pub(crate) fn keys(&self) -> KeySet {
        KeySet::from_jwks(self.get(&self.endpoint("jwks_uri")).body()).unwrap()
    }

    pub(crate) fn expect(&self) -> Expect<'_> {
        Expect::new(TokenKind::IdToken, ExpectedNonce::Expect(&self.nonce))
    }

    pub(crate) fn verify(
        &self,
        token: &CompactToken,
        expect: &Expect<'_>,
    ) -> Result<IdToken, TokenFault> {
        let token = UnverifiedIdToken::new(token.clone());
        let verified =
            token.verify(&self.keys(), &self.rules(), expect, backend::ring(), self.now());
        verified.map_err(|error| error.fault)
    }

    /// Verifies what came in front, with every hash that must be there.
    pub(crate) fn verify_front(
        &self,
        front: &AuthorizationResponse,
    ) -> Result<IdToken, TokenFault> {
        self.verify_front_within(front, None)
    }

    /// The same, when a `max_age` was asked for.
    pub(crate) fn verify_front_within(
        &self,
        front: &AuthorizationResponse,
        max_age: Option<u64>,
    ) -> Result<IdToken, TokenFault> {
        let mut expect = self.expect();
        expect.max_age = max_age.map(Duration::from_secs);
        expect.kind = TokenKind::FrontIdToken;
        expect.state = Binding::IfPresent(&self.state);
        if let Some(code) = &front.code {
            expect.code = Binding::Required(code);
        }
        if let Some(tokens) = &front.tokens {
            expect.access_token = Binding::Required(tokens.access_token());
        }
        self.verify(front.id_token.as_ref().unwrap(), &expect)
    }

    /// Verifies what came from the token endpoint.
    pub(crate) fn verify_back(&self, back: &TokenSet) -> Result<IdToken, TokenFault> {
        let mut expect = self.expect();
        expect.access_token = Binding::IfPresent(back.access_token());
        self.verify(back.id_token().unwrap(), &expect)
    }

    pub(crate) fn refusal(&self, response: &HttpResponse) -> ServerError {
        let endpoint = core_http::Endpoint::ProtectedResource;
        tegata_core::bearer::refusal(endpoint, response, self.now())
    }

    fn tokens(&self, request: HttpRequest) -> Result<TokenSet, Error> {
        token::read(&self.provider.transport()(request)?, &TOLERANCE, self.now())
    }
}
