//! `cargo xtask token-race`: processes that use, kill and starve one another on one token store.
//!
//! The rounds are in `tests/src/bin/token_race`; the names of some run these alone.

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// Every round, or those that `arguments` name.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Outcome, Complaints> {
    Command::cargo(workspace)
        .arguments(&["run", "--quiet", "--bin", "token-race", "--"])
        .arguments(arguments)
        .run()
}

/// Every round with counts that fit into CI.
pub(crate) fn short(workspace: &Workspace) -> Result<Outcome, Complaints> {
    run(workspace, &["--short"])
}
