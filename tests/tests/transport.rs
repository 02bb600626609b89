//! The transport contract, each rule on a real socket, the same for both transports.

#![expect(clippy::duplicate_mod, reason = "each scenario is mounted once per transport")]

#[path = "."]
mod with_reqwest {
    use tegata_tests::reqwest_backend as backend;

    #[path = "scenarios/transport/addresses.rs"]
    mod addresses;
    #[path = "scenarios/transport/driver.rs"]
    mod driver;
    #[path = "scenarios/transport/limits.rs"]
    mod limits;
    #[path = "scenarios/transport/messages.rs"]
    mod messages;
    #[path = "scenarios/transport/proxy.rs"]
    mod proxy;
    #[path = "scenarios/transport/retries.rs"]
    mod retries;
    #[path = "scenarios/transport/tls.rs"]
    mod tls;
}

#[path = "."]
mod with_ureq {
    use tegata_tests::ureq_backend as backend;

    #[path = "scenarios/transport/addresses.rs"]
    mod addresses;
    #[path = "scenarios/transport/driver.rs"]
    mod driver;
    #[path = "scenarios/transport/limits.rs"]
    mod limits;
    #[path = "scenarios/transport/messages.rs"]
    mod messages;
    #[path = "scenarios/transport/proxy.rs"]
    mod proxy;
    #[path = "scenarios/transport/retries.rs"]
    mod retries;
    #[path = "scenarios/transport/tls.rs"]
    mod tls;
}
