//! `tegata`: sign in from a terminal and see every step.

mod backend;
mod connection;
mod demo;
mod discover;
mod loopback;
mod output;
mod provider;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tegata_core::error::Remedy;

/// Signs in by OAuth 2.0 and OpenID Connect, and shows every step.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Walk through complete sign-ins: against the built-in provider, or a real one.
    Demo(demo::Arguments),
    /// Print what a provider supports.
    Discover(discover::Arguments),
    /// Run the built-in fake provider, with a login page, for any program to sign in to.
    Provider(provider::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Discover(arguments) => discover::run(&arguments),
        Command::Provider(arguments) => provider::run(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            anstream::eprintln!("{}", failure.text());
            ExitCode::FAILURE
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
enum Failure {
    Io(&'static str, std::io::Error),
    Protocol(tegata_core::Error),
    Usage(String),
}

impl Failure {
    fn text(&self) -> String {
        match self {
            Self::Io(what, error) => format!("error: {what}: {error}"),
            Self::Protocol(error) => format!("error: {error}\n  {}", advice(error.remedy())),
            Self::Usage(text) => format!("error: {text}"),
        }
    }
}

impl From<tegata_core::Error> for Failure {
    fn from(error: tegata_core::Error) -> Self {
        Self::Protocol(error)
    }
}

/// The remedy in a sentence.
fn advice(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::AskConsentAgain => "Ask the user for consent again (prompt=consent).",
        Remedy::FixConfiguration => "Correct the client's registration or its settings.",
        Remedy::FixProgram => "Correct the command or the program.",
        Remedy::Retry { .. } => "Try again in a moment.",
        Remedy::SecurityIncident => "Somebody may be forging answers: do not go on.",
        Remedy::ShowUser => "Nothing is broken: tell the user.",
        Remedy::SignInAgain => "Sign in again.",
        Remedy::TellAdministrator => "An administrator of the user's organisation must act.",
        _ => "See the documentation of the error.",
    }
}
