//! `tegata token import`: keeps a refresh token that came from elsewhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, ClientSecret, RefreshToken};
use tegata_core::time::{Clock as _, UnixTime};
use tegata_core::token::TokenSet;
use tegata_core::url::EndpointUrl;
use tegata_providers::google;
use tegata_tokens::interchange::{AuthorizedUser, Export, refresh_token_alone};
use tegata_ureq::SystemClock;

use super::DRAIN;
use crate::accounts::{Account, At, Chosen};
use crate::connection::Connection;
use crate::input::seconds;
use crate::output::print_json;
use crate::preset::ProviderName;
use crate::{Failure, input};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the refresh token is spent
    #[arg(long, value_name = "URL", required_unless_present = "authorized_user_file")]
    token_endpoint: Option<String>,

    /// Where it is revoked; without it, revoking is forgetting
    #[arg(long, value_name = "URL")]
    revocation_endpoint: Option<String>,

    /// The client that the refresh token was given to
    #[arg(long, value_name = "ID", required_unless_present = "authorized_user_file")]
    client_id: Option<String>,

    /// A file that holds the client secret; without one the client is a public one
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,

    /// A file that holds the refresh token
    #[arg(long, value_name = "FILE", required_unless_present_any = ["authorized_user_file", "export_file"])]
    refresh_token_file: Option<PathBuf>,

    /// A file that holds an access token too; else the first use refreshes
    #[arg(long, value_name = "FILE", requires = "expires_in", conflicts_with = "export_file")]
    access_token_file: Option<PathBuf>,

    /// How many seconds the access token lives for
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "access_token_file")]
    expires_in: Option<Duration>,

    /// What `tegata token export` wrote, instead of --refresh-token-file
    #[arg(long, value_name = "FILE", conflicts_with = "refresh_token_file")]
    export_file: Option<PathBuf>,

    /// google-auth's `authorized_user` file, or Application Default Credentials, instead of all the
    /// above; at Google, unless a token endpoint is named
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["client_id", "client_secret_file", "export_file", "refresh_token_file"]
    )]
    authorized_user_file: Option<PathBuf>,

    /// The scope that was asked for
    #[arg(long, default_value = "")]
    scope: String,

    #[command(flatten)]
    chosen: Chosen,

    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let chosen = &arguments.chosen;
    let Import { at, client_id, client_secret, tokens, requested } =
        match &arguments.authorized_user_file {
            Some(path) => authorized_user(arguments, path)?,
            None => named(arguments)?,
        };
    let account = Account {
        name: chosen.name.clone(),
        provider: match at {
            At::Endpoints { .. } => ProviderName::Openid,
            At::Issuer(_) => ProviderName::Google,
        },
        at,
        client_id,
        client_secret,
        subject: chosen.name.clone(),
        connection: arguments.connection.clone(),
    };
    let accounts = chosen.home.open()?;
    let manager = accounts.manager(&account, |_, _| true)?;
    accounts.put(&account)?;
    manager.keep_as(account.grant(), &tokens, &requested)?;
    let _ = manager.drain(DRAIN);
    if chosen.json {
        let mut members = account.describe();
        members.insert("refreshable".to_owned(), json!(tokens.refresh_token().is_some()));
        print_json(&serde_json::Value::Object(members));
    } else {
        anstream::println!("account {}: imported", account.name);
    }
    Ok(true)
}

/// What is imported, and from where.
struct Import {
    at: At,
    client_id: String,
    client_secret: Option<ClientSecret>,
    tokens: TokenSet,
    requested: Scope,
}

/// What the arguments name one by one.
fn named(arguments: &Arguments) -> Result<Import, Failure> {
    let missing = |what: &str| Failure::Usage(format!("{what} is missing"));
    let endpoint = arguments.token_endpoint.as_deref();
    let endpoint = endpoint.ok_or_else(|| missing("--token-endpoint"))?;
    let client_id = arguments.client_id.clone().ok_or_else(|| missing("--client-id"))?;
    let secret = input::client_secret(arguments.client_secret_file.as_deref())?;
    let (tokens, requested) = tokens(arguments, SystemClock::new().now())?;
    Ok(Import {
        at: endpoints(endpoint, arguments)?,
        client_id,
        client_secret: secret.map(ClientSecret::new),
        tokens,
        requested,
    })
}

/// What a file of google-auth's or gcloud's holds. Where it is sent is not for the file to say.
fn authorized_user(arguments: &Arguments, path: &Path) -> Result<Import, Failure> {
    let user = AuthorizedUser::parse(&input::file("the authorized_user file", path)?)?;
    let elsewhere = user.token_uri.iter().any(|uri| uri != GOOGLE_TOKEN_ENDPOINT)
        || user.universe_domain.iter().any(|domain| domain != GOOGLE_UNIVERSE);
    let at = match arguments.token_endpoint.as_deref() {
        Some(endpoint) => endpoints(endpoint, arguments)?,
        None if elsewhere => {
            let text = "the file is of another provider than Google: say by --token-endpoint where \
                        its refresh token may be sent";
            return Err(Failure::Usage(text.to_owned()));
        }
        None => At::Issuer(google::ISSUER.to_owned()),
    };
    let now = SystemClock::new().now();
    let requested = user.scopes.clone().unwrap_or_default();
    let tokens = match (user.access_token, user.expires_at) {
        (Some(access), Some(ends)) => {
            TokenSet::new(access, now).with_expires_at(ends).with_refresh_token(user.refresh_token)
        }
        _ => refresh_token_alone(user.refresh_token, now),
    };
    let (client_id, client_secret) = (user.client_id, Some(user.client_secret));
    Ok(Import { at, client_id, client_secret, tokens, requested })
}

fn endpoints(token: &str, arguments: &Arguments) -> Result<At, Failure> {
    // As the client's metadata spells it: that is how a grant is known for its own.
    let token = EndpointUrl::new(token).map_err(tegata_core::Error::from)?;
    let revocation = arguments.revocation_endpoint.clone();
    Ok(At::Endpoints { token: token.as_url().to_string(), revocation })
}

fn tokens(arguments: &Arguments, now: UnixTime) -> Result<(TokenSet, Scope), Failure> {
    if let Some(path) = &arguments.export_file {
        let export = Export::parse(&input::file("the exported tokens", path)?)?;
        return Ok((export.tokens, export.requested));
    }
    let scope = Scope::parse(&arguments.scope).map_err(tegata_core::Error::from)?;
    let path = arguments.refresh_token_file.as_deref();
    let path = path.ok_or_else(|| Failure::Usage("--refresh-token-file is missing".to_owned()))?;
    let refresh = RefreshToken::new(input::text_file("the refresh token", path)?);
    let (Some(path), Some(life)) = (&arguments.access_token_file, arguments.expires_in) else {
        return Ok((refresh_token_alone(refresh, now), scope));
    };
    let access = AccessToken::new(input::text_file("the access token", path)?);
    let tokens = TokenSet::new(access, now).with_expires_at(now.plus(life));
    Ok((tokens.with_refresh_token(refresh), scope))
}

const GOOGLE_TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";
const GOOGLE_UNIVERSE: &str = "googleapis.com";
