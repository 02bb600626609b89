//! What a command prints: named parts with their timings, and a summary line at the end.

use std::process::ExitCode;
use std::time::Instant;

/// How a part ended in which nothing is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was tried and passed.
    Passed,
    /// It could not be tried, and why.
    Skipped(String),
}

/// What is wrong: one line for each thing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaints(pub(crate) Vec<String>);

impl Complaints {
    /// Passed when there is nothing to complain of.
    ///
    /// # Errors
    ///
    /// The complaints, when there are any.
    pub(crate) fn none_or(complaints: Vec<String>) -> Result<Outcome, Self> {
        if complaints.is_empty() { Ok(Outcome::Passed) } else { Err(Self(complaints)) }
    }
}

impl From<String> for Complaints {
    fn from(complaint: String) -> Self {
        Self(vec![complaint])
    }
}

/// Runs parts and counts how they ended.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: usize,
    failed: Vec<&'static str>,
    skipped: Vec<String>,
}

impl Report {
    /// Runs one part: its name first, then whatever it prints, then how it ended.
    pub(crate) fn part(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> Result<Outcome, Complaints>,
    ) {
        println!("== {name}");
        let start = Instant::now();
        let result = run();
        let seconds = start.elapsed().as_secs_f32();
        match result {
            Ok(Outcome::Passed) => {
                println!("== {name}: passed in {seconds:.1} s\n");
                self.passed += 1;
            }
            Ok(Outcome::Skipped(reason)) => {
                println!("== {name}: SKIPPED, {reason}\n");
                self.skipped.push(format!("{name}: {reason}"));
            }
            Err(Complaints(complaints)) => {
                complaints.iter().for_each(|complaint| println!("  error: {complaint}"));
                println!("== {name}: FAILED after {seconds:.1} s\n");
                self.failed.push(name);
            }
        }
    }

    /// Prints what was skipped and what failed, then `N passed, N failed` as the last line.
    pub(crate) fn finish(self) -> ExitCode {
        self.skipped.iter().for_each(|skip| println!("SKIPPED  {skip}"));
        self.failed.iter().for_each(|name| println!("FAILED   {name}"));
        println!("{} passed, {} failed", self.passed, self.failed.len());
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
