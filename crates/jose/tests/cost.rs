//! How often a verification asks for memory: a figure that does not drift with the machine.

#![cfg(feature = "ring")]

#[path = "../benches/token/mod.rs"]
mod token;

use allocation_counter::measure;
use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend::{self, Backend};

use token::Token;

/// Beyond the signature itself: the payload and the list of its claims, with some to spare.
const MOST: u64 = 3;

#[test]
fn a_verification_allocates_little_beyond_its_signature() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        for backend in backends() {
            let token = Token::new(algorithm);
            // The first token of a key is read in full, and its header and parsed key kept.
            token.primitive(backend);
            drop(token.id_token(token.unverified(), backend));
            let primitive = measure(|| token.primitive(backend)).count_total;
            let unverified = token.unverified();
            let whole = measure(|| drop(token.id_token(unverified, backend))).count_total;
            let beyond = whole - primitive;
            println!("{algorithm} on {}: {beyond} allocations", backend.name());
            assert!(beyond <= MOST, "{algorithm} on {}: {beyond}", backend.name());
        }
    }
}

fn backends() -> Vec<&'static dyn Backend> {
    vec![
        backend::ring(),
        #[cfg(feature = "aws-lc-rs")]
        backend::aws_lc(),
    ]
}
