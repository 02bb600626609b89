//! A row of the table for each algorithm: interleaved rounds of the floor and of the peer.
//!
//! A round of one follows a round of the other, so that a machine that is busy is busy for both. The
//! medians are shown; the ratio is the median of the ratios of the rounds.

use std::hint::black_box;

use crate::floor::Floor;
use crate::token::{Algorithm, Issuer};

/// A peer, set up for one issuer: from the text of a token to claims that may be used, or false.
pub type Verify = Box<dyn Fn(&str) -> bool>;

/// Prints a row for each algorithm; `set_up` returns nothing for one that the peer does not have.
pub fn print(peer: &str, set_up: impl Fn(&Issuer) -> Option<Verify>) {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let issuer = Issuer::new(algorithm);
        let Some(verify) = set_up(&issuer) else {
            println!("| {} | {peer} | {NOT_OFFERED} |", algorithm.as_str());
            continue;
        };
        let token = issuer.token();
        let floor = Floor::new(&issuer, &token);
        assert!(verify(&token), "{peer} refuses the token");
        assert!(floor.verify(), "ring refuses the token");
        let accepts: Vec<_> = issuer
            .flawed()
            .into_iter()
            .filter(|(_, flawed)| verify(flawed))
            .map(|(flaw, _)| flaw)
            .collect();
        let accepts = if accepts.is_empty() { "none".to_owned() } else { accepts.join(", ") };
        let figures = figures(&floor, || verify(black_box(&token)));
        println!("| {} | {peer} | {figures} | {accepts} |", algorithm.as_str());
    }
}

#[cfg(feature = "allocations")]
fn figures(_: &Floor, whole: impl Fn() -> bool) -> String {
    let count = allocation_counter::measure(|| assert!(whole()));
    format!("{} allocations, {} bytes", count.count_total, count.bytes_total)
}

#[cfg(not(feature = "allocations"))]
fn figures(floor: &Floor, whole: impl Fn() -> bool) -> String {
    let [mut floors, mut wholes, mut ratios] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let [floor, whole] = [time(|| floor.verify()), time(&whole)];
        floors.push(floor);
        wholes.push(whole);
        ratios.push(whole / floor);
    }
    let [floor, whole, ratio] = [floors, wholes, ratios].map(median);
    format!("{floor:.2} µs | {whole:.2} µs | {ratio:.2}")
}

/// The microseconds of one.
#[cfg(not(feature = "allocations"))]
fn time(verify: impl Fn() -> bool) -> f64 {
    let start = std::time::Instant::now();
    for _ in 0..PER_ROUND {
        assert!(black_box(verify()));
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(PER_ROUND)
}

#[cfg(not(feature = "allocations"))]
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(not(feature = "allocations"))]
const ROUNDS: usize = 801;
#[cfg(not(feature = "allocations"))]
const PER_ROUND: u32 = 8;

/// The columns of an algorithm that a peer does not have.
#[cfg(not(feature = "allocations"))]
const NOT_OFFERED: &str = "not offered | | |";
#[cfg(feature = "allocations")]
const NOT_OFFERED: &str = "not offered |";
