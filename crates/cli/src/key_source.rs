//! Where the keys come from that a token is verified with: a file, an address, or discovery.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tegata_core::Error;
use tegata_core::error::{InvalidToken, TokenFault};
use tegata_core::flow::Flow;
use tegata_core::http::Endpoint;
use tegata_core::metadata::{Fetch, WellKnown};
use tegata_core::secret::ClientSecret;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::{EndpointUrl, Issuer};
use tegata_jose::jwks::{InvalidKeySet, KeySet};
use tegata_oidc::keys::{KeyCache, KeyFormat};
use tegata_ureq::{HttpTransport, SystemClock};

use crate::Failure;
use crate::connection::Connection;
use crate::input;

/// Exactly one of them.
#[derive(Debug, Args)]
#[group(id = "keys", required = true, multiple = false)]
pub(crate) struct KeySource {
    /// A JWK set
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,

    /// A JSON object from key id to PEM: public keys, or X.509 certificates
    #[arg(long, value_name = "FILE|URL")]
    pem_map: Option<String>,

    /// A file that holds the client secret, for HS256, HS384 and HS512
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
}

/// The keys, and how to get newer ones.
pub(crate) enum Keys {
    Fixed(Arc<KeySet>),
    Living(Box<Living>),
}

/// Keys at an address.
pub(crate) struct Living {
    transport: HttpTransport,
    cache: KeyCache,
    url: EndpointUrl,
    format: KeyFormat,
}

impl KeySource {
    /// Reads the file, or prepares to ask the address: the keys that an issuer publishes.
    pub(crate) fn open(&self, connection: &Connection) -> Result<Keys, Failure> {
        self.open_by(KeySet::from_jwks, connection)
    }

    /// The same, but a JWK set in a file is our own: symmetric members are keys too.
    pub(crate) fn open_own(&self, connection: &Connection) -> Result<Keys, Failure> {
        self.open_by(KeySet::from_own_jwks, connection)
    }

    fn open_by(&self, read_jwks: ReadJwks, connection: &Connection) -> Result<Keys, Failure> {
        if let Some(path) = &self.client_secret_file {
            let secret = ClientSecret::new(input::text_file("the client secret", path)?);
            return Ok(Keys::Fixed(Arc::new(KeySet::from_client_secret(&secret))));
        }
        let (place, format) = match (&self.jwks, &self.pem_map) {
            (Some(place), _) => (place, KeyFormat::Jwks),
            (None, Some(place)) => (place, KeyFormat::PemMap),
            (None, None) => return Err(Failure::Usage("no keys are named".to_owned())),
        };
        if place.starts_with("https://") || place.starts_with("http://") {
            let url = EndpointUrl::new(place).map_err(Error::from)?;
            let host = url.as_url().host_str().unwrap_or_default();
            let options = connection.options()?.trust_host(host);
            let transport = HttpTransport::new(options)?;
            return Ok(Keys::living(transport, url, format));
        }
        let document = input::file("the keys", Path::new(place))?;
        let keys = match format {
            KeyFormat::PemMap => KeySet::from_pem_map(&document),
            _ => read_jwks(&document),
        };
        let keys = keys.map_err(|fault| Failure::Usage(format!("the keys {place}: {fault}")))?;
        Ok(Keys::Fixed(Arc::new(keys)))
    }
}

type ReadJwks = fn(&[u8]) -> Result<KeySet, InvalidKeySet>;

impl Keys {
    /// The keys that the discovery document of `issuer` names.
    pub(crate) fn discover(issuer: &str, connection: &Connection) -> Result<Self, Failure> {
        let issuer = Issuer::new(issuer).map_err(Error::from)?;
        let transport = HttpTransport::new(connection.options()?.trust_host(issuer.host()))?;
        let forms = &[WellKnown::OpenId, WellKnown::OAuth];
        let mut fetch = Fetch::new(issuer, forms, Tolerance::NONE);
        let metadata = run(&transport, &mut fetch)?;
        let url = metadata.required_endpoint("jwks_uri", Endpoint::Jwks)?.clone();
        Ok(Self::living(transport, url, KeyFormat::Jwks))
    }

    fn living(transport: HttpTransport, url: EndpointUrl, format: KeyFormat) -> Self {
        Self::Living(Box::new(Living { transport, cache: KeyCache::new(), url, format }))
    }

    /// Gets the keys. Asked first, it tells a person at once that there are none.
    pub(crate) fn obtain(&self) -> Result<Arc<KeySet>, Error> {
        match self {
            Self::Fixed(keys) => Ok(Arc::clone(keys)),
            Self::Living(living) => {
                run(&living.transport, &mut living.cache.obtain(&living.url, living.format))
            }
        }
    }

    /// Runs `verify` with the keys, and once more with newer ones when the token's was not found.
    pub(crate) fn verify<T>(
        &self,
        verify: impl Fn(&KeySet) -> Result<T, InvalidToken>,
    ) -> Result<T, Error> {
        let keys = self.obtain()?;
        match (verify(&keys), self) {
            (Err(error), Self::Living(living)) if error.fault == TokenFault::KeyNotFound => {
                let Living { transport, cache, url, format } = &**living;
                let newer = run(transport, &mut cache.obtain_beyond(&keys, url, *format))?;
                Ok(verify(&newer)?)
            }
            (verified, _) => Ok(verified?),
        }
    }
}

fn run<F: Flow>(transport: &HttpTransport, flow: &mut F) -> Result<F::Output, Error> {
    tegata_ureq::run(transport, flow, &SystemClock::new())
}
