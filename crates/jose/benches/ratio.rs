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
                primitive = primitive.min(time(|| token.primitive(backend)));
                whole = whole.min(time(|| drop(token.id_token(token.unverified(), backend))));
                cached = cached.min(time(|| token.cached(&cache, &keys, backend)));
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

/// The time of one verification.
#[expect(clippy::disallowed_methods, reason = "the crate knows no clock; its benches do")]
fn time(verify: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..VERIFICATIONS_PER_TURN {
        black_box(verify());
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
