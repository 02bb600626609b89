//! The keys of one issuer: parsed once when they arrive, chosen by fit and `kid` at each
//! verification (RFC 7517 §5, OpenID Connect Core §10.1).
//!
//! A member that is broken, weak, of an unknown type or meant for something else is left out and
//! spoils nothing. Secrets never come out of a fetched set: an HMAC verifies with a client secret
//! alone, so no published key can be turned into one.

use std::fmt;
use std::sync::OnceLock;

use tegata_core::error::TokenFault;
use tegata_core::json::{JsonFault, Object, Value};
use tegata_core::secret::{ClientSecret, constant_time_eq};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::backend::{Backend, CryptoFault};
use crate::base64url;
use crate::header::{KnownHeader, Summary};
use crate::jwk::{KeyFault, PublicKey};
use crate::jws::Signed;
use crate::pem;

/// The longest key set that is read. Google's takes 2 KiB; one with certificate chains 20.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;

/// How many members a key set may have. Large providers publish about ten.
pub const MAX_KEYS: usize = 64;

/// How many keys of one `kid` are tried. More than one is a fault of the issuer (RFC 7517 §4.5).
const MAX_CANDIDATES: usize = 4;

/// The keys with which one issuer's tokens are verified.
///
/// ```
/// use tegata_jose::jwks::KeySet;
///
/// let set = KeySet::from_jwks(br#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "1",
///      "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "oct", "kid": "2", "k": "c2VjcmV0"}
/// ]}"#)?;
/// assert_eq!((set.len(), set.skipped()), (1, 1));
/// # Ok::<(), tegata_jose::jwks::InvalidKeySet>(())
/// ```
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: usize,
}

#[derive(Clone)]
struct Key {
    id: Option<Box<str>>,
    algorithm: Option<Algorithm>,
    /// The one issuer, or template of one, that it signs for. An extension of providers of many
    /// tenants, who publish one set for all of them.
    issuer: Option<Box<str>>,
    kind: Kind,
    /// The header of the first token that it verified.
    header: OnceLock<KnownHeader>,
}

#[derive(Clone)]
enum Kind {
    Public(PublicKey),
    Secret(Zeroizing<Vec<u8>>),
    /// Kept without its numbers, so that its tokens fail for the right reason.
    WeakRsa,
}

impl KeySet {
    /// No keys at all: nothing verifies.
    #[must_use]
    pub const fn empty() -> Self {
        Self { keys: Vec::new(), skipped: 0 }
    }

    /// Reads a JWK set that an issuer publishes (RFC 7517 §5).
    ///
    /// Symmetric members are skipped and private parts not looked at: whoever can fetch the set
    /// has them too.
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when the document is none. A member that cannot be used is skipped.
    pub fn from_jwks(document: &[u8]) -> Result<Self, InvalidKeySet> {
        Self::read_jwks(document, |_| Err(KeyFault::Secret))
    }

    /// Reads a JWK set of our own, from a file or a vault: symmetric members are keys too, each for
    /// the HMACs that it is long enough for.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_jwks`].
    pub fn from_own_jwks(document: &[u8]) -> Result<Self, InvalidKeySet> {
        Self::read_jwks(document, |jwk| {
            let secret = jwk.required_str("k").map_err(|_| KeyFault::Malformed)?;
            let secret = base64url::decode(secret).map_err(|_| KeyFault::Malformed)?;
            Ok(Kind::Secret(Zeroizing::new(secret)))
        })
    }

