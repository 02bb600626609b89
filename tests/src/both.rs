//! Both transports behind one type, for tests that are compiled once and run on each.

use std::sync::Arc;

use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::flow::Flow;
use tegata_core::http::HttpRequest;
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::Clock;
use tegata_core::token::TokenSet;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::logout::back_channel::Logout;
use tegata_oidc::refresh::Refreshed;
use tegata_oidc::replay::SeenTokens;
use tegata_oidc::sign_in::{PendingSignIn, SignInRequest, SignedIn};
use tegata_oidc::user_info::UserInfo;
use tegata_oidc::{Config, RelyingParty};
use url::Url;

use crate::{reqwest_backend, ureq_backend};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for these tests alone")]
pub enum Transport {
    /// The async one, each call awaited.
    Reqwest,
    /// The blocking one.
    Ureq,
}

impl Transport {
    /// A client that opens its own connections, on loopback too, and sends nothing twice.
    ///
    /// # Errors
    ///
    /// As the `build` of the transport's own client.
    pub fn client(self, config: Config, clock: impl Clock + 'static) -> Result<Client, Error> {
        Ok(match self {
            Self::Reqwest => Client::Reqwest(reqwest_backend::client(config, clock)?),
            Self::Ureq => Client::Ureq(ureq_backend::client(config, clock)?),
        })
    }
}

/// A client on one of them.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "for these tests alone")]
#[expect(missing_docs, reason = "as in `Transport`")]
pub enum Client {
    Reqwest(reqwest_backend::Client),
    Ureq(ureq_backend::Client),
}

macro_rules! on_either {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $output:ty;)+) => {
        impl Client {$(
            #[doc = concat!("`", stringify!($name), "` of the client of either transport.")]
            ///
            /// # Errors
            ///
            /// As there.
            pub fn $name(&self, $($argument: $kind),*) -> Result<$output, Error> {
                match self {
                    Self::Reqwest(client) => client.$name($($argument),*),
                    Self::Ureq(client) => client.$name($($argument),*),
                }
            }
        )+}
    };
}

on_either! {
    finish(pending: PendingSignIn, callback: Callback) -> SignedIn;
    logout_url(request: LogoutRequest) -> Url;
    metadata() -> Arc<ServerMetadata>;
    receive_logout(request: &HttpRequest, seen: Arc<dyn SeenTokens>) -> Logout;
    refresh(tokens: &TokenSet, first: Option<&FirstIdToken>) -> Refreshed;
    start(request: SignInRequest) -> (Url, PendingSignIn);
    user_info(tokens: &TokenSet, claims: &IdToken) -> UserInfo;
}

impl Client {
    /// Runs a flow to its end.
    ///
    /// # Errors
    ///
    /// As the flow.
    pub fn run<F>(&self, flow: F) -> Result<F::Output, Error>
    where
        F: Flow + Send,
        F::Output: Send,
    {
        match self {
            Self::Reqwest(client) => client.run(flow),
            Self::Ureq(client) => client.run(flow),
        }
    }

    /// The relying party behind it.
    #[must_use]
    pub fn relying_party(&self) -> &RelyingParty {
        match self {
            Self::Reqwest(client) => client.relying_party(),
            Self::Ureq(client) => client.relying_party(),
        }
    }
}
