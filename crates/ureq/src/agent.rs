//! The ureq agent that keeps the transport's contract.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tegata_core::Error;
use tegata_core::error::ApiMisuse;
use tegata_core::transport::TransportOptions;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::connector::MarkingConnector;
use crate::resolver::CheckedResolver;

/// Builds the agent. ureq's own defaults would follow redirects, make errors of statuses and read
/// the environment's proxy. Its timeouts stay off: [`crate::deadline`] does their work.
pub(crate) fn build(options: &TransportOptions) -> Result<Agent, Error> {
    let proxy = if options.environment_proxy { Proxy::try_from_env() } else { None };
    let config = Agent::config_builder()
        .accept_encoding("")
        .http_status_as_error(false)
        .max_idle_age(IDLE_AGE)
        .max_idle_connections_per_host(IDLE_PER_HOST)
        .max_redirects(0)
        .proxy(proxy)
        .tls_config(tls_config(options)?)
        .user_agent(USER_AGENT)
        .build();
    let resolver = CheckedResolver::new(options);
    let connector = MarkingConnector::new(options.connect_timeout);
    Ok(Agent::with_parts(config, connector, resolver))
}

fn tls_config(options: &TransportOptions) -> Result<TlsConfig, Error> {
    let roots = if options.root_certificates.is_empty() {
        RootCerts::WebPki
    } else {
        let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
        for pem in &options.root_certificates {
            roots.extend(read_certificates(pem)?);
        }
        let roots = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        RootCerts::Specific(Arc::new(roots))
    };
    let provider = Arc::new(ring::default_provider());
    let config = TlsConfig::builder().root_certs(roots);
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}

fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| unreadable("no PEM"))?;
    if certificates.is_empty() {
        return Err(unreadable("no certificate in it"));
    }
    // ureq would leave out in silence what it cannot use.
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        let added = roots.add(certificate.clone());
        added.map_err(|_| unreadable("no certificate of an authority"))?;
    }
    Ok(certificates)
}

fn unreadable(fault: &str) -> Error {
    ApiMisuse::Configuration { what: "root certificate", fault: fault.to_owned() }.into()
}

const USER_AGENT: &str = concat!("tegata/", env!("CARGO_PKG_VERSION"));

/// How long an unused connection is kept: most servers close theirs after one minute or later.
const IDLE_AGE: Duration = Duration::from_secs(50);

/// How many unused connections to one host are kept.
const IDLE_PER_HOST: usize = 8;
