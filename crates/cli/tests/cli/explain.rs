//! `tegata explain`.

use serde_json::Value;
use tegata_core::error::{ErrorCode, TokenFault};

use crate::run::tegata;

#[test]
fn says_what_happened_and_what_to_do() {
    let finished = tegata(&["explain", "redirect_uri_mismatch", "--provider", "google"]);
    let text = finished.text();
    assert!(text.starts_with("redirect_uri_mismatch from google at page"), "{text}");
    assert!(text.contains("trailing slash") && text.contains("https://"), "{text}");
    for code in ["admin_policy_enforced", "disallowed_useragent", "org_internal", "deleted_client"]
    {
        let finished = tegata(&["explain", code, "--provider", "google", "--at", "page"]);
        assert!(finished.text().contains(" from google at page"), "{code}");
    }
}

#[test]
fn the_place_decides_what_a_code_means() {
    let at = |place| tegata(&["explain", "access_denied", "--provider", "google", "--at", place]);
    assert!(at("token").text().contains("administrator"));
    let text = at("authorization");
    assert!(text.text().lines().next().unwrap().contains("authorization"), "{}", text.stdout);
}

#[test]
fn knows_every_code_of_servers_and_every_rule_of_tokens() {
    let servers = ErrorCode::KNOWN.iter().map(ErrorCode::as_str);
    for code in servers.chain(TokenFault::ALL.iter().map(|fault| fault.code())) {
        let finished = tegata(&["explain", code, "--json"]);
        let explained: Value = serde_json::from_str(finished.text()).unwrap();
        assert_eq!(explained["known"], true, "{code}");
        assert_eq!(explained["code"], code);
    }
}

#[test]
fn an_unknown_code_has_advice_and_exit_status_1() {
    let finished = tegata(&["explain", "never\u{1b}[2Jheard"]);
    assert_eq!(finished.status, 1);
    assert!(finished.stdout.contains("not known here") && !finished.stdout.contains('\u{1b}'));
    let finished = tegata(&["explain", "never_heard", "--json"]);
    assert_eq!((finished.status, &finished.json_lines()[0]["known"]), (1, &Value::from(false)));
}
