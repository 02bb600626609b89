//! What a whole verification costs beside the signature primitive over the same bytes, in one run.
//!
//! `cargo bench -p tegata-jose --features aws-lc-rs`

mod token;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend::{self, Backend};

use token::Token;

fn verify(criterion: &mut Criterion) {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let token = Token::new(algorithm);
        let mut group = criterion.benchmark_group(algorithm.as_str());
        for backend in backends() {
            group.bench_function(format!("{}/primitive", backend.name()), |bencher| {
                bencher.iter(|| black_box(&token).primitive(backend));
            });
            group.bench_function(format!("{}/id_token", backend.name()), |bencher| {
                bencher.iter_batched(
                    || token.unverified(),
                    |unverified| black_box(&token).id_token(unverified, backend),
                    criterion::BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

fn backends() -> Vec<&'static dyn Backend> {
    vec![
        backend::ring(),
        #[cfg(feature = "aws-lc-rs")]
        backend::aws_lc(),
    ]
}

criterion_group!(benches, verify);
criterion_main!(benches);
