//! jsonwebtoken on AWS-LC. It has no `nonce`; the application compares it.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use measure::token::{CLIENT_ID, ISSUER};
use serde_json::{Map, Value};

fn main() {
    measure::table::print("jsonwebtoken, AWS-LC", |issuer| {
        let jwk: Jwk = serde_json::from_str(&issuer.jwk()).expect("a JWK");
        let key = DecodingKey::from_jwk(&jwk).expect("a key");
        let algorithm: Algorithm = issuer.algorithm.as_str().parse().expect("an algorithm");
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[CLIENT_ID]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
        Some(Box::new(move |token| decode::<Map<String, Value>>(token, &key, &validation).is_ok()))
    });
}
