//! Keys that seal: one active, and older ones that still open.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tegata_core::random::{Random, RandomUnavailable};
use zeroize::Zeroizing;

/// A key that seals: 256 bits.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

/// Names a key without giving it away: it is derived from the key, so nobody has to invent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(super) [u8; 8]);

/// One key that seals, and older ones that open what was sealed before.
///
/// To change the key: put the new one in front, run a [`Sweep`](crate::machine::Sweep) over every
/// grant, and drop the old one when no record names it any more.
///
/// ```
/// use tegata_tokens::vault::{KeyRing, SealingKey};
///
/// let old = SealingKey::from_bytes([1; 32]);
/// let ring = KeyRing::new(old.clone());
/// let ring = KeyRing::new(SealingKey::from_bytes([2; 32])).with_old(old);
/// assert_eq!(ring.ids().count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct KeyRing {
    active: SealingKey,
    old: Vec<SealingKey>,
}

impl SealingKey {
    /// A key of these bytes, which must be random: a password is not a key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    ///
    /// # Errors
    ///
    /// [`RandomUnavailable`] when `random` fails.
    pub fn generate(random: &dyn Random) -> Result<Self, RandomUnavailable> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads the form that files and environment variables hold: base64, white space around it
    /// aside.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`]: no base64, or not of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidKey> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| InvalidKey)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| InvalidKey)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The form that files and environment variables hold.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64_STANDARD.encode(self.0.as_slice()))
    }

    /// What the key is called.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let hash = hmac_sha256::HMAC::mac(b"tegata: the name of a key", self.0.as_slice());
        let mut id = [0; 8];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        KeyId(id)
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl KeyRing {
    /// A ring of one key.
    #[must_use]
    pub const fn new(active: SealingKey) -> Self {
        Self { active, old: Vec::new() }
    }

    /// The same, with a key that opens and does not seal any more.
    #[must_use]
    pub fn with_old(mut self, key: SealingKey) -> Self {
        self.old.push(key);
        self
    }

    /// The key that seals.
    #[must_use]
    pub const fn active(&self) -> &SealingKey {
        &self.active
    }

    /// The names of all keys, the active one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.all().map(SealingKey::id)
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&SealingKey> {
        self.all().find(|key| key.id() == id)
    }

    fn all(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.active).chain(&self.old)
    }
}

/// This is no key: 32 bytes in base64 are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 random bytes in base64")]
#[non_exhaustive]
pub struct InvalidKey;
