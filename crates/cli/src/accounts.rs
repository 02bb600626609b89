//! The accounts of this user: a store of grants, and beside it what each grant needs to be refreshed.
//!
//! ```text
//!   tokens.db           the grants, sealed                     (tegata-store-sqlite)
//!   tokens.db.key       the key that seals them, mode 0600     made on first use, or its place in
//!                                                              the keychain (feature `keychain`)
//!   tokens.db.accounts  name → client and endpoints, sealed by the same key
//! ```
//!
//! An account is sealed whole, not only its secret: whoever could change where its refresh token is
//! sent to would have the token.

mod account;
#[cfg(feature = "keychain")]
mod key;
mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use serde_json::{Map, Value, json};
use tegata_core::json::Object;
use tegata_store_file::private;
use tegata_store_sqlite::SqliteStore;
use tegata_tokens::event::Event;
use tegata_tokens::record::Record;
use tegata_tokens::vault::{KeyRing, Sealed};
use tegata_tokens::{GrantId, TokenStore};
use tegata_ureq::{Client, OsRandom, TokenManager};

use crate::{Failure, input};
pub(crate) use account::{Account, At, name};

/// Where the accounts are kept.
#[derive(Clone, Debug, Args)]
pub(crate) struct Home {
    /// Where tokens are kept [default: the data directory of this user]
    #[arg(long, value_name = "sqlite:PATH", value_parser = place::parse)]
    store: Option<PathBuf>,

    /// When the store is made, keep the key that seals it in the keychain of the operating system
    #[cfg(feature = "keychain")]
    #[arg(long)]
    keychain: bool,
}

/// One account, and how to speak of it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Chosen {
    /// The name of the account
    #[arg(long = "account", value_name = "NAME", value_parser = name)]
    pub(crate) name: String,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) home: Home,
}

/// The accounts, opened.
pub(crate) struct Accounts {
    pub(crate) store: Arc<SqliteStore>,
    file: PathBuf,
}

impl Home {
    /// Opens the store, and makes it and its key on first use.
    pub(crate) fn open(&self) -> Result<Accounts, Failure> {
        let path = self.store.clone().or_else(place::usual).ok_or_else(|| {
            Failure::Usage("there is no home directory: say where, by --store".to_owned())
        })?;
        let file = private::beside(&path, "key");
        #[cfg(feature = "keychain")]
        let key = key::open(&file, self.keychain);
        #[cfg(not(feature = "keychain"))]
        let key = tegata_store_sqlite::keys::from_file(file);
        let key = key.map_err(|error| Failure::Usage(error.to_string()))?;
        let store = SqliteStore::open(&path, KeyRing::new(key))?;
        Ok(Accounts { store: Arc::new(store), file: private::beside(&path, "accounts") })
    }
}

impl Chosen {
    /// Opens the store, and finds the account in it.
    pub(crate) fn open(&self) -> Result<(Accounts, Account), Failure> {
        let accounts = self.home.open()?;
        let account = accounts.get(&self.name)?;
        Ok((accounts, account))
    }
}

impl Accounts {
    /// Every account, by name.
    pub(crate) fn all(&self) -> Result<Vec<Account>, Failure> {
        self.read()?.iter().map(|(name, sealed)| self.unseal(name, sealed)).collect()
    }

    /// The account of that name.
    pub(crate) fn get(&self, name: &str) -> Result<Account, Failure> {
        let found = self.find(name)?;
        found.ok_or_else(|| {
            Failure::Usage(format!(
                "there is no account {name:?}: `tegata token list` names those there are, \
                 `tegata login` makes one"
            ))
        })
    }

