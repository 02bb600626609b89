//! Which tests the Foundation's suite has for relying parties, as its plans say: snapshot of
//! 2026-08-20. Dynamic registration, request objects and what comes after them is not among them.

/// A certification profile, as a plan of the suite.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The module in which its tests are mounted.
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) title: &'static str,
    /// Where its tests stand in [`TESTS`]: the letter, and the response type that it means.
    places: &'static [(&'static str, &'static str)],
    /// How many tests the plan has, a test counting once for each response type. Ours beyond the
    /// plans are not counted there.
    pub(crate) count: Option<usize>,
}

impl Profile {
    /// Its tests: module and response type, as they are named in Rust.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (String, &'static str)> {
        TESTS.iter().flat_map(move |(module, places)| {
            let types =
                self.places.iter().filter(|(place, _)| places.split(' ').any(|p| p == *place));
            types.map(move |(_, response_type)| (in_rust(module), *response_type))
        })
    }

    /// The response types of a test in this profile.
    pub(crate) fn response_types(&self, test: &str) -> Vec<&'static str> {
        self.tests().filter(|(module, _)| module == test).map(|(_, kind)| kind).collect()
    }
}

/// Every test, as it is named in Rust, in the order of [`TESTS`].
pub(crate) fn tests() -> impl Iterator<Item = (&'static str, String)> {
    TESTS.iter().map(|(module, _)| (*module, in_rust(module)))
}

fn in_rust(module: &str) -> String {
    module.replace(['-', '+'], "_")
}

const BASIC: &[(&str, &str)] = &[("B", "code")];
const IMPLICIT: &[(&str, &str)] = &[("I1", "id_token"), ("I2", "id_token_token")];
const HYBRID: &[(&str, &str)] =
    &[("H1", "code_id_token"), ("H2", "code_token"), ("H3", "code_id_token_token")];

/// Logout is tested in a plan for each of Basic, Implicit and Hybrid: once for every response type.
const fn every(place: &'static str) -> [(&'static str, &'static str); 6] {
    [
        (place, "code"),
        (place, "id_token"),
        (place, "id_token_token"),
        (place, "code_id_token"),
        (place, "code_token"),
        (place, "code_id_token_token"),
    ]
}

const fn profile(
    name: &'static str,
    title: &'static str,
    places: &'static [(&'static str, &'static str)],
    count: usize,
) -> Profile {
    Profile { name, title, places, count: Some(count) }
}

pub(crate) const PROFILES: &[Profile] = &[
    profile("basic", "Basic", BASIC, 14),
    profile("implicit", "Implicit", IMPLICIT, 27),
    profile("hybrid", "Hybrid", HYBRID, 48),
    profile("config", "Config", &[("C", "code")], 6),
    profile("form_post_basic", "Form Post Basic", BASIC, 14),
    profile("form_post_implicit", "Form Post Implicit", IMPLICIT, 27),
    profile("form_post_hybrid", "Form Post Hybrid", HYBRID, 48),
    profile("third_party_init_login", "3rd Party-Init Login", &[("T", "code")], 1),
    profile("refresh_token", "Refresh Token", &[("R", "code")], 3),
    profile("rp_initiated_logout", "RP-Initiated Logout", &every("LR"), 18),
    profile("front_channel_logout", "Front-Channel Logout", &every("LF"), 6),
    profile("back_channel_logout", "Back-Channel Logout", &every("LB"), 48),
    profile("session_management", "Session Management", &every("LS"), 6),
    Profile {
        name: "comprehensive",
        title: "comprehensive",
        places: &[("X", "code")],
        count: None,
    },
    Profile {
        name: "form_post_comprehensive",
        title: "comprehensive, Form Post",
        places: &every("XF"),
        count: None,
    },
    Profile {
        name: "legacy",
        title: "the tool of 2020",
        places: &[("O", "code"), ("OI", "id_token_token"), ("OH", "code_id_token")],
        count: None,
    },
];

