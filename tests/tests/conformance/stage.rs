//! Where every module plays: the suite's provider, a client of it, and one clock for both.

use tegata_core::Error;
use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::client::ClientAuthentication;
use tegata_core::error::{Fault as Refusal, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_core::secret::ClientSecret;
use tegata_core::url::Issuer;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::Config;
use tegata_oidc::config::KeySource;
use tegata_oidc::decryption::{Decryption, DecryptionKey};
use tegata_oidc::profile::Profile as ClientProfile;
use tegata_oidc::sign_in::{SignInRequest, SignedIn};
use tegata_oidc::user_info::UserInfo;
use tegata_testkit::encryption::PRIVATE_KEY;
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{
    Client as Registered, Endpoint as At, FakeProvider, Fault, Faults, Server, SigningAlgorithm,
    TestClock,
};
use tegata_tests::both::{Client, Transport};
use tegata_tests::fake::BEGINNING;
use tegata_tests::verdict::Verdict;

use super::audit;

/// What a module is mounted for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) transport: Transport,
    pub(crate) response_type: ResponseType,
    /// `None`: as the response type implies.
    pub(crate) response_mode: Option<ResponseMode>,
}

impl Variant {
    /// The suite's provider with these faults in every answer where they can show.
    pub(crate) fn with(self, faults: impl Into<Faults>) -> Stage {
        let stage = self.honest();
        stage.provider.misbehave(faults);
        stage
    }

    /// The suite's provider as it is when nothing is wrong with it.
    pub(crate) fn honest(self) -> Stage {
        self.configured(Profile::CERTIFICATION, |config| config)
    }

    /// With ID tokens that are signed by `signing`, and a client that registered that.
    pub(crate) fn signed_by(self, signing: SigningAlgorithm, registered: Algorithm) -> Stage {
        let mut profile = Profile::CERTIFICATION;
        profile.signing = signing;
        let algorithms = AllowedAlgorithms::of(&[registered]);
        self.configured(profile, |config| {
            config.with_id_token_rules(|rules| rules.with_algorithms(algorithms))
        })
    }

    /// With ID tokens that are signed by HS256 and the client secret.
    pub(crate) fn signed_by_secret(self) -> Stage {
        let mut profile = Profile::CERTIFICATION;
        profile.signing = SigningAlgorithm::HS256;
        let algorithms = AllowedAlgorithms::of(&[Algorithm::HS256]);
        self.configured(profile, |config| {
            let config = config.with_keys(KeySource::ClientSecret);
            config.with_id_token_rules(|rules| rules.with_algorithms(algorithms))
        })
    }

    /// With refresh tokens that are good once.
    pub(crate) fn with_rotating_refresh_tokens(self) -> Stage {
        let mut profile = Profile::CERTIFICATION;
        profile.refresh_policy = RefreshPolicy::Rotate;
        self.configured(profile, |config| config)
    }

    /// A provider, and a client that was registered in a way of its own.
    pub(crate) fn configured(
        self,
        profile: Profile,
        change: impl FnOnce(Config) -> Config,
    ) -> Stage {
        self.registered(profile, Registered::odd(), Registered::ODD_ID, change)
    }

    /// A client that [`registered`] that what it gets is encrypted, and has the key.
    pub(crate) fn encrypted(self, client: Registered, decryption: Decryption) -> Stage {
        self.registered(Profile::CERTIFICATION, client, Registered::ODD_ID, |config| {
            config.with_decryption(decryption)
        })
    }

    /// A provider that knows `client`, whose identifier is `id`.
    pub(crate) fn registered(
        self,
        profile: Profile,
        client: Registered,
        id: &str,
        change: impl FnOnce(Config) -> Config,
    ) -> Stage {
        let clock = TestClock::at(BEGINNING);
        let provider = FakeProvider::builder(profile).client(client).clock(clock.clone()).build();
        let server = provider.serve().unwrap();
        let config = change(config(&provider.issuer(), id));
        let client = self.transport.client(config, clock).unwrap();
        Stage { variant: self, client, provider, _server: server }
    }
}

/// The client that every module registers, unless it is about the client.
pub(crate) fn registered() -> Registered {
    Registered::odd()
}

/// What decrypts for the owner of the test kit's key.
pub(crate) fn decryption_key() -> DecryptionKey {
    DecryptionKey::from_pem(PRIVATE_KEY).unwrap()
}

