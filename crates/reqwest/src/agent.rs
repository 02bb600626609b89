//! The reqwest client that keeps the transport's contract.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect, retry};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tegata_core::Error;
use tegata_core::error::ApiMisuse;
use tegata_core::transport::TransportOptions;

use crate::resolver::CheckedResolver;

/// Builds the client. reqwest's own defaults would follow redirects, repeat requests, wait for ever
/// and read the environment's proxy; what an application's own features of reqwest add (content
/// codings, HTTP/2) is turned off too.
pub(crate) fn build(options: &TransportOptions) -> Result<Client, Error> {
    let client = Client::builder()
        .connect_timeout(options.connect_timeout)
        .dns_resolver(CheckedResolver::new(options))
        .http1_only()
        .no_brotli()
        .no_deflate()
        .no_gzip()
        .no_zstd()
        .pool_idle_timeout(IDLE_AGE)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .tls_backend_preconfigured(tls_config(options)?)
        .user_agent(USER_AGENT);
    let client = if options.environment_proxy { client } else { client.no_proxy() };
    client.build().map_err(|error| {
        let fault = error.without_url().to_string();
        ApiMisuse::Configuration { what: "HTTP client", fault }.into()
    })
}

fn tls_config(options: &TransportOptions) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in &options.root_certificates {
        for certificate in read_certificates(pem)? {
            roots.add(certificate).map_err(|_| unreadable("no certificate of an authority"))?;
        }
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| unreadable("no version of TLS"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| unreadable("no PEM"))?;
    if certificates.is_empty() {
        return Err(unreadable("no certificate in it"));
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
