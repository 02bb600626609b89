//! `tegata jwt verify`: an ID token and what was sent and came beside it, against every rule.

use std::time::Duration;

use clap::Args;
use serde_json::Value as Json;
use tegata_core::Error;
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::json::{JsonFault, Object};
use tegata_core::secret::{self, AccessToken, AuthorizationCode, CompactToken};
use tegata_core::time::{Clock as _, UnixTime};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::id_token::{Binding, Expect, IdToken, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_ureq::SystemClock;

use crate::Failure;
use crate::connection::Connection;
use crate::input;
use crate::json_lines;
use crate::key_source::{KeySource, Keys};
use crate::named::named;
use crate::output::print_json;
use crate::verdict::{self, crypto};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Who must have issued the token, letter for letter
    #[arg(long, value_name = "URL")]
    issuer: String,

    /// Whom it must be for: the client identifier
    #[arg(long, value_name = "CLIENT_ID")]
    audience: String,

    /// Another audience that may stand beside it (repeatable)
    #[arg(long = "trusted-audience", value_name = "AUDIENCE")]
    trusted_audiences: Vec<String>,

    /// How it may be signed, separated by commas
    #[arg(
        long,
        value_name = "ALG",
        value_delimiter = ',',
        default_value = "RS256",
        value_parser = named(Algorithm::ALL, |algorithm| algorithm.as_str())
    )]
    alg: Vec<Algorithm>,

    /// The nonce that was sent and must come back; without it, any or none is accepted, and a note
    /// says so
    #[arg(long)]
    nonce: Option<String>,

    /// No nonce was sent, and none may come
    #[arg(long, conflicts_with = "nonce")]
    no_nonce: bool,

    /// The access token that came with it: `at_hash` must be its hash
    #[arg(long, value_name = "TOKEN")]
    access_token: Option<String>,

    /// The authorization code that came with it: `c_hash` must be its hash
    #[arg(long)]
    code: Option<String>,

    /// The token came through the browser: the hashes of what came with it must be there
    #[arg(long)]
    front_channel: bool,

    /// The user must have signed in no longer ago than this: `auth_time`
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u64>,

    /// The time to check by, instead of the clock's
    #[arg(long, value_name = "UNIX_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    #[command(flatten)]
    keys: KeySource,

    /// Take the keys that the issuer's discovery document names
    #[arg(long, group = "keys")]
    discover: bool,

    #[command(flatten)]
    connection: Connection,

    /// Read one JSON object a line from standard input, {"id": …, "token": "…"} with optional
    /// "alg", "access_token", "code" and "nonce", and answer each by {"id", "ok"} with, when it is
    /// not good, "code" or, when it is and no nonce was expected, "nonce_compared": false
    #[arg(long, conflicts_with = "token")]
    json_lines: bool,

    /// The token; `-` reads it from standard input
    #[arg(required_unless_present = "json_lines")]
    token: Option<String>,
}

/// What can differ from token to token.
#[derive(Debug, Default)]
struct Beside {
    algorithms: Option<AllowedAlgorithms>,
    nonce: Option<secret::Nonce>,
    access_token: Option<AccessToken>,
    code: Option<AuthorizationCode>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let keys = if arguments.discover {
        Keys::discover(&arguments.issuer, &arguments.connection)?
    } else {
        arguments.keys.open(&arguments.connection)?
    };
    keys.obtain()?;
    if arguments.json_lines {
        return json_lines::run(|question| {
            verdict::answer(question, |question, token| {
                let beside = Beside::read(question, arguments)?;
                let verified = arguments.verify(token, &beside, &keys);
                let uncompared = [("nonce_compared", Json::from(false))];
                Ok(verified.map(|_| match arguments.nonce(&beside) {
                    Nonce::OfFirstIdToken => uncompared.to_vec(),
                    _ => Vec::new(),
                }))
            })
        });
    }
    let token = input::token(arguments.token.as_deref().unwrap_or_default())?;
    let beside = arguments.beside();
    let verified = match arguments.verify(CompactToken::new(token), &beside, &keys) {
        Ok(verified) => verified,
        Err(error) => {
            let hint = hint(&error);
            anstream::eprintln!("{}", Failure::Protocol(error).text());
            if !hint.is_empty() {
                anstream::eprintln!("  {hint}");
            }
            return Ok(false);
        }
    };
    print_json(&format!("{:#}", Json::Object(verified.claims())));
    if matches!(arguments.nonce(&beside), Nonce::OfFirstIdToken) {
        anstream::eprintln!("note: the nonce was not compared: what was sent is named by --nonce");
    }
    Ok(true)
}

