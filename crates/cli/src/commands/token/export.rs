//! `tegata token export`: an account's tokens in plain text. From then on one store may refresh
//! them and no other.

use clap::{Args, ValueEnum};
use tegata_core::time::Clock as _;
use tegata_tokens::interchange::{AuthorizedUser, Export};
use tegata_tokens::machine::World;
use tegata_tokens::record::State;
use tegata_tokens::{Error, TokenStore as _};
use tegata_ureq::{OsRandom, SystemClock};

use super::state;
use crate::Failure;
use crate::accounts::{Account, Accounts, Chosen};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// For which program
    #[arg(long, value_enum, default_value_t = Format::Tegata)]
    format: Format,

    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// google-auth's `authorized_user` file, as Application Default Credentials are
    AuthorizedUser,
    /// Our own: `tegata token import --export-file`
    Tegata,
}

pub(super) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let (accounts, account) = arguments.chosen.open()?;
    let record = accounts.record(&account)?.ok_or(Error::NoGrant)?;
    if *record.state() != State::Active {
        let text = format!("the account is {}: only an active one is exported", state(&record));
        return Err(Failure::Usage(text));
    }
    let (now, vault) = (SystemClock::new().now(), accounts.store.vault());
    let world = World { now, random: &OsRandom::new(), vault };
    let export = Export::from_record(&account.grant(), &record, &world).map_err(Error::Vault)?;
    let export = export.ok_or(Error::NoGrant)?;
    let text = match arguments.format {
        Format::AuthorizedUser => authorized_user(&account, &export)?.to_json(),
        Format::Tegata => export.to_json(),
    };
    anstream::println!("{}", *text);
    Ok(true)
}

fn authorized_user(account: &Account, export: &Export) -> Result<AuthorizedUser, Failure> {
    let lacks = |what: &str| {
        Failure::Usage(format!("an authorized_user file has a {what}, and the account has none"))
    };
    let secret = account.client_secret.clone().ok_or_else(|| lacks("client secret"))?;
    let tokens = &export.tokens;
    let refresh = tokens.refresh_token().ok_or_else(|| lacks("refresh token"))?;
    let mut user = AuthorizedUser::new(&account.client_id, secret, refresh.clone());
    user.access_token = Some(tokens.access_token().clone());
    user.expires_at = tokens.expires_at();
    user.scopes = tokens.scope().cloned();
    user.token_uri = Some(Accounts::token_endpoint(account)?);
    Ok(user)
}
