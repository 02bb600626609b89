//! biscuit, which stands on ring. It has no EdDSA, and no `nonce`; the application compares it.

use biscuit::jwa::SignatureAlgorithm;
use biscuit::jwk::JWKSet;
use biscuit::{
    ClaimPresenceOptions, ClaimsSet, Empty, Presence, Validation, ValidationOptions, jws,
};
use measure::token::{Algorithm, CLIENT_ID, ISSUER};
use serde_json::{Map, Value};

fn main() {
    measure::table::print("biscuit, ring", |issuer| {
        let algorithm = match issuer.algorithm {
            Algorithm::RS256 => SignatureAlgorithm::RS256,
            Algorithm::ES256 => SignatureAlgorithm::ES256,
            Algorithm::EdDSA => return None,
        };
        let keys: JWKSet<Empty> = serde_json::from_str(&issuer.jwks()).expect("a key set");
        Some(Box::new(move |token| {
            jws::Compact::<ClaimsSet<Map<String, Value>>, Empty>::new_encoded(token)
                .decode_with_jwks(&keys, Some(algorithm))
                .is_ok_and(|token| token.validate(options()).is_ok())
        }))
    });
}

/// Made for each token, as `validate` takes them away.
fn options() -> ValidationOptions {
    ValidationOptions {
        claim_presence_options: ClaimPresenceOptions {
            issued_at: Presence::Required,
            expiry: Presence::Required,
            issuer: Presence::Required,
            audience: Presence::Required,
            subject: Presence::Required,
            ..ClaimPresenceOptions::default()
        },
        issuer: Validation::Validate(ISSUER.to_owned()),
        audience: Validation::Validate(CLIENT_ID.to_owned()),
        ..ValidationOptions::default()
    }
}