    fn read_jwks(
        document: &[u8],
        read_secret: fn(&Object<'_>) -> Result<Kind, KeyFault>,
    ) -> Result<Self, InvalidKeySet> {
        let document = read_document(document)?;
        let Some(members) = document.get("keys").and_then(Value::as_array) else {
            return Err(JsonFault::Missing { path: "keys".to_owned() }.into());
        };
        Self::collect(members.iter().map(|member| {
            let jwk = member.as_object().ok_or(KeyFault::Malformed)?;
            read_jwk(jwk, read_secret)
        }))
    }

    /// Reads a JSON object whose names are key ids and whose values are PEM texts: SPKI
    /// (Yahoo! JAPAN's `public-keys`) or X.509 certificates (Google's `certs`).
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when the document is none. A member that cannot be used is skipped.
    pub fn from_pem_map(document: &[u8]) -> Result<Self, InvalidKeySet> {
        let document = read_document(document)?;
        Self::collect(document.iter().map(|(id, pem)| {
            let pem = pem.as_str().ok_or(KeyFault::Malformed)?;
            let kind = kind_of(pem::public_key_from_pem(pem))?;
            Ok(Key::new(Some(id.into()), None, kind))
        }))
    }

    /// The client secret, for ID tokens that were registered to be signed by an HMAC with it
    /// (OpenID Connect Core §10.1). It fits any `kid`, and no other algorithm.
    ///
    /// A secret shorter than the hash of the algorithm is refused at each verification
    /// (RFC 7518 §3.2).
    #[must_use]
    pub fn from_client_secret(secret: &ClientSecret) -> Self {
        let kind = Kind::Secret(Zeroizing::new(secret.expose().as_bytes().to_vec()));
        Self { keys: vec![Key::new(None, None, kind)], skipped: 0 }
    }

    /// One public key, from a file or a registration.
    #[must_use]
    pub fn from_public_key(id: Option<&str>, key: PublicKey) -> Self {
        Self { keys: vec![Key::new(id.map(Into::into), None, Kind::Public(key))], skipped: 0 }
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.iter().filter(|key| !matches!(key.kind, Kind::WeakRsa)).count()
    }

    /// Whether no key can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many members were left out: broken, weak, secret, or meant for something else.
    #[must_use]
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// The key ids, in the order of the document.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.id.as_deref())
    }

    /// What the header `text` says, when a verified token had the same.
    pub(crate) fn recognise(&self, text: &str) -> Option<Summary<'_>> {
        self.keys.iter().find_map(|key| key.header.get()?.recognise(text))
    }

    /// Checks the signature with the key that fits, and reports the most telling failure. Returns
    /// the issuer that the key is for, when it is for one alone.
    pub(crate) fn verify(
        &self,
        signed: &Signed<'_>,
        backend: &dyn Backend,
    ) -> Result<Option<&str>, TokenFault> {
        let key_id = signed.summary.key_id;
        let fitting = || self.keys.iter().filter(|key| key.fits(signed.algorithm, key_id));
        // Core §10.1: an issuer may leave `kid` out when it has one key only.
        if key_id.is_none() && fitting().nth(1).is_some() {
            return Err(TokenFault::KeyAmbiguous);
        }
        let mut telling = TokenFault::KeyNotFound;
        for key in fitting().take(MAX_CANDIDATES) {
            match key.verify(signed, backend) {
                Ok(()) => {
                    key.header.get_or_init(|| KnownHeader::new(signed.header, signed.summary));
                    return Ok(key.issuer.as_deref());
                }
                Err(fault) if rank(fault) > rank(telling) => telling = fault,
                Err(_) => {}
            }
        }
        Err(telling)
    }

    fn collect(
        members: impl Iterator<Item = Result<Key, KeyFault>>,
    ) -> Result<Self, InvalidKeySet> {
        let mut set = Self::empty();
        for (index, member) in members.enumerate() {
            if index == MAX_KEYS {
                return Err(InvalidKeySet::TooManyKeys);
            }
            match member {
                Ok(key) => {
                    set.skipped += usize::from(matches!(key.kind, Kind::WeakRsa));
                    set.keys.push(key);
                }
                Err(_) => set.skipped += 1,
            }
        }
        Ok(set)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("ids", &self.ids().collect::<Vec<_>>())
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

impl Key {
    const fn new(id: Option<Box<str>>, algorithm: Option<Algorithm>, kind: Kind) -> Self {
        Self { id, algorithm, issuer: None, kind, header: OnceLock::new() }
    }

    fn fits(&self, algorithm: Algorithm, key_id: Option<&str>) -> bool {
        if self.algorithm.is_some_and(|only| only != algorithm) {
            return false;
        }
        match &self.kind {
            // The client secret has no name, and is meant whatever `kid` says.
            Kind::Secret(_) => {
                algorithm.is_symmetric() && (self.id.is_none() || self.is_called(key_id))
            }
            Kind::Public(key) => key.fits(algorithm) && self.is_called(key_id),
            Kind::WeakRsa => is_rsa(algorithm) && self.is_called(key_id),
        }
    }

    /// A token without `kid` may mean any key; a token with one means that key alone.
    fn is_called(&self, key_id: Option<&str>) -> bool {
        key_id.is_none() || self.id.as_deref() == key_id
    }

    fn verify(&self, signed: &Signed<'_>, backend: &dyn Backend) -> Result<(), TokenFault> {
        match &self.kind {
            Kind::WeakRsa => Err(TokenFault::KeyTooWeak),
            Kind::Public(key) => backend
                .verify(signed.algorithm, key, signed.message, signed.signature)
                .map_err(|fault| match fault {
                    CryptoFault::Rejected => TokenFault::Signature,
                    CryptoFault::Unsupported { .. } => TokenFault::AlgorithmUnsupported,
                }),
            Kind::Secret(secret) => {
                let hash = signed.algorithm.hash();
                // RFC 7518 §3.2
                if secret.len() < hash.output_len() {
                    return Err(TokenFault::KeyTooWeak);
                }
                let expected = backend.hmac(hash, secret, signed.message);
                if constant_time_eq(expected.as_bytes(), signed.signature) {
                    Ok(())
                } else {
                    Err(TokenFault::Signature)
                }
            }
        }
    }
}

/// A document that is no key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeySet {
    /// No strict JSON of the right shape.
    #[error("{0}")]
    Json(#[from] JsonFault),
    /// Longer than [`MAX_KEY_SET_BYTES`].
    #[error("the key set is longer than {MAX_KEY_SET_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_KEYS`] members.
    #[error("the key set has more than {MAX_KEYS} members")]
    TooManyKeys,
}

fn read_document(document: &[u8]) -> Result<Object<'_>, InvalidKeySet> {
    if document.len() > MAX_KEY_SET_BYTES {
        return Err(InvalidKeySet::TooLong);
    }
    Ok(Object::parse(document)?)
}

