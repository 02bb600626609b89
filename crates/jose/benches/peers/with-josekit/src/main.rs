//! josekit, which stands on the system's OpenSSL.

use std::time::{Duration, SystemTime};

use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, RS256};
use josekit::jwt::{self, JwtPayloadValidator};
use measure::token::{Algorithm, CLIENT_ID, ISSUER, NONCE};

fn main() {
    measure::table::print("josekit, OpenSSL", |issuer| {
        let jwk = Jwk::from_bytes(issuer.jwk()).expect("a JWK");
        let verifier: Box<dyn JwsVerifier> = match issuer.algorithm {
            Algorithm::RS256 => Box::new(RS256.verifier_from_jwk(&jwk).expect("a key")),
            Algorithm::ES256 => Box::new(ES256.verifier_from_jwk(&jwk).expect("a key")),
            Algorithm::EdDSA => Box::new(EdDSA.verifier_from_jwk(&jwk).expect("a key")),
        };
        Some(Box::new(move |token| {
            jwt::decode_with_verifier(token, verifier.as_ref())
                .is_ok_and(|(claims, _)| validator().validate(&claims).is_ok())
        }))
    });
}

/// Made for each token, as the time is a part of it.
fn validator() -> JwtPayloadValidator {
    let now = SystemTime::now();
    let mut validator = JwtPayloadValidator::new();
    validator.set_base_time(now);
    validator.set_max_issued_time(now + Duration::from_secs(60));
    validator.set_issuer(ISSUER);
    validator.set_audience(CLIENT_ID);
    validator.set_claim("nonce", NONCE.into());
    validator
}
