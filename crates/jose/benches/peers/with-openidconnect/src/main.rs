//! openidconnect, which stands on the crates of RustCrypto. Its rules for `iat` are the
//! application's, and are given here.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use measure::token::{CLIENT_ID, ISSUER, NONCE};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{ClientId, IssuerUrl, Nonce};

fn main() {
    measure::table::print("openidconnect, RustCrypto", |issuer| {
        let keys: CoreJsonWebKeySet = serde_json::from_str(&issuer.jwks()).expect("a key set");
        let algorithm = format!("\"{}\"", issuer.algorithm.as_str());
        let algorithm: CoreJwsSigningAlgorithm =
            serde_json::from_str(&algorithm).expect("an algorithm");
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(CLIENT_ID.to_owned()),
            IssuerUrl::new(ISSUER.to_owned()).expect("a URL"),
            keys,
        )
        .set_allowed_algs([algorithm])
        .set_issue_time_verifier_fn(|issued| {
            let limit = SystemTime::now() + Duration::from_secs(60);
            if SystemTime::from(issued) <= limit { Ok(()) } else { Err("to come".to_owned()) }
        });
        let nonce = Nonce::new(NONCE.to_owned());
        Some(Box::new(move |token| {
            CoreIdToken::from_str(token)
                .is_ok_and(|token| token.into_claims(&verifier, &nonce).is_ok())
        }))
    });
}
