//! `tegata check scope`: what was asked for, what was granted, what is missing.

use clap::Args;
use serde_json::{Value as Json, json};
use tegata_core::scope::{GOOGLE, Granted, OAUTH, OPENID, Scope, ScopeRules, YAHOO, YAHOO_JAPAN};

use crate::Failure;
use crate::json_lines::{self, Answer};
use crate::named::named;
use crate::output::{BOLD, GREEN, RED, YELLOW};

/// The rules of scopes by the name of the provider.
const PROVIDERS: &[(&str, ScopeRules)] = &[
    ("google", GOOGLE),
    ("oauth", OAUTH),
    ("openid", OPENID),
    ("yahoo", YAHOO),
    ("yahoo-japan", YAHOO_JAPAN),
];

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose scopes these are
    #[arg(long, default_value = "openid", value_parser = named(PROVIDERS, |(name, _)| name))]
    provider: (&'static str, ScopeRules),

    /// The scope of the request, such as "openid email"
    #[arg(long, value_name = "SCOPE", required_unless_present = "json_lines")]
    requested: Option<String>,

    /// The `scope` of the token response; leave it out when the response had none
    #[arg(long, value_name = "SCOPE")]
    granted: Option<String>,

    /// What the application cannot do without: the exit status is 1 when some of it is missing
    #[arg(long, value_name = "SCOPE", default_value = "", hide_default_value = true)]
    required: String,

    /// Print one JSON object
    #[arg(long, conflicts_with = "json_lines")]
    json: bool,

    /// Read one JSON object a line from standard input, {"requested": "…", "granted": "…"}, and
    /// answer each by the sets
    #[arg(long, conflicts_with_all = ["requested", "granted"])]
    json_lines: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let (_, rules) = arguments.provider;
    let required = Scope::parse(&arguments.required)
        .map_err(|fault| Failure::Usage(format!("--required: {fault}")))?;
    if arguments.json_lines {
        return json_lines::run(|question| {
            let compared = question.map_err(|bad| bad.to_string()).and_then(|question| {
                let text = |name| question.str(name).map_err(|fault| fault.to_string());
                let requested = question.required_str("requested");
                compare(&rules, requested.map_err(|fault| fault.to_string())?, text("granted")?)
            });
            match compared {
                Ok(granted) => sets(&granted, &required),
                Err(error) => Answer::new(false, &[("error", json!(error))]),
            }
        });
    }
    let requested = arguments.requested.as_deref().unwrap_or_default();
    let granted = compare(&rules, requested, arguments.granted.as_deref());
    let granted = granted.map_err(Failure::Usage)?;
    let answer = sets(&granted, &required);
    if arguments.json {
        anstream::println!("{}", answer.line);
        return Ok(answer.good);
    }
    print(&granted);
    let requested = Scope::parse(requested).unwrap_or_default();
    // What is wrong with the request whatever its `prompt` and response type are.
    for problem in rules.problems(&requested, true, true) {
        anstream::println!("{YELLOW}note{YELLOW:#}       {problem}");
    }
    if let Err(missing) = granted.require(&required) {
        anstream::println!("{RED}required{RED:#}   not granted: {missing}");
    }
    Ok(answer.good)
}

fn compare(rules: &ScopeRules, requested: &str, granted: Option<&str>) -> Result<Granted, String> {
    let read = |name: &str, text| rules.read(text).map_err(|fault| format!("{name}: {fault}"));
    let granted = granted.map(|text| read("granted", text)).transpose()?;
    Ok(rules.compare(&read("requested", requested)?, granted.as_ref()))
}

fn sets(granted: &Granted, required: &Scope) -> Answer {
    let list = |scope: &Scope| Json::from_iter(scope.iter());
    let good = granted.require(required).is_ok();
    let members = [
        ("requested", list(granted.requested())),
        ("granted", list(granted.granted())),
        ("missing", list(&granted.missing())),
        ("extra", list(&granted.extra())),
        ("ok", json!(good)),
    ];
    Answer::new(good, &members)
}

fn print(granted: &Granted) {
    let rows = [
        ("requested", BOLD, granted.requested().clone()),
        ("granted", GREEN, granted.granted().clone()),
        ("missing", RED, granted.missing()),
        ("extra", YELLOW, granted.extra()),
    ];
    for (name, style, scope) in rows {
        let scope = if scope.is_empty() { "–".to_owned() } else { scope.to_string() };
        anstream::println!("{style}{name:9}{style:#}  {scope}");
    }
}
