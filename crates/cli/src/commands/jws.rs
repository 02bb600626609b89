//! `tegata jws`: signatures over any payload.

use clap::{Args, Subcommand};
use tegata_core::Error;
use tegata_core::secret::CompactToken;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::jws::{UnverifiedJws, VerifiedJws};

use crate::Failure;
use crate::connection::Connection;
use crate::input;
use crate::json_lines;
use crate::key_source::{KeySource, Keys};
use crate::named::named;
use crate::output::write_bytes;
use crate::verdict::{self, crypto};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify a signature, and print what was signed, byte for byte
    ///
    /// What the payload means is not looked at. For an ID token use `tegata jwt verify`.
    Verify(Arguments),
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How it may be signed, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        required_unless_present = "json_lines",
        value_parser = named(Algorithm::ALL, |algorithm| algorithm.as_str())
    )]
    alg: Vec<Algorithm>,

    #[command(flatten)]
    keys: KeySource,

    #[command(flatten)]
    connection: Connection,

    /// Read one JSON object a line from standard input, {"id": …, "token": "…"} with an optional
    /// "alg", and answer each by {"id", "ok"} and, when it is not good, "code"
    #[arg(long, conflicts_with = "token")]
    json_lines: bool,

    /// The compact JWS; `-` reads it from standard input
    #[arg(required_unless_present = "json_lines")]
    token: Option<String>,
}

pub(crate) fn run(command: &Command) -> Result<bool, Failure> {
    let Command::Verify(arguments) = command;
    let keys = arguments.keys.open_own(&arguments.connection)?;
    keys.obtain()?;
    let usual: AllowedAlgorithms = arguments.alg.iter().copied().collect();
    if arguments.json_lines {
        return json_lines::run(|question| {
            verdict::answer(question, |question, token| {
                let algorithms = question.str("alg")?.map_or(usual, verdict::algorithms);
                Ok(verify(token, algorithms, &keys).map(|_| Vec::new()))
            })
        });
    }
    let token = input::token(arguments.token.as_deref().unwrap_or_default())?;
    let verified = verify(CompactToken::new(token), usual, &keys)?;
    write_bytes(verified.payload())?;
    Ok(true)
}

fn verify(
    token: CompactToken,
    algorithms: AllowedAlgorithms,
    keys: &Keys,
) -> Result<VerifiedJws, Error> {
    let token = UnverifiedJws::new(token);
    keys.verify(|keys| token.verify(keys, algorithms, crypto()))
}
