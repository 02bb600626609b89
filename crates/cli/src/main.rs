//! `tegata`: sign in from a terminal and see every step; check tokens, addresses and scopes.

mod accounts;
mod backend;
mod commands;
mod connection;
mod failure;
mod input;
mod json_lines;
mod key_source;
mod loopback;
mod named;
mod output;
mod preset;
mod verdict;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commands::{check, demo, discover, explain, jws, jwt, login, provider, token};
use failure::Failure;

/// Sign in by OAuth 2.0 and OpenID Connect, and see every step; check tokens, redirect URIs and
/// scopes; explain errors.
///
/// Exit status: 0 when all is well; 1 when something failed, was refused or is not good; 2 when the
/// command was written wrongly.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a redirect URI, a JavaScript origin or a scope by a provider's rules
    #[command(subcommand)]
    Check(check::Command),
    /// Walk through complete sign-ins: at the built-in provider, or at a real one
    Demo(demo::Arguments),
    /// Print what a provider supports
    Discover(discover::Arguments),
    /// Explain an error code: what happened, and what to do
    Explain(explain::Arguments),
    /// Decrypt a token (JWE)
    #[cfg(feature = "jwe")]
    #[command(subcommand)]
    Jwe(commands::jwe::Command),
    /// Verify a signature over anything (JWS)
    #[command(subcommand)]
    Jws(jws::Command),
    /// Look into an ID token, or verify it
    #[command(subcommand)]
    Jwt(jwt::Command),
    /// Sign in, here or by a code on another device, and keep the tokens as an account
    Login(Box<login::Arguments>),
    /// Run the built-in fake provider, with a login page, for any program to sign in to
    Provider(Box<provider::Arguments>),
    /// Use the tokens of an account, refreshed when that is due
    #[command(subcommand)]
    Token(token::Command),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(command) => check::run(&command),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Discover(arguments) => discover::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        #[cfg(feature = "jwe")]
        Command::Jwe(command) => commands::jwe::run(&command),
        Command::Jws(command) => jws::run(&command),
        Command::Jwt(command) => jwt::run(&command),
        Command::Login(arguments) => login::run(&arguments),
        Command::Provider(arguments) => provider::run(&arguments),
        Command::Token(command) => token::run(&command),
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
