//! What `cargo test` said of each test, by profile, response type, transport and module.

use std::collections::BTreeMap;

use super::expected::{PROFILES, Profile};

pub(crate) const TRANSPORTS: [&str; 2] = ["ureq", "reqwest"];

/// Whether each test passed, by its name.
#[derive(Debug, Default)]
pub(crate) struct Results(BTreeMap<String, bool>);

impl Results {
    /// Reads lines such as `test basic::code::ureq::oidcc_client_test ... ok`.
    pub(crate) fn read(output: &str) -> Self {
        let results = output.lines().filter_map(|line| {
            let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
            Some((name.to_owned(), result == "ok"))
        });
        Self(results.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of these response types pass on `transport`.
    pub(crate) fn passed(
        &self,
        profile: &Profile,
        response_types: &[&str],
        transport: &str,
        module: &str,
    ) -> usize {
        let name = |kind: &&&str| name(profile, kind, transport, module);
        response_types.iter().filter(|kind| self.0.get(&name(kind)) == Some(&true)).count()
    }

    /// A line for each test that failed, is missing, or is not one of the suite's.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let expected: Vec<String> = PROFILES.iter().flat_map(names).collect();
        let missing = expected.iter().filter(|name| !self.0.contains_key(*name));
        let failed = self.0.iter().filter(|(_, passed)| !**passed);
        let unknown = self.0.keys().filter(|name| !expected.contains(name));
        let missing = missing.map(|name| format!("{name} is missing"));
        let failed = failed.map(|(name, _)| format!("{name} failed"));
        let unknown = unknown.map(|name| format!("{name} is none of the suite's tests"));
        failed.chain(missing).chain(unknown).collect()
    }
}

fn names(profile: &'static Profile) -> impl Iterator<Item = String> {
    profile.tests().flat_map(move |(module, kind)| {
        TRANSPORTS.map(|transport| name(profile, kind, transport, &module))
    })
}

fn name(profile: &Profile, response_type: &str, transport: &str, module: &str) -> String {
    format!("{}::{response_type}::{transport}::{module}", profile.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> &'static Profile {
        PROFILES.iter().find(|profile| profile.name == name).unwrap()
    }

    #[test]
    fn counts_what_passed_and_lists_what_did_not() {
        let output = "running 3 tests\n\
            test hybrid::code_token::ureq::oidcc_client_test ... ok\n\
            test hybrid::code_id_token::ureq::oidcc_client_test ... FAILED\n\
            test basic::code::ureq::oidcc_client_test_own ... ok\n";
        let results = Results::read(output);
        let kinds = ["code_id_token", "code_token"];
        let passed =
            |transport| results.passed(profile("hybrid"), &kinds, transport, "oidcc_client_test");
        assert_eq!((passed("ureq"), passed("reqwest")), (1, 0));
        let complaints = results.complaints();
        let has = |line: &str| complaints.iter().any(|complaint| complaint == line);
        assert!(has("hybrid::code_id_token::ureq::oidcc_client_test failed"));
        assert!(has("hybrid::code_token::reqwest::oidcc_client_test is missing"));
        assert!(has("basic::code::ureq::oidcc_client_test_own is none of the suite's tests"));
        assert!(!has("hybrid::code_token::ureq::oidcc_client_test is missing"));
    }
}
