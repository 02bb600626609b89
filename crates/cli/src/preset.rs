//! The providers that a command knows by name, and the client that it is there.

use clap::ValueEnum;
use tegata_core::Error;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::url::Issuer;
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;
use tegata_providers::{google, openid, yahoo, yahoo_japan};
use tegata_tokens::RefreshPolicy;

/// A preset by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    Google,
    Openid,
    Yahoo,
    YahooJapan,
}

impl ProviderName {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Openid => "openid",
            Self::Yahoo => "yahoo",
            Self::YahooJapan => "yahoo-japan",
        }
    }

    /// Where it is, when it is one provider.
    pub(crate) const fn issuer(self) -> Option<&'static str> {
        match self {
            Self::Google => Some(google::ISSUER),
            Self::Openid => None,
            Self::Yahoo => Some(yahoo::ISSUER),
            Self::YahooJapan => Some(yahoo_japan::ISSUER),
        }
    }

    /// What it does with refresh tokens, as far as that is known.
    pub(crate) const fn refresh_policy(self) -> RefreshPolicy {
        match self {
            Self::Google => RefreshPolicy::GOOGLE,
            Self::Openid | Self::Yahoo => RefreshPolicy::UNKNOWN,
            Self::YahooJapan => RefreshPolicy::YAHOO_JAPAN,
        }
    }

    /// A client at `issuer`, which behaves like this provider; without a secret a public one.
    pub(crate) fn config(
        self,
        issuer: &str,
        client_id: &str,
        secret: Option<&str>,
    ) -> Result<Config, Error> {
        match (secret, self) {
            (None, name) => {
                let client = Client::new(client_id, ClientAuthentication::None);
                Ok(Config::new(Issuer::new(issuer)?, name.profile(), client))
            }
            (Some(secret), Self::Google) => google::config_at(issuer, client_id, secret),
            (Some(secret), Self::Openid) => openid::config(issuer, client_id, secret),
            (Some(secret), Self::Yahoo) => yahoo::config_at(issuer, client_id, secret),
            (Some(secret), Self::YahooJapan) => yahoo_japan::config_at(issuer, client_id, secret),
        }
    }

    const fn profile(self) -> Profile {
        match self {
            Self::Google => google::PROFILE,
            Self::Openid => openid::PROFILE,
            Self::Yahoo => yahoo::PROFILE,
            Self::YahooJapan => yahoo_japan::PROFILE,
        }
    }
}
