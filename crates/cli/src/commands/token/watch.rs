//! `tegata token watch`: keeps every account alive, finishes what other processes left, and prints
//! what happens: one event a line. Stopped by a signal, it finishes what it began.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use tegata_tokens::event::{Event, EventKind};
use tegata_ureq::TokenManager;
use zeroize::Zeroizing;

use super::DRAIN;
use crate::Failure;
use crate::accounts::{Account, Accounts, Home};
use crate::input::seconds;
use crate::output::{print_json, printable};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many seconds to wait between two looks
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    interval: Duration,

    /// End after so many seconds [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    duration: Option<Duration>,

    /// Print one JSON object per event
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    home: Home,
}

/// An account that is watched.
struct Watched {
    manager: TokenManager,
    /// As it was when the manager was made: what was signed in to anew gets another.
    account: Zeroizing<String>,
    /// The last failure that was printed: it is printed once.
    failure: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let accounts = arguments.home.open()?;
    let over = interrupted()?;
    let begun = Instant::now();
    let mut watched = BTreeMap::new();
    loop {
        look(&accounts, &mut watched, arguments.json)?;
        let left = arguments.duration.map(|all| all.saturating_sub(begun.elapsed()));
        let wait = left.unwrap_or(Duration::MAX).min(arguments.interval.max(LEAST));
        if wait.is_zero() || over.recv_timeout(wait).is_ok() {
            return Ok(watched.values().all(|it: &Watched| it.manager.drain(DRAIN)));
        }
    }
}

/// Hears when the command is to end: by Ctrl-C, or as services are stopped. It finishes what it began
/// then; a second time changes nothing.
fn interrupted() -> Result<mpsc::Receiver<()>, Failure> {
    let (send, receive) = mpsc::channel();
    // Nobody listens any more when it is ending already.
    ctrlc::set_handler(move || {
        let _ = send.send(());
    })
    .map_err(|error| Failure::Usage(format!("no signals can be heard: {error}")))?;
    Ok(receive)
}

fn look(
    accounts: &Accounts,
    watched: &mut BTreeMap<String, Watched>,
    json: bool,
) -> Result<(), Failure> {
    for account in accounts.all()? {
        let written = account.to_json();
        if watched.get(&account.name).is_none_or(|known| known.account != written) {
            let manager = manager(accounts, &account, json)?;
            let known = Watched { manager, account: written, failure: None };
            watched.insert(account.name.clone(), known);
        }
        let Some(known) = watched.get_mut(&account.name) else { continue };
        let done = known.manager.tend(MOST).and_then(|_| {
            known.manager.handle(&account.grant()).access_token(Duration::ZERO).map(drop)
        });
        let failure = done.err().map(|error| error.to_string());
        if let Some(text) = failure.as_ref().filter(|text| known.failure.as_ref() != Some(text)) {
            print(json, &account.name, "failed", &[("error", json!(text))]);
        }
        known.failure = failure;
    }
    Ok(())
}

fn manager(accounts: &Accounts, account: &Account, json: bool) -> Result<TokenManager, Failure> {
    accounts.manager(account, move |grant, event: &Event| {
        let mut detail =
            vec![("generation", json!(event.generation)), ("sequence", json!(event.sequence))];
        if let EventKind::GrantExpiring { at } = event.kind {
            detail.push(("at", json!(at.seconds())));
        }
        print(json, grant.label(), event.kind.name(), &detail);
        true
    })
}

fn print(json: bool, account: &str, event: &str, detail: &[(&str, serde_json::Value)]) {
    if json {
        let mut members = serde_json::Map::new();
        members.insert("account".to_owned(), json!(account));
        members.insert("event".to_owned(), json!(event));
        members.extend(detail.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        print_json(&serde_json::Value::Object(members));
    } else {
        let detail = detail.iter().map(|(name, value)| format!("  {name} {value}"));
        anstream::println!("{account}  {event}{}", printable(&detail.collect::<String>()));
    }
}

/// How many grants one account's look finishes at most: what is left over comes next time.
const MOST: usize = 100;

/// Looking more often than that brings nothing: times are kept in whole seconds.
const LEAST: Duration = Duration::from_secs(1);
