//! `tegata check`: redirect URIs, origins and scopes, by the rules of each provider.

mod scope;
mod uri;

use clap::Subcommand;

use crate::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check JavaScript origins by Google's rules, as its console does
    Origin(uri::Origins),
    /// Check redirect URIs as the provider does when they are registered
    RedirectUri(uri::RedirectUris),
    /// Compare the scope that was asked for with the one that was granted
    Scope(scope::Arguments),
}

pub(crate) fn run(command: &Command) -> Result<bool, Failure> {
    match command {
        Command::Origin(arguments) => arguments.run(),
        Command::RedirectUri(arguments) => arguments.run(),
        Command::Scope(arguments) => scope::run(arguments),
    }
}
