//! The four documents that this workspace implements, step by step, on both transports: each test is
//! named after the step that it is about. `docs/coverage.md` says which is where.

#![expect(clippy::duplicate_mod, reason = "each scenario is mounted once per transport")]
#![expect(clippy::unwrap_used, reason = "a test without its stage cannot go on")]

#[path = "."]
mod with_reqwest {
    use tegata_tests::reqwest_backend as backend;
    use tegata_tests::reqwest_tokens::Tokens;

    #[path = "scenarios/documents/add_a_provider.rs"]
    mod add_a_provider;
    #[path = "scenarios/documents/cross_account_protection.rs"]
    mod cross_account_protection;
    #[path = "scenarios/documents/google_server_side.rs"]
    mod google_server_side;
    #[path = "scenarios/documents/google_web_server.rs"]
    mod google_web_server;
    #[path = "scenarios/documents/offline_access.rs"]
    mod offline_access;
    #[expect(dead_code, reason = "other scenarios use the rest of the stage")]
    #[path = "scenarios/stage.rs"]
    mod stage;
    #[path = "scenarios/documents/yahoo_japan.rs"]
    mod yahoo_japan;
}

#[path = "."]
mod with_ureq {
    use tegata_tests::ureq_backend as backend;
    use tegata_tests::ureq_tokens::Tokens;

    #[path = "scenarios/documents/add_a_provider.rs"]
    mod add_a_provider;
    #[path = "scenarios/documents/cross_account_protection.rs"]
    mod cross_account_protection;
    #[path = "scenarios/documents/google_server_side.rs"]
    mod google_server_side;
    #[path = "scenarios/documents/google_web_server.rs"]
    mod google_web_server;
    #[path = "scenarios/documents/offline_access.rs"]
    mod offline_access;
    #[expect(dead_code, reason = "other scenarios use the rest of the stage")]
    #[path = "scenarios/stage.rs"]
    mod stage;
    #[path = "scenarios/documents/yahoo_japan.rs"]
    mod yahoo_japan;
}
