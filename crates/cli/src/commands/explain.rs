//! `tegata explain`: what an error code means, where it comes from, and what to do.

use clap::Args;
use serde_json::{Value as Json, json};
use tegata_core::error::catalogue::{Entry, Explanation, Place, Provider, explain};

use crate::Failure;
use crate::named::named;
use crate::output::print_json;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The code: an OAuth or OpenID `error`, one that a provider shows on its own page, or the
    /// code of a token's fault, such as nonce_mismatch
    code: String,

    /// Who sent it
    #[arg(long, value_parser = named(Provider::ALL, |provider| provider.as_str()))]
    provider: Option<Provider>,

    /// Where it appeared
    #[arg(long, value_name = "PLACE", value_parser = named(Place::ALL, |place| place.as_str()))]
    at: Option<Place>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let explanation = explain(&arguments.code, arguments.provider, arguments.at);
    if arguments.json {
        print_json(&as_json(&arguments.code, &explanation));
    } else {
        anstream::println!("{}", explanation.to_string().trim_end());
    }
    Ok(is_known(&explanation))
}

fn is_known(explanation: &Explanation) -> bool {
    !explanation.entries().is_empty() || explanation.token_fault().is_some()
}

fn as_json(code: &str, explanation: &Explanation) -> Json {
    let fault = explanation
        .token_fault()
        .map(|fault| json!({ "meaning": fault.to_string(), "paragraph": fault.paragraph() }));
    json!({
        "code": code,
        "known": is_known(explanation),
        "token_fault": fault,
        "entries": explanation.entries().iter().map(|entry| entry_as_json(entry)).collect::<Json>(),
    })
}

fn entry_as_json(entry: &Entry) -> Json {
    json!({
        "code": entry.code,
        "detail": entry.detail,
        "at": entry.at.iter().map(|place| place.as_str()).collect::<Json>(),
        "status": entry.status,
        "provider": entry.provider.map(Provider::as_str),
        "meaning": entry.meaning,
        "what_to_do": entry.what_to_do(),
        "source": { "title": entry.source.title, "url": entry.source.url },
    })
}
