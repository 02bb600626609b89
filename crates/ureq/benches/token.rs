//! The usual way to a token: it is at hand. On one thread and on two, which must not wait for each
//! other; beside it what the clock alone costs, which is the floor.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot begin has nothing to say")]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::token::TokenSet;
use tegata_providers::openid;
use tegata_tokens::GrantId;
use tegata_tokens::store::MemoryStore;
use tegata_ureq::{Client, TokenHandle};

/// A handle whose token is fresh for years. Nothing is ever sent.
fn handle() -> TokenHandle {
    let config = openid::public_client("https://op.example.com", "client").unwrap();
    let silence = |_| -> Result<_, tegata_core::error::TransportError> { unreachable!() };
    let client = Client::builder(with_metadata(config)).transport(silence).build().unwrap();
    let now = client.now();
    let tokens = TokenSet::new(AccessToken::new("token"), now)
        .with_expires_at(now.plus(Duration::from_secs(1_000_000_000)));
    let grant = GrantId::new("https://op.example.com", "client", "subject");
    let manager = client.tokens(MemoryStore::new()).build();
    manager.keep_as(grant, &tokens, &Scope::empty()).unwrap()
}

fn with_metadata(config: tegata_oidc::Config) -> tegata_oidc::Config {
    let metadata = tegata_core::metadata::ServerMetadata::new(config.issuer().clone());
    config.with_metadata(metadata).unwrap()
}

fn hit(handle: &TokenHandle) {
    let token = handle.access_token(black_box(Duration::ZERO)).unwrap();
    black_box(token.token());
}

fn token(criterion: &mut Criterion) {
    let handle = handle();
    let allocated = allocation_counter::measure(|| hit(&handle));
    println!("allocations on the hit path: {}", allocated.count_total);
    let mut group = criterion.benchmark_group("token");
    let clock = tegata_ureq::SystemClock::new();
    group.bench_function("clock alone", |bencher| {
        bencher.iter(|| black_box(tegata_core::time::Clock::now(&clock)));
    });
    group.bench_function("one thread", |bencher| bencher.iter(|| hit(&handle)));
    group.bench_function("two threads", |bencher| {
        bencher.iter_custom(|count| {
            let over = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        hit(&handle);
                    }
                });
                let begun = Instant::now();
                (0..count).for_each(|_| hit(&handle));
                let time = begun.elapsed();
                over.store(true, Ordering::Relaxed);
                time
            })
        });
    });
    group.finish();
}

criterion_group!(benches, token);
criterion_main!(benches);
