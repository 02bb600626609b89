//! Against two providers that are not ours, on both transports: `cargo xtask interop`.

#![expect(clippy::duplicate_mod, reason = "each scenario is mounted once per transport")]

#[path = "."]
mod with_reqwest {
    use tegata_tests::reqwest_backend as backend;

    #[path = "scenarios/interop/after.rs"]
    mod after;
    #[path = "scenarios/interop/encrypted.rs"]
    mod encrypted;
    #[path = "scenarios/interop/party.rs"]
    mod party;
    #[path = "scenarios/interop/second.rs"]
    mod second;
    #[path = "scenarios/interop/sign_in.rs"]
    mod sign_in;
    #[path = "scenarios/interop/sign_out.rs"]
    mod sign_out;
}

#[path = "."]
mod with_ureq {
    use tegata_tests::ureq_backend as backend;

    #[path = "scenarios/interop/after.rs"]
    mod after;
    #[path = "scenarios/interop/encrypted.rs"]
    mod encrypted;
    #[path = "scenarios/interop/party.rs"]
    mod party;
    #[path = "scenarios/interop/second.rs"]
    mod second;
    #[path = "scenarios/interop/sign_in.rs"]
    mod sign_in;
    #[path = "scenarios/interop/sign_out.rs"]
    mod sign_out;
}
