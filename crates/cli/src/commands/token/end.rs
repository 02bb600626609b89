//! `tegata token revoke` and `remove`: the two ends of an account.

use serde_json::json;
use tegata_tokens::TokenStore as _;
use tegata_tokens::change::Change;
use tegata_tokens::record::State;

use super::{DRAIN, state};
use crate::Failure;
use crate::accounts::{Account, Chosen};
use crate::output::print_json;

/// Here first, so that no refresh brings the tokens back, then at the provider. The account stays,
/// to be signed in to again.
pub(super) fn revoke(chosen: &Chosen) -> Result<bool, Failure> {
    let (accounts, account) = chosen.open()?;
    let manager = accounts.manager(&account, |_, _| true)?;
    manager.revoke(&account.grant())?;
    let _ = manager.drain(DRAIN);
    let record = accounts.record(&account)?;
    let confirmed = record.as_ref().is_none_or(|it| matches!(it.state(), State::Revoked { .. }));
    let text = match confirmed {
        true => "revoked",
        false => "revoked here; the provider has not confirmed it: try again, or let watch do it",
    };
    let state = record.as_ref().map_or("revoked", state);
    report(chosen, &account, state, text);
    Ok(confirmed)
}

/// The grant first: an account without one can be removed again, a grant without one cannot.
pub(super) fn remove(chosen: &Chosen) -> Result<bool, Failure> {
    let (accounts, account) = chosen.open()?;
    let now = tegata_core::time::Clock::now(&tegata_ureq::SystemClock::new());
    accounts.store.apply(&account.grant(), &Change::Forget, now)?;
    accounts.remove(&account.name)?;
    report(chosen, &account, "removed", "removed; the provider was not told");
    Ok(true)
}

fn report(chosen: &Chosen, account: &Account, state: &str, text: &str) {
    if chosen.json {
        let members = json!({ "account": account.name, "state": state });
        print_json(&members);
    } else {
        anstream::println!("account {}: {text}", account.name);
    }
}
