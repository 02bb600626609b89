//! One verification, or only its signature primitive, a given number of times: to be counted by
//! callgrind.
//!
//! `instructions <primitive|id_token> <algorithm> <times>`: the difference between two runs is the
//! cost of the difference in `times`, whatever the process itself costs.

mod token;

use std::hint::black_box;

use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend;

use token::Token;

fn main() {
    let arguments: Vec<_> = std::env::args().filter(|argument| argument != "--bench").collect();
    let [_, what, algorithm, times] = arguments.as_slice() else {
        return;
    };
    let algorithm = Algorithm::parse(algorithm).expect("the name of an algorithm");
    let times: usize = times.parse().expect("a number");
    let token = Token::new(algorithm);
    for _ in 0..times {
        match what.as_str() {
            // Whoever holds a token made it and drops it, verified or not.
            "primitive" => {
                drop(black_box(token.unverified()));
                token.primitive(backend::ring());
            }
            _ => drop(black_box(token.id_token(token.unverified(), backend::ring()))),
        }
    }
}
