//! `tegata demo` at the built-in provider.

use crate::run::tegata;

const PROVIDERS: [&str; 4] = ["google", "openid", "yahoo", "yahoo-japan"];

#[test]
fn walks_two_providers_on_two_transports_and_ends_with_a_summary() {
    let finished = tegata(&["demo"]);
    let text = finished.text();
    for provider in ["google", "yahoo-japan"] {
        for transport in ["ureq", "reqwest"] {
            for flow in ["code", "code id_token token"] {
                let title = format!("\n{provider} · {transport} · {flow}\n");
                assert!(text.contains(&title), "{title}{text}");
            }
        }
    }
    let summary = text.lines().last().unwrap();
    assert!(summary.contains(" steps passed, 0 failed, "), "{summary}");
    assert!(!text.contains('\u{1b}'), "plain in a pipe");
}

#[test]
fn json_has_one_object_per_step_and_none_failed() {
    let steps = tegata(&["demo", "--json"]).json_lines();
    let passed = steps.iter().filter(|step| step["status"] == "passed").count();
    assert!(passed >= 40, "{passed}");
    assert!(steps.iter().all(|step| step["status"] != "failed"));
    for step in &steps {
        for name in ["provider", "transport", "flow", "name"] {
            assert!(step[name].is_string(), "{name} in {step}");
        }
        let more = [("passed", "detail"), ("skipped", "reason")];
        assert!(
            more.iter()
                .any(|(status, name)| { step["status"] == *status && !step[*name].is_null() })
        );
    }
}

#[test]
fn every_provider_signs_in_on_every_transport_by_every_flow() {
    for provider in PROVIDERS {
        for transport in ["ureq", "reqwest"] {
            for flow in ["code", "hybrid", "code id_token", "code token", "id_token", "implicit"] {
                let narrowed = ["--provider", provider, "--transport", transport, "--flow", flow];
                let finished = tegata(&[&["demo", "--json"], &narrowed[..]].concat());
                assert_eq!(finished.status, 0, "{narrowed:?}\n{}", finished.stdout);
                let steps = finished.json_lines();
                let walks = |step: &serde_json::Value| {
                    (step["provider"].clone(), step["transport"].clone(), step["flow"].clone())
                };
                assert!(steps.iter().all(|step| walks(step) == walks(&steps[0])));
                assert_eq!(steps[0]["provider"], provider);
                assert_eq!(steps[0]["transport"], transport);
                let verified = steps.iter().find(|step| step["name"] == "ID token verified");
                assert_eq!(verified.unwrap()["status"], "passed");
            }
        }
    }
}

#[test]
fn says_of_each_flow_what_was_checked_in_it_and_no_more() {
    for (flow, in_front, both) in [
        ("code", None, false),
        ("code token", None, false),
        ("code id_token", Some("c_hash is that of the code"), true),
        ("hybrid", Some("at_hash and c_hash are those of what came with it"), true),
        ("implicit", Some("at_hash is that of the access token"), false),
        ("id_token", Some("nothing came with it"), false),
    ] {
        let narrowed = ["demo", "--json", "--provider", "openid", "--transport", "ureq", "--flow"];
        let steps = tegata(&[&narrowed[..], &[flow]].concat()).json_lines();
        let verified = steps.iter().find(|step| step["name"] == "ID token verified").unwrap();
        assert_eq!(verified["detail"]["front channel"].as_str(), in_front, "{flow}");
        assert_eq!(verified["detail"]["both ID tokens"].is_string(), both, "{flow}");
    }
}

#[test]
fn shows_no_secret_of_the_built_in_provider() {
    for arguments in [&["demo"][..], &["demo", "--json"], &["demo", "--flow", "implicit"]] {
        let finished = tegata(arguments);
        let output = finished.stdout + &finished.stderr;
        assert!(!output.contains(tegata_testkit::Client::DEFAULT_SECRET));
        // Every JWT begins so.
        assert!(!output.contains("eyJ"));
        for name in ["state", "nonce", "id_token_hint"] {
            for (_, after) in output
                .match_indices(&format!("&{name}="))
                .map(|(at, it)| output.split_at(at + it.len()))
            {
                assert!(after.starts_with("[redacted]"), "{name}");
            }
        }
    }
}

#[test]
fn what_makes_sense_at_a_real_provider_alone_is_refused_without_one() {
    for option in [
        &["--client-id", "x"][..],
        &["--client-secret-file", "x"],
        &["--scope", "openid"],
        &["--offline"],
        &["--no-browser"],
        &["--port", "1"],
        &["--timeout", "1"],
    ] {
        let finished = tegata(&[&["demo"], option].concat());
        assert_eq!(finished.status, 2, "{option:?}");
        assert!(finished.stderr.contains("--issuer <URL>"), "{}", finished.stderr);
    }
}

#[test]
fn a_flow_that_nobody_knows_is_answered_by_those_that_are() {
    let finished = tegata(&["demo", "--flow", "magic"]);
    assert_eq!(finished.status, 2);
    assert!(finished.stderr.contains("hybrid, implicit, or one of: code; code id_token"));
}
