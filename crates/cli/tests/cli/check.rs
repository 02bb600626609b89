//! `tegata check`: redirect URIs, origins, scopes.

use std::fs;

use serde_json::{Value, json};

use crate::run::{Finished, tegata, tegata_with_input};

fn lines(input: &[u8]) -> Finished {
    tegata_with_input(&["check", "redirect-uri", "--json-lines"], input)
}

#[test]
fn names_each_broken_rule_and_where_it_is_broken() {
    let finished = tegata(&["check", "redirect-uri", "http://192.0.2.7/cb#x", "https://a.com/cb"]);
    assert_eq!(finished.status, 1);
    let text = finished.stdout;
    assert!(text.contains("✗ http://192.0.2.7/cb#x\n    FRAGMENT "), "{text}");
    assert!(text.contains("SCHEME ") && text.contains("bytes 7 to 16: “192.0.2.7”"), "{text}");
    assert!(text.ends_with("✓ https://a.com/cb\n"), "{text}");
    assert_eq!(tegata(&["check", "redirect-uri", "https://a.com/cb"]).status, 0);
}

#[test]
fn the_rules_are_those_of_the_provider_that_is_named() {
    for (rules, uri, accepted) in [
        ("google", "com.example.app:/cb", false),
        ("google-installed", "com.example.app:/cb", true),
        ("google-ios", "http://127.0.0.1/cb", false),
        ("google-desktop", "http://127.0.0.1:5000/cb", true),
        ("yahoo-japan", "myapp:/cb", true),
        ("yahoo", "http://localhost/cb", false),
        ("yahoo", "oob", true),
        ("oauth", "https://192.0.2.7/cb", true),
        ("google", "https://user.github.io/cb", true),
        ("google", "https://github.io/cb", false),
    ] {
        let finished = tegata(&["check", "redirect-uri", "--rules", rules, uri]);
        assert_eq!(finished.status == 0, accepted, "{rules} {uri}\n{}", finished.stdout);
    }
}

#[test]
fn an_owner_of_a_shortener_may_use_it() {
    let uri = "https://goo.gl/google-callback";
    assert_eq!(tegata(&["check", "redirect-uri", uri]).status, 1);
    assert_eq!(tegata(&["check", "redirect-uri", "--owns-domain", uri]).status, 0);
}

#[test]
fn an_origin_has_neither_path_nor_query() {
    let finished = tegata(&["check", "origin", "--json", "https://a.com", "https://a.com/?x"]);
    assert_eq!(finished.status, 1);
    assert_eq!(
        finished.stdout,
        "{\"uri\":\"https://a.com\",\"accept\":true,\"violations\":[]}\n\
         {\"uri\":\"https://a.com/?x\",\"accept\":false,\"violations\":[\"PATH\",\"QUERY\"]}\n"
    );
    let finished = tegata_with_input(&["check", "origin", "--json-lines"], b"{\"uri\":\"x:\"}");
    assert_eq!(finished.json_lines()[0]["violations"], json!(["SCHEME"]));
}

#[test]
fn answers_each_line_by_uri_verdict_and_rules_in_order() {
    let finished = lines(
        b"{\"uri\":\"http://192.0.2.7/\",\"owns_domain\":false}\n\
          {\"uri\":\"https://goo.gl/google-callback\",\"owns_domain\":true}\r\n\
          {\"owns_domain\":false,\"uri\":\"https://goo.gl/google-callback\",\"other\":[1]}",
    );
    assert_eq!(
        finished.stdout,
        "{\"uri\":\"http://192.0.2.7/\",\"accept\":false,\"violations\":[\"HOST_IP\",\"SCHEME\"]}\n\
         {\"uri\":\"https://goo.gl/google-callback\",\"accept\":true,\"violations\":[]}\n\
         {\"uri\":\"https://goo.gl/google-callback\",\"accept\":false,\"violations\":[\"SHORTENER\"]}\n"
    );
    assert_eq!(finished.status, 1);
    assert_eq!(lines(b"{\"uri\":\"https://a.com/\"}\n").status, 0);
    assert_eq!((lines(b"").status, lines(b"").stdout.as_str()), (0, ""));
}

