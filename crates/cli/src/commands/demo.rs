//! `tegata demo`: complete sign-ins, against the built-in provider or a real one.

mod setup;
mod walk;

use std::path::PathBuf;

use clap::Args;
use tegata_core::authorize::ResponseType;

use crate::Failure;
use crate::backend::Transport;
use crate::connection::Connection;
use crate::loopback::Browser;
use crate::output::Transcript;
use crate::preset::ProviderName;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose ways to follow [default: google and yahoo-japan; openid with --issuer]
    #[arg(long, value_enum)]
    provider: Option<ProviderName>,

    /// Which transport to use [default: both; ureq with --issuer]
    #[arg(long, value_enum)]
    transport: Option<Transport>,

    /// code, hybrid, implicit, or a response type such as "code id_token"
    /// [default: code and hybrid; code with --issuer]
    #[arg(long, value_parser = flow)]
    flow: Option<ResponseType>,

    /// Print one JSON object per step
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    real: Real,

    #[command(flatten)]
    connection: Connection,
}

/// A sign-in at a real provider.
#[derive(Debug, Args)]
#[command(next_help_heading = "At a real provider")]
#[command(mut_group("Browser", |group| group.requires("issuer")))]
struct Real {
    /// Sign in at this issuer instead of the built-in provider
    #[arg(long, value_name = "URL", requires = "client_id")]
    issuer: Option<String>,

    /// The client identifier
    #[arg(long, value_name = "ID", requires = "issuer")]
    client_id: Option<String>,

    /// A file that holds the client secret; without one the client is a public one
    #[arg(long, value_name = "FILE", requires = "issuer")]
    client_secret_file: Option<PathBuf>,

    /// What to ask for
    #[arg(long, default_value = "openid email profile", requires = "issuer")]
    scope: String,

    /// Ask for a refresh token too, and use it
    #[arg(long, requires = "issuer")]
    offline: bool,

    #[command(flatten)]
    browser: Browser,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let real = arguments.real.issuer.is_some();
    let providers = match arguments.provider {
        Some(provider) => vec![provider],
        None if real => vec![ProviderName::Openid],
        None => vec![ProviderName::Google, ProviderName::YahooJapan],
    };
    let transports = match arguments.transport {
        Some(transport) => vec![transport],
        None if real => vec![Transport::Ureq],
        None => vec![Transport::Ureq, Transport::Reqwest],
    };
    let flows = match arguments.flow {
        Some(flow) => vec![flow],
        None if real => vec![ResponseType::Code],
        None => vec![ResponseType::Code, ResponseType::CodeIdTokenToken],
    };
    let mut transcript = Transcript::new(arguments.json);
    for provider in providers {
        for transport in &transports {
            for flow in &flows {
                transcript.begin(provider.name(), transport.name(), flow.as_str());
                if real {
                    setup::at_a_real_provider(arguments, provider, *transport, *flow)?
                        .walk(&mut transcript);
                } else {
                    setup::at_the_built_in_provider(provider, *transport, *flow)?
                        .walk(&mut transcript);
                }
            }
        }
    }
    transcript.summary();
    Ok(transcript.failed == 0)
}

fn flow(text: &str) -> Result<ResponseType, String> {
    match text {
        "hybrid" => Ok(ResponseType::CodeIdTokenToken),
        "implicit" => Ok(ResponseType::IdTokenToken),
        other => ResponseType::parse(other).ok_or_else(|| {
            let known: Vec<_> = ResponseType::ALL.iter().map(|known| known.as_str()).collect();
            format!("hybrid, implicit, or one of: {}", known.join("; "))
        }),
    }
}
