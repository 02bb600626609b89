//! Encryption at rest: each secret is sealed for the very place that it lies in.
//!
//! ```text
//!   1 │ generation (8) │ key id (8) │ nonce (24) │ ciphertext … │ tag (16)
//!
//!   XChaCha20-Poly1305; additional data: store, grant, generation, field
//! ```
//!
//! Whoever can write to the store can neither read a token, nor put one user's token in another
//! user's record, nor put back an older one: it does not open there. The nonce is long enough to
//! be drawn at random for the life of a key.

mod key;

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use tegata_core::random::{Random, RandomUnavailable};
use zeroize::Zeroizing;

use crate::grant::{AccessKey, GrantId, netstrings};
pub use key::{InvalidKey, KeyId, KeyRing, SealingKey};

/// Seals and opens what lies in one store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    store: String,
    keys: Option<KeyRing>,
}

/// A secret as it lies in the store.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// Where a secret lies: sealed for one place, it does not open in another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) grant: &'a GrantId,
    pub(crate) generation: u64,
    pub(crate) field: Field<'a>,
}

/// Which secret of a grant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    Access(&'a AccessKey),
    IdToken,
    Refresh,
}

impl Vault {
    /// Seals under the active key of `keys`, for the store that calls itself `store`.
    ///
    /// The name keeps apart stores that share a key, such as staging and production; it must stay
    /// the same for the life of the store, wherever the store moves.
    #[must_use]
    pub fn new(store: impl Into<String>, keys: KeyRing) -> Self {
        Self { store: store.into(), keys: Some(keys) }
    }

    /// Seals nothing: whoever reads the store has the tokens, and whoever writes to it can give
    /// one user's tokens to another.
    ///
    /// For a store in memory, and for one that is encrypted and authenticated by other means.
    #[must_use]
    pub const fn dangerous_plaintext() -> Self {
        Self { store: String::new(), keys: None }
    }

    /// Whether it seals at all.
    #[must_use]
    pub const fn seals(&self) -> bool {
        self.keys.is_some()
    }

    /// Whether `sealed` should be sealed again, because the active key is another by now.
    #[must_use]
    pub fn is_outdated(&self, sealed: &Sealed) -> bool {
        let active = self.keys.as_ref().map(|keys| keys.active().id());
        sealed.key_id() != active
    }

    /// Seals a text of the application's own beside the grants, such as the client secret that they
    /// belong to. It opens under the same `name`, in the same store, and nowhere else.
    ///
    /// ```
    /// # use tegata_core::random::{Random, RandomUnavailable};
    /// # use tegata_tokens::vault::{KeyRing, SealingKey, Vault};
    /// # fn example(random: &dyn Random) -> Result<(), RandomUnavailable> {
    /// let vault = Vault::new("store", KeyRing::new(SealingKey::generate(random)?));
    /// let sealed = vault.seal_note("client secret", "s3cret", random)?;
    /// assert_eq!(*vault.open_note("client secret", &sealed).unwrap(), "s3cret");
    /// assert!(vault.open_note("another name", &sealed).is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RandomUnavailable`] when `random` fails.
    pub fn seal_note(
        &self,
        name: &str,
        text: &str,
        random: &dyn Random,
    ) -> Result<Sealed, RandomUnavailable> {
        self.seal_with(text, 0, &self.note_data(name), random)
    }

    /// Opens what [`Vault::seal_note`] sealed under `name`.
    ///
    /// # Errors
    ///
    /// [`VaultFault`] when it is damaged, forged, or was sealed for another place.
    pub fn open_note(&self, name: &str, sealed: &Sealed) -> Result<Zeroizing<String>, VaultFault> {
        self.open_with(sealed, 0, &self.note_data(name))
    }

    pub(crate) fn seal(
        &self,
        secret: &str,
        place: Place<'_>,
        random: &dyn Random,
    ) -> Result<Sealed, RandomUnavailable> {
        self.seal_with(secret, place.generation, &self.additional_data(place), random)
    }

    pub(crate) fn open(
        &self,
        sealed: &Sealed,
        place: Place<'_>,
    ) -> Result<Zeroizing<String>, VaultFault> {
        self.open_with(sealed, place.generation, &self.additional_data(place))
    }

