//! The options by which a command reaches a provider.

use std::path::PathBuf;

use clap::Args;
use tegata_core::transport::TransportOptions;
use tegata_oidc::Config;
use tegata_ureq::Client;

use crate::Failure;
use crate::input;

/// How to reach the provider.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Connection {
    /// Accept plain http to this very machine
    #[arg(long)]
    pub(crate) allow_loopback_http: bool,

    /// Trust the certificate authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

impl Connection {
    /// A client that reaches its provider like this.
    pub(crate) fn client(&self, config: Config) -> Result<Client, Failure> {
        Ok(Client::builder(config).transport_options(self.options()?).build()?)
    }

    pub(crate) fn options(&self) -> Result<TransportOptions, Failure> {
        let mut options = TransportOptions::new();
        if self.allow_loopback_http {
            options = options.allow_loopback_http();
        }
        if let Some(path) = &self.ca {
            options = options.add_root_certificate(input::file("the CA file", path)?);
        }
        Ok(options)
    }
}
