//! What goes wrong in a run, and how often.

use tegata_tokens::RefreshPolicy;

/// The chances are in thousandths: of a step, or of a request for those of the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// What the server does, and what the machine is told that it does.
    pub(crate) policy: RefreshPolicy,
    pub(crate) workers: usize,
    pub(crate) grants: usize,
    /// A process dies, between any two steps.
    pub(crate) crashes: u64,
    /// An answer is lost after the server has acted.
    pub(crate) lost: u64,
    /// An answer takes seconds.
    pub(crate) slow: u64,
    /// A process is stopped for longer than its lease while an answer is on its way.
    pub(crate) pauses: u64,
    /// The clock of the machine jumps by up to an hour, either way.
    pub(crate) jumps: u64,
    /// The store fails, before or after it has made the step.
    pub(crate) store_faults: u64,
    /// The user revokes the grant.
    pub(crate) revokes: u64,
    pub(crate) variant: Variant,
}

/// The machine as it is, or broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Variant {
    /// A caller's time-out ends the refresh that it waits for.
    CancelWithCaller,
    /// A result counts only while its lease is held.
    Fencing,
    /// The request is sent first and noted afterwards.
    IntentAfterSend,
    Sound,
}

impl Plan {
    /// Nothing goes wrong.
    pub(crate) const fn calm(policy: RefreshPolicy) -> Self {
        Self {
            policy,
            workers: 4,
            grants: 5,
            crashes: 0,
            lost: 0,
            slow: 0,
            pauses: 0,
            jumps: 0,
            store_faults: 0,
            revokes: 0,
            variant: Variant::Sound,
        }
    }
}

/// Small, fast, and the same everywhere: xorshift64*.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(crate) fn chance(&mut self, thousandths: u64) -> bool {
        self.below(1000) < thousandths
    }
}