/// What the person at the terminal may have left out.
const fn hint(error: &Error) -> &'static str {
    let Error::InvalidToken(error) = error else { return "" };
    match error.fault {
        TokenFault::AlgorithmNotAllowed => "An algorithm that was agreed on is named by --alg.",
        TokenFault::Audience => {
            "Or is --audience another client? `tegata jwt inspect` shows the token's aud."
        }
        TokenFault::AudienceUntrusted => {
            "An audience that is trusted is named by --trusted-audience."
        }
        TokenFault::Expired => "To check a token of the past, set the time by --now.",
        TokenFault::Issuer => {
            "Or is --issuer another spelling? `tegata jwt inspect` shows the token's iss."
        }
        TokenFault::KeyNotFound => "Are these the keys of this issuer, and of that time?",
        _ => "",
    }
}

impl Arguments {
    fn beside(&self) -> Beside {
        Beside {
            algorithms: None,
            nonce: self.nonce.as_deref().map(secret::Nonce::new),
            access_token: self.access_token.as_deref().map(AccessToken::new),
            code: self.code.as_deref().map(AuthorizationCode::new),
        }
    }

    fn verify(&self, token: CompactToken, beside: &Beside, keys: &Keys) -> Result<IdToken, Error> {
        let algorithms = beside.algorithms.unwrap_or_else(|| self.alg.iter().copied().collect());
        let rules = IdTokenRules::new(&self.issuer, &self.audience).with_algorithms(algorithms);
        let rules = self.trusted_audiences.iter().fold(rules, IdTokenRules::with_trusted_audience);
        let expect = self.expect(beside);
        let now = self.now.map_or_else(|| SystemClock::new().now(), UnixTime::from_seconds);
        let token = UnverifiedIdToken::new(token);
        keys.verify(|keys| token.clone().verify(keys, &rules, &expect, crypto(), now))
    }

    fn expect<'b>(&self, beside: &'b Beside) -> Expect<'b> {
        let mut expect = Expect::new(TokenKind::IdToken, self.nonce(beside));
        expect.max_age = self.max_age.map(Duration::from_secs);
        expect.access_token = self.binding(beside.access_token.as_ref());
        expect.code = self.binding(beside.code.as_ref());
        expect
    }

    /// Whoever looks at a token of the past seldom knows its nonce: it is left to them to compare.
    fn nonce<'b>(&self, beside: &'b Beside) -> Nonce<'b> {
        match &beside.nonce {
            Some(nonce) => Nonce::Expect(nonce),
            None if self.no_nonce => Nonce::NotSent,
            None => Nonce::OfFirstIdToken,
        }
    }

    fn binding<'b, T>(&self, beside: Option<&'b T>) -> Binding<'b, T> {
        match beside {
            None => Binding::Absent,
            Some(beside) if self.front_channel => Binding::Required(beside),
            Some(beside) => Binding::IfPresent(beside),
        }
    }
}

impl Beside {
    /// What a line says, and what the command line says where the line is silent.
    fn read(question: &Object<'_>, arguments: &Arguments) -> Result<Self, JsonFault> {
        let usual = arguments.beside();
        Ok(Self {
            algorithms: question.str("alg")?.map(verdict::algorithms),
            nonce: question.str("nonce")?.map(secret::Nonce::new).or(usual.nonce),
            access_token: question
                .str("access_token")?
                .map(AccessToken::new)
                .or(usual.access_token),
            code: question.str("code")?.map(AuthorizationCode::new).or(usual.code),
        })
    }
}