    /// The same; `None` when there is none.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Account>, Failure> {
        self.read()?.get(name).map(|sealed| self.unseal(name, sealed)).transpose()
    }

    /// Adds an account, or replaces what is known of the same grant's client.
    pub(crate) fn put(&self, account: &Account) -> Result<(), Failure> {
        let sealed = self.store.vault().seal_note(
            &note(&account.name),
            &account.to_json(),
            &OsRandom::new(),
        );
        let sealed = sealed.map_err(|error| Failure::Usage(error.to_string()))?;
        self.change(|all| {
            if let Some(known) = all.get(&account.name)
                && self.unseal(&account.name, known)?.grant() != account.grant()
            {
                return Err(Failure::Usage(format!(
                    "the account {:?} is of another user or client: `tegata token remove` it \
                     first, or take another name",
                    account.name
                )));
            }
            all.insert(account.name.clone(), sealed);
            Ok(())
        })
    }

    /// Forgets an account.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        self.change(|all| {
            all.remove(name);
            Ok(())
        })
    }

    /// What keeps the tokens of `account` alive, and of others of the same client; `listener` is told
    /// what happens to them. The label of a grant is the name of its account.
    pub(crate) fn manager(
        &self,
        account: &Account,
        listener: impl Fn(&GrantId, &Event) -> bool + Send + Sync + 'static,
    ) -> Result<TokenManager, Failure> {
        let client = client(account)?;
        let policy = account.provider.refresh_policy();
        Ok(client.tokens(Arc::clone(&self.store)).policy(policy).listener(listener).build())
    }

    /// Where the refresh token of `account` is spent.
    pub(crate) fn token_endpoint(account: &Account) -> Result<String, Failure> {
        let metadata = client(account)?.metadata()?;
        let endpoint = metadata.endpoint("token_endpoint");
        let endpoint = endpoint.ok_or_else(|| {
            Failure::Usage("the provider does not say where its token endpoint is".to_owned())
        })?;
        Ok(endpoint.as_url().to_string())
    }

    /// What the store holds of `account`; `None` when nothing.
    pub(crate) fn record(&self, account: &Account) -> Result<Option<Record>, Failure> {
        Ok(self.store.load(&account.grant())?)
    }

    fn unseal(&self, name: &str, sealed: &Sealed) -> Result<Account, Failure> {
        let text = self.store.vault().open_note(&note(name), sealed);
        let text = text.map_err(tegata_tokens::Error::Vault)?;
        Account::parse(&text).filter(|account| account.name == name).ok_or_else(|| {
            Failure::Usage(format!("the account {name:?} was written by another version"))
        })
    }

    /// Reads and writes the file with nobody in between.
    fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, Sealed>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let what = || format!("the accounts {}", self.file.display());
        let lock =
            private::open(&private::beside(&self.file, "lock")).map_err(Failure::io(what()))?;
        lock.lock().map_err(Failure::io(what()))?;
        let mut all = self.read()?;
        change(&mut all)?;
        let all = all
            .into_iter()
            .map(|(name, sealed)| (name, Value::from(BASE64_STANDARD.encode(sealed.as_bytes()))));
        let text = json!({ "tegata_accounts": VERSION, "accounts": all.collect::<Map<_, _>>() });
        private::replace(&self.file, text.to_string().as_bytes()).map_err(Failure::io(what()))
    }

    /// The file is replaced whole, so that reading it takes no lock.
    fn read(&self) -> Result<BTreeMap<String, Sealed>, Failure> {
        if !self.file.try_exists().is_ok_and(|exists| exists) {
            return Ok(BTreeMap::new());
        }
        let bytes = input::file("the accounts", &self.file)?;
        parse(&bytes).ok_or_else(|| {
            Failure::Usage(format!("{} holds no accounts of this version", self.file.display()))
        })
    }
}

fn client(account: &Account) -> Result<Client, Failure> {
    account.connection.client(account.config()?)
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<String, Sealed>> {
    let object = Object::parse(bytes).ok()?;
    if object.u64("tegata_accounts").ok()? != Some(VERSION) {
        return None;
    }
    let sealed = |(name, value): (&str, &tegata_core::json::Value<'_>)| {
        let bytes = BASE64_STANDARD.decode(value.as_str()?).ok()?;
        Some((name.to_owned(), Sealed::from_bytes(bytes)))
    };
    object.get("accounts")?.as_object()?.iter().map(sealed).collect()
}

/// What an account is sealed as: it does not open under another name.
fn note(name: &str) -> String {
    format!("account {name}")
}

const VERSION: u64 = 1;
