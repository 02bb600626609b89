//! The ratio of a whole verification to its signature primitive, on a machine that is busy.
//!
//! Both run in turns, and the fastest of many turns counts: what else goes on can only make a turn
//! slower. `cargo bench -p tegata-jose --features aws-lc-rs --bench ratio`

mod token;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend::{self, Backend};

use token::Token;

const TURNS: usize = 400;
const VERIFICATIONS_PER_TURN: u32 = 8;

fn main() {
    println!(
        "{:<8}{:<12}{:>14}{:>14}{:>8}{:>12}",
        "", "", "primitive", "ID token", "ratio", "cached"
    );
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        for backend in backends() {
            let token = Token::new(algorithm);
            let cache = token.cache();
            let keys = Arc::new(token.keys());
            let [mut primitive, mut whole, mut cached] = [Duration::MAX; 3];
            for _ in 0..TURNS {
                let tokens = || (0..VERIFICATIONS_PER_TURN).map(|_| token.unverified());
                primitive = primitive.min(time(tokens(), |unverified| {
                    token.primitive(backend);
                    unverified
                }));
                whole = whole.min(time(tokens(), |unverified| token.id_token(unverified, backend)));
                cached = cached.min(time(0..VERIFICATIONS_PER_TURN, |_| {
                    token.cached(&cache, &keys, backend);
                }));
            }
            let ratio = whole.as_secs_f64() / primitive.as_secs_f64();
            println!(
                "{:<8}{:<12}{primitive:>14.2?}{whole:>14.2?}{ratio:>8.3}{cached:>12.2?}",
                algorithm.as_str(),
                backend.name(),
            );
        }
    }
}

/// The time of one verification; what goes in is made before, and what comes out dropped after.
#[expect(clippy::disallowed_methods, reason = "the crate knows no clock; its benches do")]
fn time<I, O>(input: impl Iterator<Item = I>, verify: impl Fn(I) -> O) -> Duration {
    let input: Vec<I> = input.collect();
    let mut output = Vec::with_capacity(input.len());
    let start = Instant::now();
    for one in input {
        output.push(black_box(verify(one)));
    }
    start.elapsed() / VERIFICATIONS_PER_TURN
}

fn backends() -> Vec<&'static dyn Backend> {
    vec![
        backend::ring(),
        #[cfg(feature = "aws-lc-rs")]
        backend::aws_lc(),
    ]
}
