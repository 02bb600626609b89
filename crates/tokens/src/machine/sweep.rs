//! Seals a grant under the active key, when it is sealed under an older one.
//!
//! ```text
//!   Load ─▶ Apply(Reseal) ─┬─▶ Done
//!     ▲                    └─ somebody wrote meanwhile ─┐
//!     └─────────────────────────────────────────────────┘
//! ```
//!
//! Run it over every grant of [`TokenStore::list`](crate::TokenStore::list), while the store is in
//! use; then the old key can go.

use tegata_core::error::ApiMisuse;
use tegata_core::random::RandomUnavailable;

use super::{Input, Machine, Step, World};
use crate::change::{Change, Reseal, Verdict};
use crate::grant::GrantId;
use crate::record::Record;
use crate::vault::{Field, Place, Sealed, VaultFault};

/// Seals a grant under the active key. See the [module](super).
#[derive(Debug)]
pub struct Sweep {
    grant: GrantId,
    at: At,
    swept: Option<Result<(), VaultFault>>,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Applying,
    Loading,
    Over,
    Start,
}

impl Sweep {
    /// Sweeps `grant`.
    #[must_use]
    pub const fn new(grant: GrantId) -> Self {
        Self { grant, at: At::Start, swept: None }
    }

    /// At the end: whether no value of the grant needs an older key any more. `None`: the store
    /// failed, or there was no randomness; sweep again.
    #[must_use]
    pub const fn swept(&self) -> Option<&Result<(), VaultFault>> {
        self.swept.as_ref()
    }

    fn reseal(&mut self, record: &Record, world: &World<'_>) -> Step {
        let again = |sealed: &Sealed, field| -> Result<Sealed, Fault> {
            if !world.vault.is_outdated(sealed) {
                return Ok(sealed.clone());
            }
            let generation = sealed.generation().unwrap_or_default();
            let place = Place { grant: &self.grant, generation, field };
            let text = world.vault.open(sealed, place)?;
            Ok(world.vault.seal(&text, place, world.random)?)
        };
        let all = || -> Result<Reseal, Fault> {
            let (refresh, id_token) = (record.refresh.as_ref(), record.id_token.as_ref());
            let access = record.access.iter();
            let access = access.map(|(key, access)| {
                Ok::<_, Fault>((key.clone(), again(&access.token, Field::Access(key))?))
            });
            Ok(Reseal {
                revision: record.revision,
                refresh: refresh.map(|sealed| again(sealed, Field::Refresh)).transpose()?,
                id_token: id_token.map(|sealed| again(sealed, Field::IdToken)).transpose()?,
                access: access.collect::<Result<_, _>>()?,
            })
        };
        match all() {
            Ok(reseal) => {
                self.at = At::Applying;
                Step::Apply(Change::Reseal(reseal))
            }
            Err(Fault::Random) => self.end(None),
            Err(Fault::Vault(fault)) => self.end(Some(Err(fault))),
        }
    }

    fn end(&mut self, swept: Option<Result<(), VaultFault>>) -> Step {
        self.at = At::Over;
        self.swept = swept;
        Step::Done
    }
}

impl Machine for Sweep {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        match (self.at, input) {
            (At::Start, Input::Next) => {
                self.at = At::Loading;
                Ok(Step::Load)
            }
            (At::Loading, Input::Loaded(Ok(Some(record)))) if is_outdated(&record, world) => {
                Ok(self.reseal(&record, world))
            }
            (At::Loading, Input::Loaded(Ok(_))) => Ok(self.end(Some(Ok(())))),
            (At::Applying, Input::Applied(Ok(outcome))) => match outcome.record {
                Some(record) if outcome.verdict == Verdict::Superseded => {
                    Ok(self.reseal(&record, world))
                }
                _ => Ok(self.end(Some(Ok(())))),
            },
            (At::Loading, Input::Loaded(Err(_))) | (At::Applying, Input::Applied(Err(_))) => {
                Ok(self.end(None))
            }
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}

fn is_outdated(record: &Record, world: &World<'_>) -> bool {
    let access = record.access.values().map(|access| &access.token);
    let mut sealed = access.chain(&record.refresh).chain(&record.id_token);
    sealed.any(|sealed| world.vault.is_outdated(sealed))
}

enum Fault {
    Random,
    Vault(VaultFault),
}

impl From<RandomUnavailable> for Fault {
    fn from(_: RandomUnavailable) -> Self {
        Self::Random
    }
}

impl From<VaultFault> for Fault {
    fn from(fault: VaultFault) -> Self {
        Self::Vault(fault)
    }
}
