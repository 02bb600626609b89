//! `cargo xtask fuzz [--seconds N] [TARGET…]`: every fuzz target for a while, on nightly.
//!
//! Says for each how many inputs it ran and how far the coverage grew; a crash fails, and libFuzzer
//! prints where it put the input.

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::tool;
use crate::workspace::Workspace;

/// What is to be fuzzed, and for how long.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    seconds: u32,
    targets: Vec<&'a str>,
}

/// Reads the arguments.
///
/// # Errors
///
/// The argument that cannot be understood.
pub(crate) fn select<'a>(arguments: &[&'a str]) -> Result<Choice<'a>, &'a str> {
    match arguments {
        ["--seconds", seconds, targets @ ..] => {
            let seconds = seconds.parse().map_err(|_| *seconds)?;
            Ok(Choice { seconds, targets: targets.to_vec() })
        }
        targets => Ok(Choice { seconds: USUAL_SECONDS, targets: targets.to_vec() }),
    }
}

/// Builds the targets once, and runs one after the other.
pub(crate) fn run(choice: &Choice<'_>, workspace: &Workspace) -> Result<Outcome, Complaints> {
    let Some(path) = tool::FUZZ.search_path(workspace)? else {
        return Ok(Outcome::Skipped(tool::FUZZ.missing()));
    };
    let nightly = ["run", "nightly", "cargo", "fuzz"];
    let fuzz = || Command::new("rustup", workspace).arguments(&nightly).variable("PATH", &path);
    if !fuzz().arguments(&["--version"]).succeeds() {
        return Ok(Outcome::Skipped("there is no nightly compiler".to_owned()));
    }
    fuzz().arguments(&["build"]).run()?;
    let known = fuzz().arguments(&["list"]).capture()?;
    let all: Vec<&str> = known.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    if let Some(unknown) = choice.targets.iter().find(|name| !all.contains(name)) {
        return Err(format!("no target {unknown:?}; there are {}", all.join(", ")).into());
    }
    let targets = if choice.targets.is_empty() { &all } else { &choice.targets };
    let mut crashed = Vec::new();
    for target in targets {
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(workspace.path(&corpus)).map_err(|error| error.to_string())?;
        let limit = format!("-max_total_time={}", choice.seconds);
        let dictionary = format!("-dict=fuzz/dictionaries/{target}.dict");
        let seeds = format!("fuzz/seeds/{target}");
        // libFuzzer tells of itself on the error stream.
        let script = "exec rustup run nightly cargo fuzz run \"$@\" 2>&1";
        let told = Command::new("sh", workspace)
            .variable("PATH", &path)
            .arguments(&["-c", script, "sh", target, &corpus, &seeds, "--"])
            .arguments(&[&limit, &dictionary, MEMORY])
            .capture_any();
        let (succeeded, told) = told?;
        println!("{target:18} {}", summary(&told));
        if !succeeded {
            println!("{told}");
            crashed.push((*target).to_owned());
        }
    }
    Complaints::none_or(crashed.iter().map(|target| format!("{target} crashed")).collect())
}

/// Executions, and coverage from the first line that tells it to the last.
fn summary(told: &str) -> String {
    let coverage = told.lines().filter_map(|line| number_after(line, "cov: "));
    let (first, last) = (coverage.clone().next(), coverage.clone().next_back());
    // A crash is no end with a sum: then the last line that counts.
    let counted = |line| number_after(line, "Done ").or_else(|| number_after(line, "#"));
    let progress = |line: &&str| line.starts_with("Done ") || line.starts_with('#');
    let runs = told.lines().rev().filter(progress).find_map(counted);
    let shown = |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
    format!("{:>10} runs, coverage {} → {}", shown(runs), shown(first), shown(last))
}

fn number_after(line: &str, word: &str) -> Option<u64> {
    let rest = line.split_once(word)?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// No allocation larger than a thousand times the input: a crash too.
const MEMORY: &str = "-malloc_limit_mb=16";

/// A look, not a campaign: twenty targets take ten minutes.
const USUAL_SECONDS: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_libfuzzer_tells() {
        let told = "#2 INITED cov: 118 ft: 120 corp: 1/1b\n#9 NEW cov: 240 ft: 300\nDone 5120 runs in 31 second(s)";
        assert_eq!(summary(told).trim(), "5120 runs, coverage 118 → 240");
        let crashed =
            told.replace("Done 5120 runs in 31 second(s)", "thread panicked\n    #3 0x5 in f");
        assert_eq!(summary(&crashed).trim(), "9 runs, coverage 118 → 240");
        assert_eq!(summary("").trim(), "? runs, coverage ? → ?");
    }

    #[test]
    fn reads_its_arguments() {
        let choice = select(&["--seconds", "60", "scope"]).unwrap();
        assert_eq!((choice.seconds, choice.targets), (60, vec!["scope"]));
        assert_eq!(select(&[]).unwrap().seconds, USUAL_SECONDS);
        assert_eq!(select(&["--seconds", "soon"]).unwrap_err(), "soon");
    }
}
