//! `tegata token list` and `show`: what is known of accounts, and no secret of theirs.

use clap::Args;
use serde_json::{Map, Value, json};
use tegata_core::time::UnixTime;
use tegata_tokens::grant::AccessKey;
use tegata_tokens::record::Record;

use super::state;
use crate::Failure;
use crate::accounts::{Account, Chosen, Home};
use crate::output::{print_json, printable};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print one JSON object per account
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    home: Home,
}

pub(super) fn list(arguments: &List) -> Result<bool, Failure> {
    let accounts = arguments.home.open()?;
    for account in accounts.all()? {
        let record = accounts.record(&account)?;
        if arguments.json {
            print_json(&Value::Object(members(&account, record.as_ref())));
        } else {
            let state = record.as_ref().map_or("empty", state);
            let subject = printable(&account.subject);
            let issuer = account.grant().issuer().to_owned();
            anstream::println!("{}  {state}  {subject}  {}", account.name, printable(&issuer));
        }
    }
    Ok(true)
}

pub(super) fn one(chosen: &Chosen) -> Result<bool, Failure> {
    let (accounts, account) = chosen.open()?;
    let members = members(&account, accounts.record(&account)?.as_ref());
    if chosen.json {
        print_json(&Value::Object(members));
        return Ok(true);
    }
    let width = members.keys().map(String::len).max().unwrap_or_default();
    for (name, value) in &members {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        anstream::println!("{name:width$}  {}", printable(&value));
    }
    Ok(true)
}

fn members(account: &Account, record: Option<&Record>) -> Map<String, Value> {
    let mut members = account.describe();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    put("state", record.map_or("empty", state).into());
    let Some(record) = record else { return members };
    let time = |time: Option<UnixTime>| json!(time.map(UnixTime::seconds));
    let whole = AccessKey::whole();
    let ends = record.access_tokens().find(|(key, _)| **key == whole).map(|(_, ends)| ends);
    put("access_token_ends", time(ends));
    put("failures", record.failures().into());
    put("generation", record.generation().into());
    put("granted", record.granted().to_string().into());
    put("next_try", time(record.next_try()));
    put("refresh_token_ends", time(record.refresh_ends()));
    put("refreshable", record.is_refreshable().into());
    put("requested", record.requested().to_string().into());
    members
}
