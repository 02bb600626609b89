//! This library, on both of its backends.

use std::time::SystemTime;

use measure::token::{CLIENT_ID, ISSUER, NONCE};
use tegata_core::error::TokenKind;
use tegata_core::secret::{self, CompactToken};
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwks::KeySet;

fn main() {
    for (name, backend) in [("ring", backend::ring()), ("AWS-LC", backend::aws_lc())] {
        measure::table::print(&format!("tegata-jose, {name}"), |issuer| {
            let keys = KeySet::from_jwks(issuer.jwks().as_bytes()).expect("a key set");
            let algorithm = Algorithm::parse(issuer.algorithm.as_str()).expect("an algorithm");
            let rules = IdTokenRules::new(ISSUER, CLIENT_ID)
                .with_algorithms(AllowedAlgorithms::of(&[algorithm]));
            let nonce = secret::Nonce::new(NONCE);
            Some(Box::new(move |token| {
                let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
                UnverifiedIdToken::new(CompactToken::new(token))
                    .verify(&keys, &rules, &expect, backend, now())
                    .is_ok()
            }))
        });
    }
}

/// The system's clock, as every peer reads it.
fn now() -> UnixTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = now.expect("a clock after 1970").as_secs();
    UnixTime::from_seconds(i64::try_from(seconds).expect("a clock before the end of time"))
}