/// How the client under test is registered.
fn config(issuer: &str, id: &str) -> Config {
    let secret = ClientSecret::new(Registered::ODD_SECRET);
    let authentication = ClientAuthentication::Basic(secret);
    let client = tegata_core::client::Client::new(id, authentication);
    Config::new(Issuer::new(issuer).unwrap(), ClientProfile::OPENID, client)
        .with_redirect_uri(Registered::DEFAULT_REDIRECT_URI)
        .unwrap()
}

pub(crate) struct Stage {
    pub(crate) variant: Variant,
    pub(crate) client: Client,
    pub(crate) provider: FakeProvider,
    _server: Server,
}

impl Stage {
    /// How the client is called.
    pub(crate) fn client_id(&self) -> &str {
        self.client.relying_party().config().client().id()
    }

    /// What every module asks for, unless it is about what is asked for.
    pub(crate) fn request(&self) -> SignInRequest {
        self.request_for("openid profile email")
    }

    pub(crate) fn request_for(&self, scope: &str) -> SignInRequest {
        let request = SignInRequest::new().scope(scope).unwrap();
        let request = request.response_type(self.variant.response_type);
        match self.variant.response_mode {
            Some(mode) => request.response_mode(mode),
            None => request,
        }
    }

    /// From the request to a verified identity, or not.
    pub(crate) fn sign_in(&self, request: SignInRequest) -> Result<SignedIn, Error> {
        let (url, pending) = self.client.start(request)?;
        self.client.finish(pending, self.provider.browse(url.as_str()).callback()?)
    }

    /// ACCEPT: the flow goes on to its end. That is a UserInfo request, or, where no access token
    /// comes, claims that were verified with a published key.
    pub(crate) fn accepts(&self) -> SignedIn {
        let signed_in = self.sign_in(self.request()).unwrap();
        let claims = signed_in.claims();
        assert_eq!((claims.issuer(), claims.subject()), (&*self.provider.issuer(), "alice"));
        assert!(claims.audience().any(|one| one == self.client_id()));
        let said = match self.user_info(&signed_in) {
            Some(user_info) => user_info.unwrap().standard_claims(),
            None => signed_in.standard_claims(),
        };
        assert_eq!(said.email(), Some("alice@example.com"));
        assert!(self.provider.count(At::Jwks) > 0, "a key was fetched to verify with");
        signed_in
    }

    /// UserInfo, where an access token came.
    pub(crate) fn user_info(&self, signed_in: &SignedIn) -> Option<Result<UserInfo, Error>> {
        let tokens = signed_in.tokens()?;
        Some(self.client.user_info(tokens, signed_in.claims()))
    }

    /// REJECT: the first ID token breaks this rule. A bad one in front costs no code, and no access
    /// token is ever used.
    pub(crate) fn refuses_id_token(&self, rule: TokenFault) {
        let front = self.variant.response_type.has_id_token();
        let kind = if front { TokenKind::FrontIdToken } else { TokenKind::IdToken };
        let verdict = Verdict::on(self.sign_in(self.request()));
        assert_eq!(verdict, Verdict::InvalidToken(kind, rule));
        assert_eq!(self.provider.count(At::Authorization), 1);
        assert_eq!(self.provider.count(At::Token), usize::from(!front));
        assert_eq!(self.provider.count(At::UserInfo), 0);
    }

    /// REJECT: the ID token that a refresh brings has this fault and breaks this rule.
    pub(crate) fn refuses_refreshed_id_token(&self, fault: Fault, rule: TokenFault) {
        let signed_in = self.sign_in(self.request().offline()).unwrap();
        let _ = self.provider.on(At::Token).once(fault);
        let first = signed_in.claims().as_first();
        let refreshed = self.client.refresh(signed_in.tokens().unwrap(), Some(&first)).unwrap();
        let Err(Error::InvalidToken(found)) = refreshed.id_token() else {
            panic!("{fault}: {refreshed:?}");
        };
        assert_eq!((found.kind, found.fault), (TokenKind::RefreshedIdToken, rule), "{fault}");
        assert_eq!(self.provider.count(At::UserInfo), 0);
    }

    /// REJECT: the metadata speak for `other`, and the browser is sent nowhere.
    pub(crate) fn refuses_metadata_of(&self, other: &str) {
        let verdict = Verdict::on(self.client.start(self.request()));
        let (expected, found) = (self.provider.issuer(), other.to_owned());
        let fault = Refusal::IssuerMismatch { expected, found };
        assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Discovery, fault));
        let seen = self.provider.requests();
        assert!(seen.iter().all(|seen| seen.endpoint() == At::Discovery));
    }
}

impl Drop for Stage {
    /// What the suite looks at in every test, whatever it is about.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            audit::check(self);
        }
    }
}
