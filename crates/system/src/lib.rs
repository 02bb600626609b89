//! What the operating system brings in: the time, and randomness.
//!
//! The pure crates of Tegata take both as arguments. Those that do I/O take them from here, and pass
//! them on under their own names: `tegata_ureq::SystemClock` is [`SystemClock`].

mod clock;
mod random;

pub use clock::SystemClock;
pub use random::OsRandom;
