//! An access token of the client itself, with no user (RFC 6749 §4.4).

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};

use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// The flow that asks for a token of the client itself.
#[derive(Debug)]
pub struct ClientCredentials {
    party: RelyingParty,
    scope: Scope,
    metadata: ObtainMetadata,
    sent_at: Option<UnixTime>,
}

impl ClientCredentials {
    pub(crate) fn new(party: &RelyingParty, scope: Scope) -> Self {
        Self { party: party.clone(), scope, metadata: party.metadata(), sent_at: None }
    }
}

impl Flow for ClientCredentials {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        let config = self.party.config();
        match (self.sent_at, input) {
            (None, input) => match self.metadata.advance(input, now)?.split() {
                Ok(metadata) => {
                    let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                    self.sent_at = Some(now);
                    Ok(Step::Send(token::client_credentials(&config.client, url, &self.scope)))
                }
                Err(step) => Ok(step),
            },
            (Some(sent_at), Input::Response(response)) => {
                token::read(&response, &config.profile.tolerance, sent_at).map(Step::Done)
            }
            (Some(_), Input::Unreachable(error)) => Err(error),
            (Some(_), _) => Err(ApiMisuse::WrongInput.into()),
        }
    }
}
