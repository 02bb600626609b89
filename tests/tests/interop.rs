//! Against a certified provider that is not ours, on both transports: `cargo xtask interop`.

#![expect(clippy::duplicate_mod, reason = "each scenario is mounted once per transport")]

#[path = "."]
mod with_reqwest {
    use tegata_tests::reqwest_backend as backend;

    #[path = "scenarios/interop/after.rs"]
    mod after;
    #[path = "scenarios/interop/party.rs"]
    mod party;
    #[path = "scenarios/interop/sign_in.rs"]
    mod sign_in;
}

#[path = "."]
mod with_ureq {
    use tegata_tests::ureq_backend as backend;

    #[path = "scenarios/interop/after.rs"]
    mod after;
    #[path = "scenarios/interop/party.rs"]
    mod party;
    #[path = "scenarios/interop/sign_in.rs"]
    mod sign_in;
}
