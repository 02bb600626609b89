//! Randomness that counts: each draw differs from the last, and every run is the same.

use std::sync::atomic::{AtomicU64, Ordering};

use tegata_core::random::{Random, RandomUnavailable};

/// A [`Random`] whose first draw ends in 1, whose second ends in 2, and so on.
///
/// As guessable as it sounds: for tests alone.
///
/// ```
/// use tegata_core::random::unguessable;
/// use tegata_testkit::CountingRandom;
///
/// let random = CountingRandom::new();
/// assert_ne!(unguessable(&random)?, unguessable(&random)?);
/// assert_eq!(random.draws(), 2);
/// # Ok::<(), tegata_core::random::RandomUnavailable>(())
/// ```
#[derive(Debug, Default)]
pub struct CountingRandom {
    draws: AtomicU64,
}

impl CountingRandom {
    /// Starts at 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { draws: AtomicU64::new(0) }
    }

    /// How often something was drawn.
    #[must_use]
    pub fn draws(&self) -> u64 {
        self.draws.load(Ordering::SeqCst)
    }
}

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        let count = self.draws.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
        bytes.fill(0);
        for (slot, byte) in bytes.iter_mut().rev().zip(count.to_le_bytes()) {
            *slot = byte;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_at_the_end_of_what_it_fills() {
        let random = CountingRandom::new();
        let mut bytes = [9; 12];
        random.fill(&mut bytes).unwrap();
        assert_eq!(bytes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let mut short = [9; 2];
        random.fill(&mut short).unwrap();
        assert_eq!(short, [0, 2]);
    }
}
