//! `tegata jwt`: ID tokens.

mod dates;
mod inspect;
mod meaning;
mod verify;

use clap::Subcommand;

use crate::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decode a token and explain what it says, with nothing verified
    Inspect(inspect::Arguments),
    /// Verify an ID token by every rule of OpenID Connect, and print its claims
    Verify(Box<verify::Arguments>),
}

pub(crate) fn run(command: &Command) -> Result<bool, Failure> {
    match command {
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}
