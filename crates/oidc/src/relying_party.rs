//! The relying party: a configuration, its living metadata and keys, and the flows that use them.

use std::sync::Arc;

use tegata_core::authorize::Callback;
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_core::metadata::ServerMetadata;
use tegata_core::random::Random;
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, CompactToken, Nonce, RefreshToken};
use tegata_core::token::TokenSet;
use tegata_jose::backend::Backend;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_jose::jwks::KeySet;

use crate::cache::Cache;
use crate::client_credentials::ClientCredentials;
use crate::config::{Config, KeySource};
use crate::keys::{IssuerKeys, KeyCache, KeyFormat};
use crate::logout::back_channel::ReceiveLogout;
use crate::logout::{LogoutRequest, LogoutUrl};
use crate::metadata::ObtainMetadata;
use crate::refresh::{Refresh, SpendRefreshToken};
use crate::replay::SeenTokens;
use crate::revoke::Revoke;
use crate::sign_in::{
    DeviceRequest, Finish, FinishDevice, FinishDeviceGrant, FinishGrant, OneTimeCode,
    PendingDevice, PendingSignIn, Redeem, SignInRequest, Start, StartDevice, VerifyHandedOver,
};
use crate::user_info::FetchUserInfo;

/// One client at one provider, without I/O: every method answers with a flow that a backend drives.
///
/// Clones share the cached metadata and keys. The clients of `tegata-ureq` and `tegata-reqwest` are
/// this with a transport, a clock and a random source.
#[derive(Clone, Debug)]
pub struct RelyingParty(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    backend: &'static dyn Backend,
    metadata: Arc<Cache<ServerMetadata>>,
    keys: KeyCache,
}

