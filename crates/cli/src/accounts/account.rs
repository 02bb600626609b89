//! What an account is: a grant by a name, and the client that may refresh it.

use std::path::PathBuf;

use clap::ValueEnum as _;
use serde_json::{Map, Value, json};
use tegata_core::Error;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::json::Object;
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::ClientSecret;
use tegata_core::url::{EndpointUrl, Issuer};
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;
use tegata_tokens::GrantId;
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::preset::ProviderName;

/// A grant by a name.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) provider: ProviderName,
    pub(crate) at: At,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<ClientSecret>,
    pub(crate) subject: String,
    pub(crate) connection: Connection,
}

/// Where its tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// An issuer, which says about itself where its endpoints are.
    Issuer(String),
    /// Endpoints that were named one by one.
    Endpoints { token: String, revocation: Option<String> },
}

impl Account {
    /// What the grant is called in the store. Two accounts never share one.
    pub(crate) fn grant(&self) -> GrantId {
        let issuer = match &self.at {
            At::Issuer(issuer) => issuer,
            At::Endpoints { token, .. } => token,
        };
        GrantId::new(issuer, &self.client_id, &self.subject).with_label(&self.name)
    }

    /// The client that may refresh it.
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let secret = self.client_secret.as_ref();
        match &self.at {
            At::Issuer(issuer) => {
                self.provider.config(issuer, &self.client_id, secret.map(ClientSecret::expose))
            }
            At::Endpoints { token, revocation } => {
                let token = EndpointUrl::new(token)?;
                // Nothing but endpoints is known: their origin stands for the issuer.
                let issuer = Issuer::new(&token.as_url().origin().ascii_serialization())?;
                let mut metadata =
                    ServerMetadata::new(issuer.clone()).with_endpoint("token_endpoint", token);
                if let Some(revocation) = revocation {
                    let revocation = EndpointUrl::new(revocation)?;
                    metadata = metadata.with_endpoint("revocation_endpoint", revocation);
                }
                let authentication = secret.map_or(ClientAuthentication::None, |secret| {
                    ClientAuthentication::Basic(secret.clone())
                });
                let client = Client::new(&self.client_id, authentication);
                Config::new(issuer, Profile::OPENID, client).with_metadata(metadata)
            }
        }
    }

    /// Members that hold no secret: for people and programs that ask which accounts there are.
    pub(crate) fn describe(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("account", json!(self.name));
        put("provider", json!(self.provider.name()));
        match &self.at {
            At::Issuer(issuer) => {
                put("issuer", json!(issuer));
            }
            At::Endpoints { token, revocation } => {
                put("token_endpoint", json!(token));
                if let Some(revocation) = revocation {
                    put("revocation_endpoint", json!(revocation));
                }
            }
        }
        put("client_id", json!(self.client_id));
        put("subject", json!(self.subject));
        members
    }

    /// The form that is sealed and kept.
    pub(crate) fn to_json(&self) -> Zeroizing<String> {
        let mut members = self.describe();
        if let Some(secret) = &self.client_secret {
            members.insert("client_secret".to_owned(), json!(secret.expose()));
        }
        if let Some(ca) = &self.connection.ca {
            members.insert("ca".to_owned(), json!(ca));
        }
        members.insert("loopback_http".to_owned(), json!(self.connection.allow_loopback_http));
        Zeroizing::new(Value::Object(members).to_string())
    }

    /// Reads what [`Account::to_json`] wrote; `None` when it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let object = Object::parse(text.as_bytes()).ok()?;
        let text = |name| object.str(name).ok().flatten().map(str::to_owned);
        let at = match (text("issuer"), text("token_endpoint")) {
            (Some(issuer), None) => At::Issuer(issuer),
            (None, Some(token)) => At::Endpoints { token, revocation: text("revocation_endpoint") },
            _ => return None,
        };
        Some(Self {
            name: text("account")?,
            provider: ProviderName::from_str(&text("provider")?, false).ok()?,
            at,
            client_id: text("client_id")?,
            client_secret: text("client_secret").map(ClientSecret::new),
            subject: text("subject")?,
            connection: Connection {
                allow_loopback_http: object.bool("loopback_http").ok().flatten()?,
                ca: text("ca").map(PathBuf::from),
            },
        })
    }
}

/// Reads the name of an account: one that can be shown in a line.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=MAX_NAME_BYTES).contains(&text.len());
    match fits && crate::output::printable(text) == text {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 100 bytes, and no control characters"),
    }
}

const MAX_NAME_BYTES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn account(at: At) -> Account {
        Account {
            name: "work".to_owned(),
            provider: ProviderName::YahooJapan,
            at,
            client_id: "client".to_owned(),
            client_secret: Some(ClientSecret::new("canary")),
            subject: "alice".to_owned(),
            connection: Connection { allow_loopback_http: true, ca: Some("ca.pem".into()) },
        }
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let endpoints = |revocation: Option<&str>| At::Endpoints {
            token: "https://op.example.com/token".to_owned(),
            revocation: revocation.map(str::to_owned),
        };
        let issuer = At::Issuer("https://op.example.com".to_owned());
        for at in [issuer, endpoints(None), endpoints(Some("https://op.example.com/revoke"))] {
            let written = account(at.clone()).to_json();
            let read = Account::parse(&written).unwrap();
            assert_eq!(read.at, at);
            assert_eq!(read.to_json(), written);
        }
    }

    #[test]
    fn what_describes_it_holds_no_secret() {
        let account = account(At::Issuer("https://op.example.com".to_owned()));
        let shown = format!("{:?}{account:?}", account.describe());
        assert!(!shown.contains("canary"), "{shown}");
        assert!(account.to_json().contains("canary"));
    }

    #[test]
    fn a_name_can_be_shown_in_a_line() {
        assert!(name("work, 東京").is_ok());
        for wrong in ["", "a\nb", "\u{202e}x", &"x".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }
}
