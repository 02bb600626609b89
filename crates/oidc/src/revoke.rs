//! Takes a grant away (RFC 7009).

use tegata_core::error::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::revoke::{self, Revocable, Revoked};
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;

use crate::relying_party::RelyingParty;
use crate::with_metadata::OneRequest;

/// The flow that revokes the refresh token of a set, or its access token when it has no other.
///
/// Fails with [`Fault::NoEndpoint`](tegata_core::error::Fault::NoEndpoint) where the provider has no
/// revocation: then forgetting the tokens is all that can be done.
#[derive(Debug)]
pub struct Revoke {
    token: Token,
    exchange: OneRequest,
}

#[derive(Debug)]
enum Token {
    Access(AccessToken),
    Refresh(RefreshToken),
}

impl Revoke {
    pub(crate) fn new(party: &RelyingParty, tokens: &TokenSet) -> Self {
        Self::of(
            party,
            match tokens.refresh_token() {
                Some(token) => Token::Refresh(token.clone()),
                None => Token::Access(tokens.access_token().clone()),
            },
        )
    }

    pub(crate) fn refresh_token(party: &RelyingParty, token: &RefreshToken) -> Self {
        Self::of(party, Token::Refresh(token.clone()))
    }

    fn of(party: &RelyingParty, token: Token) -> Self {
        Self { token, exchange: OneRequest::new(party) }
    }
}

impl Flow for Revoke {
    type Output = Revoked;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Revoked>, Error> {
        let token = match &self.token {
            Token::Access(token) => Revocable::Access(token),
            Token::Refresh(token) => Revocable::Refresh(token),
        };
        self.exchange.advance(
            input,
            now,
            |config, metadata| {
                let url =
                    metadata.required_endpoint("revocation_endpoint", Endpoint::Revocation)?;
                Ok(revoke::request(&config.client, url, token))
            },
            |config, response, _| revoke::read(response, &config.profile.tolerance, now),
        )
    }
}