impl RelyingParty {
    /// The relying party of `config`, with ring as its crypto.
    #[cfg(feature = "ring")]
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_backend(config, tegata_jose::backend::ring())
    }

    /// The relying party of `config`, with `backend` as its crypto.
    #[must_use]
    pub fn with_backend(config: Config, backend: &'static dyn Backend) -> Self {
        let (metadata, keys) = (Cache::new(), KeyCache::new());
        Self(Arc::new(Inner { config, backend, metadata, keys }))
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The crypto that it verifies with.
    #[must_use]
    pub fn backend(&self) -> &'static dyn Backend {
        self.0.backend
    }

    /// Where the keys of ID tokens are, by configuration or by `metadata`.
    pub(crate) fn key_source(&self, metadata: &ServerMetadata) -> Result<IssuerKeys, Error> {
        let cache = self.0.keys.clone();
        Ok(match &self.0.config.keys {
            KeySource::At(url, format) => {
                IssuerKeys::Living { cache, url: url.clone(), format: *format }
            }
            KeySource::ClientSecret => {
                let secret = self.0.config.client.secret();
                let secret = secret.ok_or(ApiMisuse::Required("client_secret"))?;
                IssuerKeys::Fixed(Arc::new(KeySet::from_client_secret(secret)))
            }
            KeySource::Discovered => {
                let url = metadata.required_endpoint("jwks_uri", Endpoint::Jwks)?.clone();
                IssuerKeys::Living { cache, url, format: KeyFormat::Jwks }
            }
        })
    }

    /// What the provider says about itself.
    #[must_use]
    pub fn metadata(&self) -> ObtainMetadata {
        ObtainMetadata::new(&self.0.config, &self.0.metadata)
    }

    /// Starts a sign-in: the URL to send the browser to, and what to keep until it comes back.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse`](tegata_core::error::ApiMisuse): an ID token is asked for without the scope
    /// `openid`, or `random` fails.
    pub fn start(&self, request: SignInRequest, random: &dyn Random) -> Result<Start, Error> {
        Start::new(self, request, random)
    }

    /// Finishes a sign-in: everything about `callback` is checked, the code is exchanged, the ID
    /// tokens are verified.
    #[must_use]
    pub fn finish(&self, pending: PendingSignIn, callback: Callback) -> Finish {
        Finish::new(self, pending, callback)
    }

    /// Finishes an authorization that asked for no identity: plain OAuth 2.0.
    #[must_use]
    pub fn finish_grant(&self, pending: PendingSignIn, callback: Callback) -> FinishGrant {
        FinishGrant::new(self, pending, callback)
    }

    /// Starts a sign-in on a device without a browser: the code for its user to type in elsewhere.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Unsupported`](tegata_core::error::ApiMisuse::Unsupported) for a scope that the
    /// provider gives no device.
    pub fn start_device(&self, request: DeviceRequest) -> Result<StartDevice, Error> {
        StartDevice::new(self, request)
    }

    /// Finishes it: polls until the user has answered, and verifies the ID token.
    #[must_use]
    pub fn finish_device(&self, pending: PendingDevice) -> FinishDevice {
        FinishDevice::new(self, pending)
    }

    /// Finishes an authorization of a device that asked for no identity: plain OAuth 2.0.
    #[must_use]
    pub fn finish_device_grant(&self, pending: PendingDevice) -> FinishDeviceGrant {
        FinishDeviceGrant::new(self, pending)
    }

    /// Redeems a code that a page or an app got by itself, and verifies the ID token that comes.
    #[must_use]
    pub fn redeem(&self, code: OneTimeCode) -> Redeem {
        Redeem::new(self, code)
    }

    /// Verifies an ID token that a page or an app got by itself. `nonce` is what this server gave
    /// it; `None`: it must have none.
    #[must_use]
    pub fn verify_handed_over(
        &self,
        token: CompactToken,
        nonce: Option<Nonce>,
    ) -> VerifyHandedOver {
        VerifyHandedOver::new(self, token, nonce)
    }

    /// Asks the UserInfo endpoint about the user of `id_token`; an answer about anybody else is
    /// refused (OpenID Connect Core §5.3.2).
    #[must_use]
    pub fn user_info(&self, access_token: &AccessToken, id_token: &IdToken) -> FetchUserInfo {
        FetchUserInfo::new(self, access_token, id_token)
    }

    /// Refreshes `tokens`; a new ID token is verified and bound to `first`
    /// (OpenID Connect Core §12.2).
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Required`](tegata_core::error::ApiMisuse::Required) without a refresh token.
    pub fn refresh(
        &self,
        tokens: &TokenSet,
        first: Option<&FirstIdToken>,
    ) -> Result<Refresh, Error> {
        Refresh::new(self, tokens, first)
    }

    /// Asks for a token of the client itself, with no user.
    #[must_use]
    pub fn client_credentials(&self, scope: Scope) -> ClientCredentials {
        ClientCredentials::new(self, scope)
    }

    /// Spends a refresh token: the bare exchange, for whoever keeps tokens alive.
    #[must_use]
    pub fn spend(&self, refresh_token: &RefreshToken) -> SpendRefreshToken {
        SpendRefreshToken::new(self, refresh_token)
    }

    /// Takes the grant of a refresh token away.
    #[must_use]
    pub fn revoke_refresh_token(&self, refresh_token: &RefreshToken) -> Revoke {
        Revoke::refresh_token(self, refresh_token)
    }

    /// Takes the grant of `tokens` away: by its refresh token when there is one.
    #[must_use]
    pub fn revoke(&self, tokens: &TokenSet) -> Revoke {
        Revoke::new(self, tokens)
    }

    /// Receives a logout token from the provider; `seen` remembers those whose sessions were ended.
    ///
    /// # Errors
    ///
    /// [`Error::Misbehaved`] when `request` is no form with a `logout_token`;
    /// [`Error::InvalidToken`] when that is not encrypted as was agreed on.
    pub fn receive_logout(
        &self,
        request: &HttpRequest,
        seen: Arc<dyn SeenTokens>,
    ) -> Result<ReceiveLogout, Error> {
        ReceiveLogout::new(self, request, seen)
    }

    /// The URL to send the browser to, to sign the user out at the provider too.
    #[must_use]
    pub fn logout_url(&self, request: LogoutRequest) -> LogoutUrl {
        LogoutUrl::new(self, request)
    }
}
