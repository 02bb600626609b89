//! The OpenID Foundation's tests of relying parties, with the fake provider in the suite's part.
//!
//! A file of `conformance/` is one test module of the suite, named as it is there: how the provider
//! behaves, by names of the test kit's catalogue, and what our client must make of it. The tables
//! below mount each once per certification profile, response type and transport, as the suite's plans
//! do, and once more with `response_mode=form_post` where there is such a profile. So a test is called
//! `hybrid::code_token::ureq::oidcc_client_test_invalid_iss`.
//!
//! `cargo xtask conformance` runs them and compares with what the suite has: see
//! `docs/conformance.md`.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test without its stage cannot go on")]

#[path = "conformance"]
mod modules {
    pub(crate) mod audit;
    pub(crate) mod stage;

    pub(crate) mod oidcc_client_test;
    pub(crate) mod oidcc_client_test_invalid_athash;
    pub(crate) mod oidcc_client_test_invalid_aud;
    pub(crate) mod oidcc_client_test_invalid_chash;
    pub(crate) mod oidcc_client_test_invalid_iss;
    pub(crate) mod oidcc_client_test_missing_athash;
    pub(crate) mod oidcc_client_test_missing_chash;
    pub(crate) mod oidcc_client_test_missing_iat;
    pub(crate) mod oidcc_client_test_missing_sub;
    pub(crate) mod oidcc_client_test_nonce_invalid;
}

/// Mounts modules: the profile and, behind `+`, the same by form post; then for each response type
/// the modules that it has. A module is a file with `run(Variant)`.
macro_rules! mount {
    ($profile:ident + $form_post:ident { $($types:tt)+ }) => {
        mount!($profile { $($types)+ });
        mod $form_post { mount!(@types { Some(crate::ResponseMode::FormPost) } $($types)+); }
    };
    ($profile:ident { $($types:tt)+ }) => {
        mod $profile { mount!(@types { None } $($types)+); }
    };
    (@types $mode:tt $($name:ident $kind:ident [$($module:ident)+])+) => {
        $(mod $name {
            mod reqwest { mount!(@tests $mode Reqwest $kind [$($module)+]); }
            mod ureq { mount!(@tests $mode Ureq $kind [$($module)+]); }
        })+
    };
    (@tests { $mode:expr } $transport:ident $kind:ident [$($module:ident)+]) => {
        $(#[test]
        fn $module() {
            crate::modules::$module::run(crate::Variant {
                transport: crate::Transport::$transport,
                response_type: crate::ResponseType::$kind,
                response_mode: $mode,
            });
        })+
    };
}

use modules::stage::Variant;
use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_tests::both::Transport;

mount!(basic + form_post_basic {
    code Code [
        oidcc_client_test
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
});

mount!(implicit + form_post_implicit {
    id_token IdToken [
        oidcc_client_test
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
    id_token_token IdTokenToken [
        oidcc_client_test
        oidcc_client_test_invalid_athash
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_athash
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
});

mount!(hybrid + form_post_hybrid {
    code_id_token CodeIdToken [
        oidcc_client_test
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_chash
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_chash
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
    code_token CodeToken [
        oidcc_client_test
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
    code_id_token_token CodeIdTokenToken [
        oidcc_client_test
        oidcc_client_test_invalid_athash
        oidcc_client_test_invalid_aud
        oidcc_client_test_invalid_chash
        oidcc_client_test_invalid_iss
        oidcc_client_test_missing_athash
        oidcc_client_test_missing_chash
        oidcc_client_test_missing_iat
        oidcc_client_test_missing_sub
        oidcc_client_test_nonce_invalid
    ]
});
