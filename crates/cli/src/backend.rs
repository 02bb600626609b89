//! Both clients behind one set of blocking methods, so that each step of a walk is written once.

use std::sync::Arc;

use clap::ValueEnum;
use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::metadata::ServerMetadata;
use tegata_core::revoke::Revoked;
use tegata_core::secret::AccessToken;
use tegata_core::time::Clock;
use tegata_core::token::TokenSet;
use tegata_core::transport::TransportOptions;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_oidc::Config;
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::refresh::Refreshed;
use tegata_oidc::sign_in::{PendingSignIn, SignInRequest, SignedIn};
use tegata_oidc::user_info::UserInfo;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::Failure;

/// Which transport a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// async
    Reqwest,
    /// blocking
    Ureq,
}

impl Transport {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reqwest => "reqwest",
            Self::Ureq => "ureq",
        }
    }
}

#[derive(Debug)]
pub(crate) enum Backend {
    Reqwest(tegata_reqwest::Client, Runtime),
    Ureq(tegata_ureq::Client),
}

macro_rules! on_both {
    ($self:ident, $client:ident => $call:expr) => {
        match $self {
            Self::Reqwest($client, runtime) => runtime.block_on($call),
            Self::Ureq($client) => $call,
        }
    };
}

impl Backend {
    pub(crate) fn new(
        transport: Transport,
        config: Config,
        options: TransportOptions,
        clock: impl Clock + 'static,
    ) -> Result<Self, Failure> {
        Ok(match transport {
            Transport::Reqwest => {
                let runtime = Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(Failure::io("the async runtime"))?;
                let client = tegata_reqwest::Client::builder(config).transport_options(options);
                Self::Reqwest(client.clock(clock).build()?, runtime)
            }
            Transport::Ureq => {
                let client = tegata_ureq::Client::builder(config).transport_options(options);
                Self::Ureq(client.clock(clock).build()?)
            }
        })
    }

    pub(crate) fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        on_both!(self, client => client.metadata())
    }

    pub(crate) fn start(&self, request: SignInRequest) -> Result<(Url, PendingSignIn), Error> {
        on_both!(self, client => client.start(request))
    }

    pub(crate) fn finish(
        &self,
        pending: PendingSignIn,
        callback: Callback,
    ) -> Result<SignedIn, Error> {
        on_both!(self, client => client.finish(pending, callback))
    }

    pub(crate) fn user_info(&self, tokens: &TokenSet, claims: &IdToken) -> Result<UserInfo, Error> {
        on_both!(self, client => client.user_info(tokens, claims))
    }

    pub(crate) fn call(
        &self,
        request: HttpRequest,
        token: &AccessToken,
    ) -> Result<HttpResponse, Error> {
        on_both!(self, client => client.call(request, token))
    }

    pub(crate) fn refresh(
        &self,
        tokens: &TokenSet,
        first: &FirstIdToken,
    ) -> Result<Refreshed, Error> {
        on_both!(self, client => client.refresh(tokens, Some(first)))
    }

    pub(crate) fn revoke(&self, tokens: &TokenSet) -> Result<Revoked, Error> {
        on_both!(self, client => client.revoke(tokens))
    }

    pub(crate) fn logout_url(&self, request: LogoutRequest) -> Result<Url, Error> {
        on_both!(self, client => client.logout_url(request))
    }
}
