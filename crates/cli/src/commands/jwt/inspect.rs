//! `tegata jwt inspect`: a token, decoded and explained, with nothing verified.

use clap::Args;
use serde_json::{Map, Value as Json, json};
use tegata_core::json::Object;
use tegata_core::time::{Clock as _, UnixTime};
use tegata_jose::base64url;
use tegata_ureq::SystemClock;

use super::{dates, meaning};
use crate::Failure;
use crate::input;
use crate::output::{BOLD, DIM, RED, YELLOW, json_text, print_json, printable};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The time to compare with, instead of the clock's
    #[arg(long, value_name = "UNIX_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// Print one JSON object: {"verified": false, "header", "claims"}
    #[arg(long)]
    json: bool,

    /// The token; `-` reads it from standard input
    token: String,
}

/// A part of the token: an object, or why it is none.
type Part = Result<Map<String, Json>, String>;

/// What can be read without a key.
struct Inspected {
    header: Part,
    /// `None` in a JWE: there is nothing to read.
    claims: Option<Part>,
    /// How many bytes of signature there are.
    signature: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let now = arguments.now.map_or_else(|| SystemClock::new().now(), UnixTime::from_seconds);
    let inspected = inspect(&input::token(&arguments.token)?)?;
    if arguments.json {
        print_json(&format!("{:#}", inspected.as_json()));
    } else {
        inspected.print(now);
    }
    Ok(inspected.header.is_ok() && inspected.claims.is_none_or(|claims| claims.is_ok()))
}

fn inspect(token: &str) -> Result<Inspected, Failure> {
    let parts: Vec<_> = token.splitn(6, '.').collect();
    match parts.as_slice() {
        [header, payload, signature] => Ok(Inspected {
            header: decode(header),
            claims: Some(decode(payload)),
            signature: base64url::decode(signature).map_or(0, |bytes| bytes.len()),
        }),
        [header, _, _, _, _] => {
            Ok(Inspected { header: decode(header), claims: None, signature: 0 })
        }
        _ => Err(Failure::Usage(
            "this is no compact token: a signed one has 3 parts with dots between them, \
             an encrypted one has 5"
                .to_owned(),
        )),
    }
}

fn decode(part: &str) -> Part {
    let bytes = base64url::decode(part).map_err(|fault| fault.to_string())?;
    let object =
        Object::parse(&bytes).map_err(|fault| format!("no strict JSON object: {fault}"))?;
    Ok(object.to_json())
}

impl Inspected {
    fn as_json(&self) -> Json {
        let part = |part: &Part| match part {
            Ok(object) => Json::Object(object.clone()),
            Err(fault) => json!({ "unreadable": fault }),
        };
        json!({
            "verified": false,
            "header": part(&self.header),
            "claims": self.claims.as_ref().map(part),
        })
    }

    fn print(&self, now: UnixTime) {
        anstream::println!(
            "{RED}{BOLD}NOTHING HERE WAS VERIFIED.{BOLD:#}{RED:#} Anybody can write such a token; \
             `tegata jwt verify` tells.\n"
        );
        anstream::println!("{BOLD}Header{BOLD:#}");
        print_part(&self.header, |name, value| {
            let meaning = meaning::of_header(name).to_owned();
            match (name, value) {
                ("alg", Json::String(alg)) if alg.eq_ignore_ascii_case("none") => {
                    format!("{meaning}; there is no signature, the token is refused")
                }
                _ => meaning,
            }
        });
        match &self.claims {
            Some(claims) => {
                anstream::println!("\n{BOLD}Claims{BOLD:#}");
                print_part(claims, |name, value| explain_claim(name, value, now));
                anstream::println!(
                    "\n{BOLD}Signature{BOLD:#}\n  {} bytes, not checked",
                    self.signature
                );
            }
            None => anstream::println!(
                "\n{BOLD}Content{BOLD:#}\n  encrypted: nothing can be read without the private key"
            ),
        }
    }
}

fn print_part(part: &Part, explain: impl Fn(&str, &Json) -> String) {
    let members = match part {
        Ok(members) => members,
        Err(fault) => {
            anstream::println!("  {RED}{}{RED:#}", printable(fault));
            return;
        }
    };
    for (name, value) in members {
        let value_text = match value {
            Json::String(text) => printable(text),
            other => json_text(other),
        };
        anstream::println!("  {BOLD}{}{BOLD:#}  {value_text}", printable(name));
        let meaning = explain(name, value);
        if !meaning.is_empty() {
            anstream::println!("      {DIM}{meaning}{DIM:#}");
        }
    }
}

fn explain_claim(name: &str, value: &Json, now: UnixTime) -> String {
    let meaning = meaning::of_claim(name);
    if !meaning::is_time(name) {
        return meaning.to_owned();
    }
    let Some(time) = moment(value) else {
        return format!("{meaning}; {YELLOW}this is no number of seconds{YELLOW:#}");
    };
    let warning = match name {
        "exp" if time <= now => format!("; {RED}it has expired{RED:#}"),
        "iat" | "nbf" | "auth_time" if time > now => {
            format!("; {YELLOW}that is in the future{YELLOW:#}")
        }
        _ => String::new(),
    };
    format!("{meaning}: {}{warning}", dates::describe(time, now))
}

/// A number of seconds, whole or a fraction (RFC 7519 §2).
fn moment(value: &Json) -> Option<UnixTime> {
    #[expect(clippy::as_conversions, reason = "it saturates, and far dates are no dates anyway")]
    let whole = |fraction: f64| fraction.floor() as i64;
    value.as_i64().or_else(|| value.as_f64().map(whole)).map(UnixTime::from_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.AAAA", base64url::encode(header), base64url::encode(payload))
    }

    #[test]
    fn decodes_what_can_be_decoded_and_says_what_cannot() {
        let inspected = inspect(&token(r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#)).unwrap();
        assert!(inspected.header.is_ok());
        assert!(inspected.claims.unwrap().unwrap_err().contains("no strict JSON object"));
        assert_eq!(inspected.signature, 3);
        let encrypted = inspect("e30.a.b.c.d").unwrap();
        assert!(encrypted.header.is_ok() && encrypted.claims.is_none());
        for other in ["", ".", "a.b", "a.b.c.d", "a.b.c.d.e.f", "手.形"] {
            assert!(inspect(other).is_err(), "{other:?}");
        }
        assert!(inspect("=.=.=").unwrap().header.is_err());
    }

    #[test]
    fn a_time_is_a_date_and_what_is_odd_about_it() {
        let now = UnixTime::from_seconds(1_700_000_000);
        let explain = |name, value: Json| explain_claim(name, &value, now);
        assert!(explain("exp", json!(1_699_999_999)).contains("it has expired"));
        assert!(explain("exp", json!(1_700_000_060.5)).ends_with("in 1 minute"));
        assert!(explain("iat", json!(1_700_000_001)).contains("in the future"));
        assert!(explain("exp", json!("1700000000")).contains("no number"));
        assert!(explain("exp", json!(1e300)).contains("no date"));
        assert_eq!(explain("custom", json!(1)), "");
    }
}
