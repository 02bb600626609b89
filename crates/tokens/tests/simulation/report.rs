//! What came of a run.

use std::fmt;

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) steps: u64,
    pub(crate) refreshes: u64,
    /// Lost with nothing to excuse it.
    pub(crate) lost: u64,
    /// Lost because the server's answer reached no store, and the server forgives nothing.
    pub(crate) lost_for_a_reason: u64,
    /// Rotations whose answer reached no store.
    pub(crate) unseen: u64,
    pub(crate) crashes_in_flight: u64,
    pub(crate) late_commits: u64,
    pub(crate) revoked: u64,
    pub(crate) violations: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.refreshes += other.refreshes;
        self.lost += other.lost;
        self.lost_for_a_reason += other.lost_for_a_reason;
        self.unseen += other.unseen;
        self.crashes_in_flight += other.crashes_in_flight;
        self.late_commits += other.late_commits;
        self.revoked += other.revoked;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps, {} refreshes, {} lost, {} lost for a reason, {} answers unseen, \
             {} crashes in flight, {} late commits, {} revoked",
            self.steps,
            self.refreshes,
            self.lost,
            self.lost_for_a_reason,
            self.unseen,
            self.crashes_in_flight,
            self.late_commits,
            self.revoked
        )
    }
}