/// The tests by the suite's own names, and where each is asked for.
const TESTS: &[(&str, &str)] = &[
    ("oidcc-client-test", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-invalid-iss", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-missing-sub", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-invalid-aud", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-missing-iat", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-kid-absent-single-jwks", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-kid-absent-multiple-jwks", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-idtoken-sig-rs256", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-idtoken-sig-none", "B C"),
    ("oidcc-client-test-invalid-sig-rs256", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-userinfo-invalid-sub", "B I2 H1 H2 H3"),
    ("oidcc-client-test-nonce-invalid", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-nonce-unless-code-flow", "I1 I2 H1 H2 H3"),
    ("oidcc-client-test-scope-userinfo-claims", "B I1 I2 H1 H2 H3"),
    ("oidcc-client-test-client-secret-basic", "B H1 H2 H3"),
    ("oidcc-client-test-invalid-chash", "H1 H3"),
    ("oidcc-client-test-missing-chash", "H1 H3"),
    ("oidcc-client-test-invalid-athash", "I2 H3"),
    ("oidcc-client-test-missing-athash", "I2 H3"),
    ("oidcc-client-test-discovery-openid-config", "C"),
    ("oidcc-client-test-discovery-jwks-uri-keys", "C"),
    ("oidcc-client-test-discovery-issuer-mismatch", "C"),
    ("oidcc-client-test-signing-key-rotation-just-before-signing", "C"),
    ("oidcc-client-test-signing-key-rotation", "C"),
    ("oidcc-client-test-3rd-party-init-login", "T"),
    ("oidcc-client-test-refresh-token", "R"),
    ("oidcc-client-test-refresh-token-invalid-issuer", "R"),
    ("oidcc-client-test-refresh-token-invalid-sub", "R"),
    ("oidcc-client-test-rp-init-logout", "LR"),
    ("oidcc-client-test-rp-init-logout-other-state", "LR"),
    ("oidcc-client-test-rp-init-logout-no-state", "LR"),
    ("oidcc-client-test-rp-frontchannel-rpinitlogout", "LF"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-alg-none", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-no-event", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", "LB"),
    ("oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", "LB"),
    ("oidcc-client-test-session-management", "LS"),
    ("oidcc-client-test-missing-aud", "X"),
    ("oidcc-client-test-rp-frontchannel-opinitlogout", "X"),
    ("oidcc-client-test-invalid-sig-es256", "X"),
    ("oidcc-client-test-invalid-sig-hs256", "X"),
    ("oidcc-client-test-userinfo-signed", "X"),
    ("oidcc-client-test-userinfo-bearer-header", "X"),
    ("oidcc-client-test-userinfo-bearer-body", "X"),
    ("oidcc-client-test-form-post-error", "XF"),
    ("oidcc-client-test-aggregated-claims", "X"),
    ("oidcc-client-test-distributed-claims", "X"),
    ("rp-backchannel-rpinitlogout", "O"),
    ("rp-backchannel-rpinitlogout-lt-wrong-aud", "O"),
    ("rp-backchannel-rpinitlogout-lt-wrong-issuer", "O"),
    ("rp-claims_request-id_token", "O"),
    ("rp-claims_request-userinfo", "O"),
    ("rp-discovery-issuer-not-matching-config", "O"),
    ("rp-id_token-aud", "O"),
    ("rp-id_token-bad-at_hash", "OI"),
    ("rp-id_token-bad-c_hash", "OH"),
    ("rp-id_token-bad-sig-rs256", "O"),
    ("rp-id_token-issuer-mismatch", "O"),
    ("rp-id_token-kid-absent-multiple-jwks", "O"),
    ("rp-id_token-kid-absent-single-jwks", "O"),
    ("rp-id_token-sig+enc", "O"),
    ("rp-id_token-sig+enc-a128kw", "O"),
    ("rp-id_token-sig-es256", "O"),
    ("rp-id_token-sig-hs256", "O"),
    ("rp-nonce-invalid", "O"),
    ("rp-token_endpoint-client_secret_post", "O"),
    ("rp-userinfo-bad-sub-claim", "O"),
    ("rp-userinfo-enc", "O"),
    ("rp-userinfo-sig", "O"),
    ("rp-userinfo-sig+enc", "O"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_plan_has_as_many_tests_as_the_suite_says() {
        for profile in PROFILES {
            let count = profile.tests().count();
            assert_eq!(count, profile.count.unwrap_or(count), "{}", profile.name);
            assert!(count > 0, "{}", profile.name);
        }
    }

    #[test]
    fn every_test_is_asked_for_somewhere_and_named_once() {
        let known: BTreeSet<&str> =
            PROFILES.iter().flat_map(|profile| profile.places).map(|(place, _)| *place).collect();
        let mut names = BTreeSet::new();
        for (module, places) in TESTS {
            assert!(places.split(' ').all(|place| known.contains(place)), "{module}: {places}");
            assert!(names.insert(in_rust(module)), "{module}");
        }
    }
}
