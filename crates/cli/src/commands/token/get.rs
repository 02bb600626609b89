//! `tegata token get` and `header`: the access token, for scripts.
//!
//! Any number of processes may ask at once: one of them refreshes, and all print what it got.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::DRAIN;
use crate::Failure;
use crate::accounts::Chosen;
use crate::input::seconds;
use crate::output::print_json;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many seconds it must live for
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    min_valid: Duration,

    #[command(flatten)]
    chosen: Chosen,
}

/// How it is printed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Header,
    Token,
}

pub(super) fn run(arguments: &Arguments, form: Form) -> Result<bool, Failure> {
    let (accounts, account) = arguments.chosen.open()?;
    let manager = accounts.manager(&account, |_, _| true)?;
    let token = manager.handle(&account.grant()).access_token(arguments.min_valid);
    // An ageing token is served at once, and the next one is on its way: it must arrive.
    let _ = manager.drain(DRAIN);
    let token = token?;
    let text = token.token().expose();
    match (arguments.chosen.json, form) {
        (false, Form::Header) => anstream::println!("Authorization: Bearer {text}"),
        (false, Form::Token) => anstream::println!("{text}"),
        (true, form) => {
            let (name, value) = match form {
                Form::Header => ("authorization", format!("Bearer {text}")),
                Form::Token => ("access_token", text.to_owned()),
            };
            let members = json!({
                "account": account.name,
                "expires_at": token.life().expires_at().seconds(),
                "scope": token.scope().to_string(),
                "token_type": "Bearer",
                name: value,
            });
            print_json(&members);
        }
    }
    Ok(true)
}
