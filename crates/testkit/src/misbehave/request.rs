//! What a provider can demand of a request beyond the specifications: one way out of several.

use crate::provider::{Exchange, Parameters, Refusal};
use crate::{Fault, Faults};

/// How the client authenticates (OpenID Connect Core §9).
pub(crate) fn token_request(
    faults: &Faults,
    exchange: &Exchange<'_>,
    form: &Parameters,
) -> Result<(), Refusal> {
    let in_header = exchange.authorization("Basic").is_some();
    let in_form = form.iter().any(|(name, _)| name == "client_secret");
    let unwanted = (faults.has(Fault::ClientSecretBasicOnly) && !in_header)
        || (faults.has(Fault::ClientSecretPostOnly) && !in_form);
    if unwanted {
        return Err(Refusal::new("invalid_client", "the client authenticates in another way"));
    }
    Ok(())
}

/// Where the access token stands (RFC 6750 §2).
pub(crate) fn user_info_request(faults: &Faults, exchange: &Exchange<'_>) -> Result<(), Refusal> {
    let in_header = exchange.authorization("Bearer").is_some();
    let unwanted = (faults.has(Fault::BearerBodyOnly) && in_header)
        || (faults.has(Fault::BearerHeaderOnly) && !in_header);
    if unwanted {
        return Err(Refusal::new("invalid_request", "the access token stands in another place"));
    }
    Ok(())
}
