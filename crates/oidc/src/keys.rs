//! The provider's keys: fetched when needed, cached, refetched when an unknown `kid` turns up.
//!
//! OpenID Connect Core §10.1.1. The whole set is replaced at once; a failed fetch keeps the old one.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, Fault, InvalidToken, Misbehaviour, TokenFault};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpResponse, get, is_json, max_age};
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;
use tegata_jose::jwks::{InvalidKeySet, KeySet};

use crate::cache::Cache;
use crate::obtain::Obtain;

/// Keys are kept at least this long: a provider that says less would be asked at every sign-in.
pub const MIN_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Keys are kept at most this long: a key that was withdrawn must not verify for days.
pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long keys are kept when the answer has no `Cache-Control`.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// In which form a provider publishes its keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// A JWK set (RFC 7517 §5).
    #[default]
    Jwks,
    /// An object from `kid` to PEM: public keys (Yahoo! JAPAN's public-keys endpoint) or X.509
    /// certificates (Google's `v1/certs`).
    PemMap,
}

/// The living keys of one issuer. Clones share them.
///
/// A relying party has one; a program that verifies tokens by itself can make its own and drive
/// [`ObtainKeys`].
#[derive(Clone, Debug)]
pub struct KeyCache {
    cache: Arc<Cache<KeySet>>,
}

impl KeyCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self { cache: Cache::new() }
    }

    /// The flow that obtains the keys: from the cache when they are fresh, else from `url`.
    #[must_use]
    pub fn obtain(&self, url: &EndpointUrl, format: KeyFormat) -> ObtainKeys {
        let fetch = FetchKeys { url: url.clone(), format };
        ObtainKeys(Keys::Living(Obtain::new(&self.cache, Endpoint::Jwks, fetch)))
    }

    /// The flow that obtains keys newer than `seen`, in which a token's key was not found. It asks
    /// the provider at most once in thirty seconds, whatever tokens turn up.
    #[must_use]
    pub fn obtain_beyond(
        &self,
        seen: &Arc<KeySet>,
        url: &EndpointUrl,
        format: KeyFormat,
    ) -> ObtainKeys {
        let fetch = FetchKeys { url: url.clone(), format };
        let obtain = Obtain::new(&self.cache, Endpoint::Jwks, fetch).beyond(seen);
        ObtainKeys(Keys::Living(obtain))
    }
}

impl Default for KeyCache {
    fn default() -> Self {
        Self::new()
    }
}

/// The flow that obtains a provider's keys.
#[derive(Debug)]
pub struct ObtainKeys(Keys);

#[derive(Debug)]
enum Keys {
    Fixed(Arc<KeySet>),
    Living(Obtain<KeySet>),
}

impl ObtainKeys {
    fn fixed(keys: &Arc<KeySet>) -> Self {
        Self(Keys::Fixed(Arc::clone(keys)))
    }

    /// After what time newer keys can be asked for, when [`KeyCache::obtain_beyond`] was done with
    /// those that were seen because it was too early: whether a token is good cannot be told before.
    #[must_use]
    pub const fn cools_in(&self) -> Option<Duration> {
        match &self.0 {
            Keys::Fixed(_) => None,
            Keys::Living(obtain) => obtain.cools_in(),
        }
    }
}

impl Flow for ObtainKeys {
    type Output = Arc<KeySet>;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Arc<KeySet>>, Error> {
        match &mut self.0 {
            Keys::Fixed(keys) => Ok(Step::Done(Arc::clone(keys))),
            Keys::Living(obtain) => obtain.advance(input, now),
        }
    }
}

#[derive(Debug)]
struct FetchKeys {
    url: EndpointUrl,
    format: KeyFormat,
}

impl Flow for FetchKeys {
    type Output = (KeySet, Duration);

    fn advance(&mut self, input: Input, _now: UnixTime) -> Result<Step<Self::Output>, Error> {
        match input {
            Input::Start => Ok(Step::Send(get(Endpoint::Jwks, &self.url))),
            Input::Response(response) => read(&response, self.format).map(Step::Done),
            Input::Unreachable(error) => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

fn read(response: &HttpResponse, format: KeyFormat) -> Result<(KeySet, Duration), Error> {
    let status = response.status().as_u16();
    let refuse = |fault| Misbehaviour::new(Endpoint::Jwks, fault).with_status(status);
    if status != 200 {
        return Err(refuse(Fault::Status).into());
    }
    if !is_json(response.headers()) {
        return Err(refuse(Fault::ContentType).into());
    }
    let keys = match format {
        KeyFormat::Jwks => KeySet::from_jwks(response.body()),
        KeyFormat::PemMap => KeySet::from_pem_map(response.body()),
    };
    let keys = keys.map_err(|fault| {
        refuse(match fault {
            InvalidKeySet::Json(fault) => Fault::Json(fault),
            _ => Fault::TooLarge,
        })
    })?;
    let lifetime = max_age(response.headers()).unwrap_or(DEFAULT_LIFETIME);
    Ok((keys, lifetime.clamp(MIN_LIFETIME, MAX_LIFETIME)))
}

/// Where the keys of one issuer come from.
#[derive(Clone, Debug)]
pub(crate) enum IssuerKeys {
    Fixed(Arc<KeySet>),
    Living { cache: KeyCache, url: EndpointUrl, format: KeyFormat },
}

impl IssuerKeys {
    pub(crate) fn obtain(&self) -> ObtainKeys {
        match self {
            Self::Fixed(keys) => ObtainKeys::fixed(keys),
            Self::Living { cache, url, format } => cache.obtain(url, *format),
        }
    }

    fn obtain_beyond(&self, seen: &Arc<KeySet>) -> ObtainKeys {
        match self {
            Self::Fixed(keys) => ObtainKeys::fixed(keys),
            Self::Living { cache, url, format } => cache.obtain_beyond(seen, url, *format),
        }
    }

    /// Verifies one token with these keys: see [`TryKeys`].
    pub(crate) fn try_keys(self) -> TryKeys {
        TryKeys { keys: self.obtain(), source: self, newer: false }
    }
}

/// Verifies one token with the keys at hand and, when none of them is its key, once more with newer
/// ones: how a rotated key is met (OpenID Connect Core §10.1.1).
///
/// ```text
///   Start ──▶ keys ──▶ verify ──good──▶ Done
///                        │ no key fits, everything else is right
///                        └──▶ newer keys ──▶ verify ──▶ Done, or the error
/// ```
#[derive(Debug)]
pub(crate) struct TryKeys {
    source: IssuerKeys,
    keys: ObtainKeys,
    newer: bool,
}

impl TryKeys {
    /// A flow's `advance` that borrows the verification, which mostly is another flow's own.
    pub(crate) fn advance<T>(
        &mut self,
        mut input: Input,
        now: UnixTime,
        verify: impl Fn(&KeySet) -> Result<T, InvalidToken>,
    ) -> Result<Step<T>, Error> {
        loop {
            let keys = match self.keys.advance(input, now)?.split() {
                Ok(keys) => keys,
                Err(step) => return Ok(step),
            };
            match verify(&keys) {
                Ok(verified) => return Ok(Step::Done(verified)),
                Err(error) if error.fault == TokenFault::KeyNotFound && !self.newer => {
                    self.newer = true;
                    self.keys = self.source.obtain_beyond(&keys);
                    input = Input::Start;
                }
                // Only keys that were looked for in vain cool.
                Err(error) => return Err(error.with_retry_after(self.keys.cools_in()).into()),
            }
        }
    }
}