#[test]
fn answers_bytes_of_every_kind_line_for_line() {
    let mut input = Vec::new();
    // Every byte alone, and inside a text that would be good without it.
    for byte in (0..=255).filter(|byte| *byte != b'\n') {
        input.extend([byte, b'\n']);
        input.extend([b"{\"uri\":\"https://a.com/", &[byte][..], b"\"}\n"].concat());
    }
    for odd in [
        &b""[..],
        b"[]",
        b"null",
        b"{\"uri\":1}",
        b"{\"uri\":null}",
        b"{}",
        b"{\"uri\":\"a\",\"uri\":\"b\"}",
        b"{\"uri\":\"a\",\"owns_domain\":\"yes\"}",
        b"{\"uri\":\"\\ud800\"}",
        b"{\"uri\":\"\\u0000\\u009b\\u2028\"}",
        b"{\"uri\":\"https://\xed\xa0\x80/\"}",
        b"\xef\xbb\xbf{\"uri\":\"a\"}",
    ] {
        input.extend([odd, b"\n"].concat());
    }
    let finished = lines(&input);
    let answers = finished.json_lines();
    assert_eq!(answers.len(), input.iter().filter(|byte| **byte == b'\n').count());
    for answer in &answers {
        assert!(answer["accept"].is_boolean() && answer["violations"].is_array(), "{answer}");
        let is_reason = answer["error"].is_string() || !answer["violations"][0].is_null();
        assert!(answer["accept"] == true || is_reason, "{answer}");
    }
    assert!(finished.stdout.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(finished.stderr, "");
}

#[test]
fn answers_long_lines_and_goes_on() {
    const MIB: usize = 1024 * 1024;
    let longs = ["https://a.com/", "https://", "https://a.com/?x=", ""];
    let fills = ["a.", "%2e", "/..", "\\\\", ":@#é"];
    let mut input = String::new();
    for (long, fill) in longs.iter().zip(fills.iter().cycle()).chain([(&longs[0], &fills[4])]) {
        let fill = fill.repeat(MIB / fill.len());
        input.push_str(&format!("{{\"uri\":\"{long}{fill}\"}}\n"));
    }
    input.push_str(&"x".repeat(9 * MIB));
    input.push_str("\n{\"uri\":\"https://a.com/\"}\n");
    let answers = lines(input.as_bytes()).json_lines();
    let (last, refused) = answers.split_last().unwrap();
    assert_eq!(refused.len(), longs.len() + 2);
    assert!(refused.iter().all(|answer| answer["accept"] == false));
    assert_eq!(refused[0]["violations"], json!(["LENGTH"]));
    assert!(refused.last().unwrap()["error"].as_str().unwrap().contains("longer than"));
    assert_eq!(*last, json!({ "uri": "https://a.com/", "accept": true, "violations": [] }));
}

#[test]
fn agrees_with_the_collected_cases() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/facts/redirect-uri-cases.json");
    let Ok(text) = fs::read_to_string(path) else {
        println!("skipped: the collected cases are not here");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let question = |case: &Value| {
        let owned = !case["owned_shortener"].is_null();
        format!("{}\n", json!({ "uri": case["uri"], "owns_domain": owned }))
    };
    let answers = lines(cases.iter().map(question).collect::<String>().as_bytes()).json_lines();
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        assert_eq!((&answer["uri"], &answer["accept"]), (&case["uri"], &case["accept"]), "{case}");
        let rules = answer["violations"].as_array().unwrap();
        let expected = case["rule"].as_str().into_iter();
        let expected: Vec<_> = expected
            .chain(case["also"].as_array().unwrap().iter().filter_map(Value::as_str))
            .collect();
        assert_eq!(*rules, expected, "{case}");
    }
}

#[test]
fn a_scope_is_compared_in_the_provider_s_own_terms() {
    let long = "https://www.googleapis.com/auth/userinfo.email openid";
    let asked = ["--requested", "openid email profile", "--granted", long];
    let google = ["check", "scope", "--provider", "google"];
    let finished = tegata(&[&google, &asked[..], &["--json"]].concat());
    let sets: Value = serde_json::from_str(finished.text()).unwrap();
    assert_eq!(sets["missing"], json!(["https://www.googleapis.com/auth/userinfo.profile"]));
    assert_eq!(sets["extra"], json!([]));
    let finished = tegata(&[&google, &asked[..]].concat());
    assert!(
        finished.text().contains("missing    https://www.googleapis.com/auth/userinfo.profile")
    );

    let finished = tegata(&[&google, &asked[..], &["--required", "email"]].concat());
    assert_eq!(finished.status, 0);
    let finished = tegata(&[&google, &asked[..], &["--required", "email profile"]].concat());
    assert_eq!(finished.status, 1);
    assert!(finished.stdout.contains("required   not granted: "), "{}", finished.stdout);
}

#[test]
fn a_scope_that_the_provider_refuses_is_noted_and_a_wrong_one_is_an_error() {
    let finished =
        tegata(&["check", "scope", "--provider", "google", "--requested", "openid offline_access"]);
    assert!(finished.text().contains("\"offline_access\" is unknown to this provider"));
    let finished = tegata(&["check", "scope", "--requested", "a\"b"]);
    assert!(finished.error().contains("requested: a character at byte 1"), "{}", finished.stderr);
    let input = b"{\"requested\":\"a b\",\"granted\":\"b,c\"}\n{}\n{\"requested\":\"a\\\"\"}\n";
    let yahoo = ["check", "scope", "--provider", "yahoo", "--json-lines"];
    let answers = tegata_with_input(&yahoo, input).json_lines();
    assert_eq!((&answers[0]["missing"], &answers[0]["extra"]), (&json!(["a"]), &json!(["c"])));
    assert!(answers[1]["error"].is_string() && answers[2]["error"].is_string());
}
