//! `tegata discover`: what a provider says that it supports.

use clap::Args;
use serde_json::Value;
use tegata_providers::openid;

use crate::Failure;
use crate::connection::Connection;
use crate::output::{print_json, printable};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The address of the issuer
    issuer: String,

    /// Print the document as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    // Discovery asks for no registration: any client identifier will do.
    let config = openid::public_client(&arguments.issuer, "discovery")?;
    let metadata = arguments.connection.client(config)?.metadata()?;
    let members = metadata.members();
    if arguments.json {
        let document = Value::Object(members.clone());
        print_json(&format_args!("{document:#}"));
        return Ok(true);
    }
    let width = members.keys().map(String::len).max().unwrap_or_default();
    for (name, value) in members {
        anstream::println!("{:width$}  {}", printable(name), printable(&readable(value)));
    }
    Ok(true)
}

fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
