//! Real processes on one store, against a provider that ends a grant when a refresh token comes twice:
//! `cargo xtask token-race [--short]`. Every figure is printed; a grant that is lost is a failure.
//!
//! ```text
//!   this process: the provider on loopback ◀── HTTP ── worker processes ──▶ one SQLite store
//!                 starts, stops and kills them ───────────▲
//! ```

mod arena;
mod keeper;
mod rounds;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use rounds::{Figure, Scale};

/// Whatever goes wrong ends the round, and is printed.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (scale, only) = match arguments.as_slice() {
        ["worker", order @ ..] => return worker::run(order),
        ["--short", only @ ..] => (Scale::SHORT, only),
        only => (Scale::LONG, only),
    };
    let mut failed = 0;
    for (name, round) in rounds::ALL {
        if !only.is_empty() && !only.contains(name) {
            continue;
        }
        let begun = Instant::now();
        let result = round(&scale);
        let seconds = begun.elapsed().as_secs_f32();
        match result {
            Ok(Figure { text, good }) => {
                let mark = if good { "ok" } else { "FAILED" };
                println!("{name:<14} {mark:<7} {text}  ({seconds:.1} s)");
                failed += usize::from(!good);
            }
            Err(failure) => {
                println!("{name:<14} FAILED  {failure}  ({seconds:.1} s)");
                failed += 1;
            }
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
