//! `tegata token export`: an account's tokens in plain text. From then on one store may refresh
//! them and no other.

use tegata_core::time::Clock as _;
use tegata_tokens::interchange::Export;
use tegata_tokens::machine::World;
use tegata_tokens::record::State;
use tegata_tokens::{Error, TokenStore as _};
use tegata_ureq::{OsRandom, SystemClock};

use super::{Chosen, state};
use crate::Failure;

pub(super) fn run(chosen: &Chosen) -> Result<bool, Failure> {
    let accounts = chosen.home.open()?;
    let account = accounts.get(&chosen.account)?;
    let record = accounts.record(&account)?.ok_or(Error::NoGrant)?;
    if *record.state() != State::Active {
        let text = format!("the account is {}: only an active one is exported", state(&record));
        return Err(Failure::Usage(text));
    }
    let (now, vault) = (SystemClock::new().now(), accounts.store.vault());
    let world = World { now, random: &OsRandom::new(), vault };
    let export = Export::from_record(&account.grant(), &record, &world).map_err(Error::Vault)?;
    let export = export.ok_or(Error::NoGrant)?;
    anstream::println!("{}", *export.to_json());
    Ok(true)
}
