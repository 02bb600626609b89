//! `cargo xtask bench-instructions`: what an ID token costs beyond its signature, by callgrind.
//!
//! Two runs of a program that does the same 10 and 110 times: the difference is the cost of one
//! hundred, whatever the process itself costs. `docs/performance.md` quotes the figures.

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// More is a regression.
const MOST_BEYOND_THE_PRIMITIVE: u64 = 18_000;

/// Counts, prints, and complains about what is over the limit.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    if !Command::new("valgrind", workspace).arguments(&["--version"]).succeeds() {
        return Ok(Outcome::Skipped("valgrind is not installed".to_owned()));
    }
    let program = build(workspace)?;
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let once = |what: &str| -> Result<u64, String> {
            let [few, many] =
                [10, 110].map(|times| count(workspace, &program, what, algorithm, times));
            Ok(many?.saturating_sub(few?) / 100)
        };
        let [primitive, whole] = [once("primitive")?, once("id_token")?];
        let beyond = whole.saturating_sub(primitive);
        println!("{algorithm}: primitive {primitive}, ID token {whole}, beyond {beyond}");
        if beyond > MOST_BEYOND_THE_PRIMITIVE {
            let most = MOST_BEYOND_THE_PRIMITIVE;
            return Err(format!("{algorithm}: {beyond} instructions, and {most} at most").into());
        }
    }
    Ok(Outcome::Passed)
}

/// Builds the program and says where it is.
fn build(workspace: &Workspace) -> Result<String, String> {
    let printed = Command::cargo(workspace)
        .arguments(&["bench", "-p", "tegata-jose", "--bench", "instructions", "--no-run"])
        .arguments(&["--message-format=json"])
        .capture()?;
    let place = printed.rsplit_once("\"executable\":\"").and_then(|(_, rest)| rest.split_once('"'));
    place.map(|(path, _)| path.to_owned()).ok_or_else(|| "cargo names no program".to_owned())
}

fn count(
    workspace: &Workspace,
    program: &str,
    what: &str,
    algorithm: &str,
    times: u32,
) -> Result<u64, String> {
    let printed = Command::new("valgrind", workspace)
        .arguments(&["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
        .arguments(&[program, what, algorithm, &times.to_string()])
        .capture()?;
    let line = printed.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| "callgrind prints no count".to_owned())
}
