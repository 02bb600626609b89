//! `tegata login`: signs in by the browser, here or on another device, and keeps the tokens as an
//! account.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;
use tegata_oidc::Config;
use tegata_oidc::sign_in::{Grant, SignInRequest, SignedIn};
use tegata_providers::google;
use tegata_tokens::Error as TokensError;

use super::token::{DRAIN, state};
use crate::accounts::{Account, At, Chosen};
use crate::connection::Connection;
use crate::loopback::{self, Browser};
use crate::output::{print_json, printable};
use crate::preset::ProviderName;
use crate::{Failure, input};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose ways to follow
    #[arg(long, value_enum, default_value = "openid")]
    provider: ProviderName,

    /// What to ask for: "openid email"; without openid it is plain OAuth 2.0
    #[arg(long)]
    scope: String,

    /// Sign in at this issuer [default: the provider's own]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,

    /// The client identifier; Google's client_secret.json has it
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// A file that holds the client secret, or Google's client_secret.json; without one the client
    /// is a public one
    #[arg(long, value_name = "FILE", alias = "client-secret")]
    client_secret_file: Option<PathBuf>,

    /// Show a code to type in on another device, instead of opening a browser on this one (RFC 8628)
    #[arg(long, conflicts_with_all = ["no_browser", "port"])]
    device: bool,

    #[command(flatten)]
    browser: Browser,

    #[command(flatten)]
    chosen: Chosen,

    #[command(flatten)]
    connection: Connection,
}

/// What a sign-in brought.
struct Consent {
    subject: String,
    tokens: TokenSet,
    requested: Scope,
    missing: Scope,
}

impl Consent {
    fn of_user(signed_in: &SignedIn) -> Result<Self, Failure> {
        Ok(Self {
            subject: signed_in.claims().subject().to_owned(),
            tokens: signed_in.tokens().cloned().ok_or(TokensError::NoGrant)?,
            requested: signed_in.granted().requested().clone(),
            missing: signed_in.granted().missing(),
        })
    }

    /// Nobody is named: the account is.
    fn of_grant(arguments: &Arguments, grant: &Grant) -> Self {
        Self {
            subject: arguments.chosen.name.clone(),
            tokens: grant.tokens().clone(),
            requested: grant.granted().requested().clone(),
            missing: grant.granted().missing(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    // What is wrong with the store is said before a person is asked.
    let accounts = arguments.chosen.home.open()?;
    let config = config(arguments)?;
    let consent = if arguments.device {
        sign_in_elsewhere(arguments, config.clone())?
    } else {
        sign_in(arguments, config.clone())?
    };
    let account = Account {
        name: arguments.chosen.name.clone(),
        provider: arguments.provider,
        at: At::Issuer(config.issuer().as_str().to_owned()),
        client_id: config.client().id().to_owned(),
        client_secret: config.client().secret().cloned(),
        subject: consent.subject,
        connection: arguments.connection.clone(),
    };
    // First the account, then its tokens: tokens that nobody can name would never be revoked.
    accounts.put(&account)?;
    let manager = accounts.manager(&account, |_, _| true)?;
    let handle = manager.keep_as(account.grant(), &consent.tokens, &consent.requested)?;
    let expires_at =
        handle.access_token(Duration::ZERO).ok().map(|token| token.life().expires_at());
    let _ = manager.drain(DRAIN);
    let record = accounts.record(&account)?.ok_or(TokensError::NoGrant)?;
    if arguments.chosen.json {
        let mut members = account.describe();
        members.insert("state".to_owned(), json!(state(&record)));
        members.insert("granted".to_owned(), json!(record.granted().to_string()));
        members.insert("missing".to_owned(), json!(consent.missing.to_string()));
        members.insert("refreshable".to_owned(), json!(record.is_refreshable()));
        members.insert("expires_at".to_owned(), json!(expires_at.map(|time| time.seconds())));
        print_json(&serde_json::Value::Object(members));
        return Ok(true);
    }
    anstream::println!("account {}: signed in as {}", account.name, printable(&account.subject));
    if !consent.missing.is_empty() {
        anstream::println!("  the user declined: {}", printable(&consent.missing.to_string()));
    }
    if !record.is_refreshable() {
        anstream::println!("  no refresh token came: it ends with its access token");
    }
    Ok(true)
}

fn config(arguments: &Arguments) -> Result<Config, Failure> {
    let mut id = arguments.client_id.clone();
    let mut secret = input::client_secret(arguments.client_secret_file.as_deref())?;
    if arguments.provider == ProviderName::Google
        && let Some(json) = secret.clone().filter(|text| text.starts_with('{'))
    {
        let config = google::from_client_secret(&json)?;
        id = id.or_else(|| Some(config.client().id().to_owned()));
        secret = config.client().secret().map(|secret| secret.expose().to_owned());
    }
    let missing = |text: &str| Failure::Usage(text.to_owned());
    let id = id.ok_or_else(|| {
        missing("--client-id is missing; with --provider google, client_secret.json holds it")
    })?;
    let issuer = arguments.issuer.as_deref().or_else(|| arguments.provider.issuer());
    let issuer =
        issuer.ok_or_else(|| missing("--issuer is missing: the provider's address, https://…"))?;
    Ok(arguments.provider.config(issuer, &id, secret.as_deref())?)
}

fn sign_in(arguments: &Arguments, config: Config) -> Result<Consent, Failure> {
    let Browser { no_browser, timeout, .. } = arguments.browser;
    let listener = arguments.browser.listen()?;
    let config = config.with_redirect_uri(&listener.redirect_uri())?;
    let client = arguments.connection.client(config)?;
    let request = SignInRequest::new().scope(&arguments.scope)?.offline();
    let (url, pending) = client.start(request)?;
    // Standard output is for the result.
    loopback::show(&url, !no_browser, |line| anstream::eprintln!("{line}"));
    let callback = listener.wait(pending.response_mode(), timeout);
    let callback = callback.map_err(Failure::io("no callback"))?;
    if has_identity(arguments) {
        Consent::of_user(&client.finish(pending, callback)?)
    } else {
        Ok(Consent::of_grant(arguments, &client.finish_grant(pending, callback)?))
    }
}

fn sign_in_elsewhere(arguments: &Arguments, config: Config) -> Result<Consent, Failure> {
    let client = arguments.connection.client(config)?;
    let pending = client.device().scope(&arguments.scope)?.offline().start()?;
    let pending = pending.with_patience(arguments.browser.timeout);
    // Standard output is for the result.
    anstream::eprintln!("Open {}", printable(pending.verification_uri()));
    anstream::eprintln!("and enter {}", printable(pending.user_code()));
    if has_identity(arguments) {
        Consent::of_user(&client.finish_device(pending)?)
    } else {
        Ok(Consent::of_grant(arguments, &client.finish_device_grant(pending)?))
    }
}

fn has_identity(arguments: &Arguments) -> bool {
    Scope::parse(&arguments.scope).is_ok_and(|scope| scope.contains("openid"))
}