fn read_jwk(
    jwk: &Object<'_>,
    read_secret: fn(&Object<'_>) -> Result<Kind, KeyFault>,
) -> Result<Key, KeyFault> {
    let text = |name| jwk.str(name).map_err(|_| KeyFault::Malformed);
    // RFC 7517 §4.2, §4.3: a key to encrypt with must not verify.
    if text("use")?.is_some_and(|used_for| used_for != "sig") {
        return Err(KeyFault::Unsupported);
    }
    let operations = jwk.strings("key_ops").map_err(|_| KeyFault::Malformed)?;
    if operations.is_some_and(|operations| !operations.contains(&"verify")) {
        return Err(KeyFault::Unsupported);
    }
    // RFC 8725 §3.1: one key, one algorithm, when the issuer says which.
    let algorithm = match text("alg")? {
        Some(name) => Some(Algorithm::parse(name).ok_or(KeyFault::Unsupported)?),
        None => None,
    };
    let id = text("kid")?.map(Into::into);
    let kind = match text("kty")? {
        Some("oct") => read_secret(jwk)?,
        _ => kind_of(PublicKey::from_jwk(jwk))?,
    };
    let issuer = text("issuer")?.map(Into::into);
    Ok(Key { issuer, ..Key::new(id, algorithm, kind) })
}

fn kind_of(key: Result<PublicKey, KeyFault>) -> Result<Kind, KeyFault> {
    match key {
        Ok(key) => Ok(Kind::Public(key)),
        Err(KeyFault::Weak) => Ok(Kind::WeakRsa),
        Err(fault) => Err(fault),
    }
}

const fn is_rsa(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512
            | Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
    )
}

/// A signature that fails says more than a key that was not even tried.
const fn rank(fault: TokenFault) -> u8 {
    match fault {
        TokenFault::KeyNotFound => 0,
        TokenFault::KeyTooWeak => 1,
        TokenFault::AlgorithmUnsupported => 2,
        _ => 3,
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests;
