//! `tegata token`: the tokens of accounts, for scripts and for people.

mod end;
mod export;
mod get;
mod import;
mod show;
mod watch;

use std::time::Duration;

use clap::Subcommand;
use tegata_tokens::record::{Record, State};

use crate::Failure;
use crate::accounts::Chosen;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write an account's tokens as JSON, in plain text: to move them to another store
    Export(export::Arguments),
    /// Print the access token alone, refreshed when that is due
    Get(get::Arguments),
    /// Print the access token as an HTTP header
    Header(get::Arguments),
    /// Keep a refresh token that came from elsewhere, as an account
    Import(Box<import::Arguments>),
    /// Print the accounts
    List(show::List),
    /// Forget an account and its tokens, without a word to the provider
    Remove(Chosen),
    /// Take an account's tokens away, here and at the provider
    Revoke(Chosen),
    /// Print what is known of an account; no secret
    Show(Chosen),
    /// Keep every account alive, and print what happens
    Watch(watch::Arguments),
}

pub(crate) fn run(command: &Command) -> Result<bool, Failure> {
    match command {
        Command::Export(arguments) => export::run(arguments),
        Command::Get(arguments) => get::run(arguments, get::Form::Token),
        Command::Header(arguments) => get::run(arguments, get::Form::Header),
        Command::Import(arguments) => import::run(arguments),
        Command::List(arguments) => show::list(arguments),
        Command::Remove(chosen) => end::remove(chosen),
        Command::Revoke(chosen) => end::revoke(chosen),
        Command::Show(chosen) => show::one(chosen),
        Command::Watch(arguments) => watch::run(arguments),
    }
}

/// The state of a grant in a word.
pub(crate) const fn state(record: &Record) -> &'static str {
    match record.state() {
        State::Active => "active",
        State::Ambiguous => "ambiguous",
        State::Reauth => "needs_consent",
        State::Refreshing(_) => "refreshing",
        State::Revoked { .. } => "revoked",
        State::Revoking => "revoking",
        _ => "unknown",
    }
}

/// How long a command waits at its end for a refresh that was begun: longer than any takes.
pub(crate) const DRAIN: Duration = Duration::from_secs(60);
