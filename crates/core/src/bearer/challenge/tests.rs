//! The reader of `WWW-Authenticate`: what servers send, and what nobody should.

mod reference;

use proptest::prelude::*;

use super::*;

fn one(line: &str) -> Challenge {
    let challenges = Challenge::parse(line).unwrap();
    assert_eq!(challenges.len(), 1, "{line}");
    challenges.into_iter().next().unwrap()
}

fn lines(lines: &[&str]) -> Vec<Challenge> {
    let line = |text: &&str| (WWW_AUTHENTICATE, text.parse().unwrap());
    challenges(&lines.iter().map(line).collect())
}

#[test]
fn reads_the_examples_of_rfc_6750() {
    let challenge = one(r#"Bearer realm="example""#);
    assert_eq!((challenge.scheme(), challenge.realm()), (Some("bearer"), Some("example")));
    assert_eq!(challenge.error(), None);
    let challenge = one(r#"Bearer realm="example", error="invalid_token",
        error_description="The access token expired""#
        .replace('\n', " ")
        .as_str());
    assert_eq!(challenge.error(), Some(ErrorCode::InvalidToken));
    assert_eq!(challenge.error_description(), Some("The access token expired"));
}

#[test]
fn reads_the_example_of_rfc_9110_with_two_challenges_in_a_line() {
    let line = r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
    let challenges = Challenge::parse(line).unwrap();
    assert_eq!(challenges.len(), 2);
    assert_eq!(challenges[0].realm(), Some("simple"));
    assert_eq!(challenges[1].parameter("type"), Some("1"));
    assert_eq!(challenges[1].parameter("title"), Some("Login to \"apps\""));
}

#[test]
fn spaces_commas_and_case_have_no_meaning() {
    let plain = one(r#"Bearer realm="x", error="invalid_token""#);
    for line in [
        r#"bearer realm="x",error="invalid_token""#,
        r#"BEARER   Realm = "x" ,, ERROR= invalid_token , "#,
        r#" , Bearer , realm="x",error=invalid_token"#,
        "Bearer\trealm=x\t,\terror=\"invalid\\_token\"",
    ] {
        assert_eq!(one(line), plain, "{line}");
    }
}

#[test]
fn the_scheme_word_may_be_missing_as_at_yahoo() {
    let challenge = one(r#"realm="yahooapis.com", error="invalid_token""#);
    assert!(challenge.scheme().is_none() && challenge.takes_access_tokens());
    assert_eq!(challenge.error(), Some(ErrorCode::InvalidToken));
}

#[test]
fn a_token68_is_no_parameter() {
    let challenges = Challenge::parse("Negotiate oRQwEg==, Bearer, Ntlm a, Odd a=").unwrap();
    let found: Vec<_> = challenges.iter().map(|c| (c.scheme().unwrap(), c.token68())).collect();
    let expected = [
        ("negotiate", Some("oRQwEg==")),
        ("bearer", None),
        ("ntlm", Some("a")),
        ("odd", Some("a=")),
    ];
    assert_eq!(found, expected);
    assert!(Challenge::parse("Negotiate oRQwEg==, realm=x").is_err());
}

#[test]
fn a_scope_that_is_no_scope_counts_as_absent() {
    assert_eq!(one(r#"Bearer scope="a b""#).scope(), Scope::parse("a b").ok());
    assert_eq!(one("Bearer scope=\"a\tb\"").scope(), None);
}

#[test]
fn says_where_a_line_leaves_the_grammar() {
    for (line, offset) in [
        ("Bearer realm=\"x", 15),
        ("Bearer realm=\"x\\", 16),
        ("Bearer realm=\"x\" error=\"y\"", 17),
        ("Bearer realm=x y", 15),
        ("Bearer a=b, realm=,", 18),
        ("Bearer, =x", 8),
        ("Foo/bar", 3),
        ("Bearer realm=\"a\u{1}\"", 15),
        ("Bearer realm=é", 13),
    ] {
        assert_eq!(Challenge::parse(line), Err(ChallengeFault::Syntax { offset }), "{line}");
    }
}

#[test]
fn refuses_a_parameter_that_stands_there_twice_in_one_challenge() {
    let line = "Bearer error=invalid_token, Error=server_error";
    assert_eq!(Challenge::parse(line), Err(ChallengeFault::Duplicate { offset: 34 }));
    assert!(Challenge::parse("Bearer realm=a, DPoP realm=a").is_ok());
}

#[test]
fn limits_length_challenges_and_parameters() {
    let long = "a".repeat(MAX_CHALLENGE_BYTES + 1);
    assert_eq!(Challenge::parse(&long), Err(ChallengeFault::TooLong));
    assert_eq!(lines(&["Basic", &long, "Bearer"]).len(), 1);
    let many = vec!["Bearer"; MAX_CHALLENGES + 1].join(",");
    assert_eq!(Challenge::parse(&many), Err(ChallengeFault::TooMany));
    let names: Vec<_> = (0..=MAX_CHALLENGE_PARAMETERS).map(|n| format!("p{n}=x")).collect();
    let line = format!("Bearer {}", names.join(","));
    assert_eq!(Challenge::parse(&line), Err(ChallengeFault::TooMany));
}

#[test]
fn several_header_lines_are_one_list() {
    let found = lines(&["DPoP algs=\"ES256\"", "Bearer realm=x", "error=invalid_token"]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].error(), Some(ErrorCode::InvalidToken));
}

#[test]
fn a_header_line_is_read_up_to_its_first_fault() {
    let line = r#"Bearer error="invalid_token", error_description="token "x" expired""#;
    let found = lines(&[line, "DPoP"]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].error(), Some(ErrorCode::InvalidToken));
    assert_eq!(found[0].error_description(), Some("token "));
}

#[test]
fn a_header_that_is_no_utf8_is_read_as_far_as_it_can_be() {
    let value = http::HeaderValue::from_bytes(b"Bearer error=x, realm=\"\xff\"").unwrap();
    let found = challenges(&HeaderMap::from_iter([(WWW_AUTHENTICATE, value)]));
    assert_eq!(found[0].realm(), Some("\u{fffd}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn accepts_exactly_the_grammar(line in r#"([aB=", \t\\/é\u{1}.]|a=b|a="|Bearer ){0,14}"#) {
        let found = Challenge::parse(&line);
        let found: Option<Vec<reference::Found>> = found.ok().map(|challenges| {
            let plain = |c: &Challenge| {
                let own = |text: &str| text.to_owned();
                let parameters = c.parameters().map(|(n, v)| (own(n), own(v))).collect();
                (c.scheme().map(own), c.token68().map(own), parameters)
            };
            challenges.iter().map(plain).collect()
        });
        let expected = reference::parse(&line);
        let limited = expected.iter().flatten().count() > MAX_CHALLENGES;
        prop_assume!(!limited);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn reads_back_what_is_written_with_quotes(
        realm in any::<String>(),
        scope in "[a-z:/. ]{0,30}",
    ) {
        prop_assume!(!realm.chars().any(|c| c.is_ascii_control()));
        let escaped = realm.replace('\\', "\\\\").replace('"', "\\\"");
        let challenge = one(&format!(r#"Bearer realm="{escaped}",scope="{scope}""#));
        prop_assert_eq!(challenge.realm(), Some(realm.as_str()));
        prop_assert_eq!(challenge.scope(), Scope::parse(&scope).ok());
    }

    #[test]
    fn never_panics(line: String, bytes: Vec<u8>) {
        let _ = Challenge::parse(&line);
        if let Ok(value) = http::HeaderValue::from_bytes(&bytes) {
            let _ = challenges(&HeaderMap::from_iter([(WWW_AUTHENTICATE, value)]));
        }
    }
}
