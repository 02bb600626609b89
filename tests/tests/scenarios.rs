//! Signing in and what follows, at the fake provider, the same on both transports.

#![expect(clippy::duplicate_mod, reason = "each scenario is mounted once per transport")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test without its stage cannot go on")]

#[path = "."]
mod with_reqwest {
    use tegata_tests::reqwest_backend as backend;
    use tegata_tests::reqwest_tokens::Tokens;

    #[path = "scenarios/back_channel_logout.rs"]
    mod back_channel_logout;
    #[path = "scenarios/beyond_the_suite.rs"]
    mod beyond_the_suite;
    #[path = "scenarios/device.rs"]
    mod device;
    #[path = "scenarios/discovery.rs"]
    mod discovery;
    #[path = "scenarios/encrypted.rs"]
    mod encrypted;
    #[path = "scenarios/hostile.rs"]
    mod hostile;
    #[path = "scenarios/key_rotation.rs"]
    mod key_rotation;
    #[path = "scenarios/key_sources.rs"]
    mod key_sources;
    #[path = "scenarios/logout.rs"]
    mod logout;
    #[path = "scenarios/redaction.rs"]
    mod redaction;
    #[path = "scenarios/refresh.rs"]
    mod refresh;
    #[path = "scenarios/revoke.rs"]
    mod revoke;
    #[path = "scenarios/sign_in.rs"]
    mod sign_in;
    #[path = "scenarios/stage.rs"]
    mod stage;
    #[path = "scenarios/token_response.rs"]
    mod token_response;
    #[path = "scenarios/tokens.rs"]
    mod tokens;
    #[path = "scenarios/user_info.rs"]
    mod user_info;
}

#[path = "."]
mod with_ureq {
    use tegata_tests::ureq_backend as backend;
    use tegata_tests::ureq_tokens::Tokens;

    #[path = "scenarios/back_channel_logout.rs"]
    mod back_channel_logout;
    #[path = "scenarios/beyond_the_suite.rs"]
    mod beyond_the_suite;
    #[path = "scenarios/device.rs"]
    mod device;
    #[path = "scenarios/discovery.rs"]
    mod discovery;
    #[path = "scenarios/encrypted.rs"]
    mod encrypted;
    #[path = "scenarios/hostile.rs"]
    mod hostile;
    #[path = "scenarios/key_rotation.rs"]
    mod key_rotation;
    #[path = "scenarios/key_sources.rs"]
    mod key_sources;
    #[path = "scenarios/logout.rs"]
    mod logout;
    #[path = "scenarios/redaction.rs"]
    mod redaction;
    #[path = "scenarios/refresh.rs"]
    mod refresh;
    #[path = "scenarios/revoke.rs"]
    mod revoke;
    #[path = "scenarios/sign_in.rs"]
    mod sign_in;
    #[path = "scenarios/stage.rs"]
    mod stage;
    #[path = "scenarios/token_response.rs"]
    mod token_response;
    #[path = "scenarios/tokens.rs"]
    mod tokens;
    #[path = "scenarios/user_info.rs"]
    mod user_info;
}
