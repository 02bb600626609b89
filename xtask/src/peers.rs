//! `cargo xtask bench-peers`: what an ID token costs here and in other libraries, as one table.
//!
//! Each library is a program of its own, so that none changes the features of another's dependencies,
//! and each measures ring's bare signature check beside. `docs/performance.md` quotes the figures.

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

const FOLDER: &str = "crates/jose/benches/peers";

const PROGRAMS: &[&str] =
    &["with-tegata", "with-jsonwebtoken", "with-biscuit", "with-josekit", "with-openidconnect"];

/// Builds all, runs one after the other, and counts allocations last.
///
/// What does not build here is left out and named: josekit needs OpenSSL and its headers.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let (built, missing): (Vec<&str>, Vec<&str>) = PROGRAMS
        .iter()
        .copied()
        .partition(|program| cargo(workspace, "build", program, &[]).capture().is_ok());
    println!("{TIMES}");
    for program in &built {
        print!("{}", cargo(workspace, "run", program, &[]).capture()?);
    }
    println!("\n{ALLOCATIONS}");
    for program in &built {
        let counting = ["--features", "measure/allocations"];
        print!("{}", cargo(workspace, "run", program, &counting).capture()?);
    }
    if missing.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(Complaints(missing.iter().map(|program| format!("{program} does not build")).collect()))
}

/// One program at a time: together they would share the features of their dependencies.
fn cargo(workspace: &Workspace, command: &str, program: &str, further: &[&str]) -> Command {
    Command::cargo(workspace)
        .folder(workspace, FOLDER)
        .arguments(&[command, "--quiet", "--release", "--locked", "-p", program])
        .arguments(further)
}

const TIMES: &str = "\
| | | ring's primitive | ID token | ratio | accepts |
|---|---|---|---|---|---|";

const ALLOCATIONS: &str = "\
| | | allocations | accepts |
|---|---|---|---|";