    fn seal_with(
        &self,
        secret: &str,
        generation: u64,
        additional_data: &[u8],
        random: &dyn Random,
    ) -> Result<Sealed, RandomUnavailable> {
        let generation = generation.to_be_bytes();
        let Some(keys) = &self.keys else {
            return Ok(Sealed([&[PLAIN], generation.as_slice(), secret.as_bytes()].concat()));
        };
        let key = keys.active();
        let mut nonce = [0_u8; NONCE_BYTES];
        random.fill(&mut nonce)?;
        let payload = Payload { msg: secret.as_bytes(), aad: additional_data };
        // The one failure of the cipher is a text of more than 256 GiB.
        let text = cipher(key).encrypt(&XNonce::from(nonce), payload);
        let text = text.map_err(|_| RandomUnavailable::new())?;
        let KeyId(id) = key.id();
        Ok(Sealed([&[SEALED], generation.as_slice(), &id, &nonce, &text].concat()))
    }

    fn open_with(
        &self,
        sealed: &Sealed,
        generation: u64,
        additional_data: &[u8],
    ) -> Result<Zeroizing<String>, VaultFault> {
        if sealed.generation() != Some(generation) {
            return Err(VaultFault::Damaged);
        }
        let plain = match (&self.keys, sealed.parts()?) {
            (None, Parts::Plain(text)) => text.to_vec(),
            // Else an attacker could put a token of their own into the store.
            (Some(_), Parts::Plain(_)) => return Err(VaultFault::NotSealed),
            (None, Parts::Sealed { id, .. }) => return Err(VaultFault::UnknownKey(id)),
            (Some(keys), Parts::Sealed { id, nonce, text }) => {
                let key = keys.find(id).ok_or(VaultFault::UnknownKey(id))?;
                let payload = Payload { msg: text, aad: additional_data };
                let opened = cipher(key).decrypt(&XNonce::from(nonce), payload);
                opened.map_err(|_| VaultFault::Damaged)?
            }
        };
        let text = String::from_utf8(plain).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            VaultFault::Damaged
        })?;
        Ok(Zeroizing::new(text))
    }

    fn note_data(&self, name: &str) -> Vec<u8> {
        netstrings(&["tegata note 1", &self.store, name]).into_bytes()
    }

    fn additional_data(&self, place: Place<'_>) -> Vec<u8> {
        let (field, key) = match place.field {
            Field::Access(key) => ("access_token", key.field()),
            Field::IdToken => ("id_token", String::new()),
            Field::Refresh => ("refresh_token", String::new()),
        };
        let (grant, generation) = (place.grant.key(), place.generation.to_string());
        netstrings(&["tegata 1", &self.store, &grant, &generation, field, &key]).into_bytes()
    }
}

impl Sealed {
    /// Takes back what [`Sealed::as_bytes`] gave.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept in a store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key that it was sealed under; `None` when it is not sealed at all.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        match self.parts() {
            Ok(Parts::Sealed { id, .. }) => Some(id),
            Ok(Parts::Plain(_)) | Err(_) => None,
        }
    }

    /// The generation of the grant that it was sealed in; `None` when it is damaged.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        let (_form, rest) = self.0.split_first()?;
        rest.first_chunk().map(|generation| u64::from_be_bytes(*generation))
    }

    fn parts(&self) -> Result<Parts<'_>, VaultFault> {
        let (form, rest) = self.0.split_first().ok_or(VaultFault::Damaged)?;
        let (_generation, rest) = rest.split_first_chunk::<8>().ok_or(VaultFault::Damaged)?;
        if *form == PLAIN {
            return Ok(Parts::Plain(rest));
        }
        if *form != SEALED {
            return Err(VaultFault::UnknownForm);
        }
        let (id, rest) = rest.split_first_chunk().ok_or(VaultFault::Damaged)?;
        let (nonce, text) = rest.split_first_chunk().ok_or(VaultFault::Damaged)?;
        Ok(Parts::Sealed { id: KeyId(*id), nonce: *nonce, text })
    }
}

impl fmt::Debug for Sealed {
    /// Not even sealed: the form without encryption would show its secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed([{} bytes])", self.0.len())
    }
}

/// Why a secret does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultFault {
    /// Damaged, forged, moved from another record, or put back from an earlier time.
    #[error("a sealed value is damaged, or was sealed for another place")]
    Damaged,
    /// It lies there unsealed, where everything is sealed.
    #[error("a value is not sealed, and everything in this store should be")]
    NotSealed,
    /// Written by a later version of this crate.
    #[error("a sealed value has a form that this version does not know")]
    UnknownForm,
    /// The key is not in the ring.
    #[error("the key {0} is not in the key ring")]
    UnknownKey(KeyId),
}

enum Parts<'a> {
    Plain(&'a [u8]),
    Sealed { id: KeyId, nonce: [u8; NONCE_BYTES], text: &'a [u8] },
}

const NONCE_BYTES: usize = 24;
const PLAIN: u8 = 0;
const SEALED: u8 = 1;

fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key.expose()))
}

#[cfg(test)]
mod tests;
