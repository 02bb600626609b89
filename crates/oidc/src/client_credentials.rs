//! An access token of the client itself, with no user (RFC 6749 §4.4).

use tegata_core::error::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};

use crate::config::Config;
use crate::relying_party::RelyingParty;
use crate::with_metadata::OneRequest;

/// The flow that asks for a token of the client itself.
#[derive(Debug)]
pub struct ClientCredentials {
    scope: Scope,
    exchange: OneRequest,
}

impl ClientCredentials {
    pub(crate) fn new(party: &RelyingParty, scope: Scope) -> Self {
        Self { scope, exchange: OneRequest::new(party) }
    }
}

impl Flow for ClientCredentials {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        let Self { scope, exchange } = self;
        exchange.advance(
            input,
            now,
            |config, metadata| {
                let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                Ok(token::client_credentials(&config.client, url, scope))
            },
            Config::read_tokens,
        )
    }
}
