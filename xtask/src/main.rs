//! The project's own chores: `cargo xtask <command>`, one file per command.

mod browser;
mod checks;
mod ci;
mod conformance;
mod fuzz;
mod instructions;
mod interop;
mod layers;
mod mutants;
mod peers;
mod readme;
mod report;
mod shell;
mod tidy;
mod token_race;
mod tool;
mod workspace;

use std::process::ExitCode;

use report::Report;
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  bench-instructions  what an ID token costs beyond its signature, by callgrind
  bench-peers      what an ID token costs here and in other libraries
  browser          the pages that we serve, in a real browser
  checks [FILE…]   each check of the verifier taken out, one at a time: a test must fail
  ci [PART…]       everything that CI runs, or only these parts
  ci --without P…  everything but these parts
  ci --list        the names of the parts
  conformance      the Foundation's tests of relying parties; --write: into docs/conformance.md
  fuzz [--seconds N] [TARGET…]
                   every fuzz target for so long, on nightly
  interop          the tests against two providers that are not ours
  layers           no crate depends on one above it
  mutants [FILE…]  every change of the verifier that cargo-mutants knows, for hours
  readme           README and guide are compiled as doctests
  token-race       processes on one token store: no grant is lost; --short in CI
  tidy             file heads and lengths, manifests, links, left-overs
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let workspace = Workspace::here();
    let mut report = Report::default();
    match arguments.as_slice() {
        ["bench-instructions"] => {
            report.part("bench-instructions", || instructions::run(&workspace));
        }
        ["bench-peers"] => report.part("bench-peers", || peers::run(&workspace)),
        ["browser"] => report.part("browser", || browser::run(&workspace)),
        ["checks", files @ ..] => report.part("checks", || checks::run(&workspace, files)),
        ["ci", "--list"] => {
            ci::PARTS.iter().for_each(|part| println!("{:12} {}", part.name, part.purpose));
            return ExitCode::SUCCESS;
        }
        ["ci", rest @ ..] => match ci::select(rest) {
            Ok(parts) => ci::run(&parts, &workspace, &mut report),
            Err(unknown) => return usage(&format!("no part {unknown:?}: see ci --list")),
        },
        ["conformance"] => report.part("conformance", || conformance::check(&workspace)),
        ["conformance", "--write"] => {
            report.part("conformance", || conformance::run(&workspace, true));
        }
        ["fuzz", rest @ ..] => match fuzz::select(rest) {
            Ok(choice) => report.part("fuzz", || fuzz::run(&choice, &workspace)),
            Err(unknown) => return usage(&format!("{unknown:?} is no number of seconds")),
        },
        ["interop"] => report.part("interop", || interop::run(&workspace)),
        ["layers"] => report.part("layers", || layers::run(&workspace)),
        ["mutants", files @ ..] => report.part("mutants", || mutants::run(&workspace, files)),
        ["readme"] => report.part("readme", || readme::run(&workspace)),
        ["token-race", rest @ ..] => {
            report.part("token-race", || token_race::run(&workspace, rest));
        }
        ["tidy"] => report.part("tidy", || tidy::run(&workspace)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return usage("unknown command"),
    }
    report.finish()
}

fn usage(complaint: &str) -> ExitCode {
    eprint!("{complaint}\n\n{USAGE}");
    ExitCode::from(2)
}
