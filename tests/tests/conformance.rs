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
    pub(crate) mod logout;
    pub(crate) mod stage;

    pub(crate) mod oidcc_client_test;
    pub(crate) mod oidcc_client_test_3rd_party_init_login;
    pub(crate) mod oidcc_client_test_aggregated_claims;
    pub(crate) mod oidcc_client_test_client_secret_basic;
    pub(crate) mod oidcc_client_test_discovery_issuer_mismatch;
    pub(crate) mod oidcc_client_test_discovery_jwks_uri_keys;
    pub(crate) mod oidcc_client_test_discovery_openid_config;
    pub(crate) mod oidcc_client_test_distributed_claims;
    pub(crate) mod oidcc_client_test_form_post_error;
    pub(crate) mod oidcc_client_test_idtoken_sig_none;
    pub(crate) mod oidcc_client_test_idtoken_sig_rs256;
    pub(crate) mod oidcc_client_test_invalid_athash;
    pub(crate) mod oidcc_client_test_invalid_aud;
    pub(crate) mod oidcc_client_test_invalid_chash;
    pub(crate) mod oidcc_client_test_invalid_iss;
    pub(crate) mod oidcc_client_test_invalid_sig_es256;
    pub(crate) mod oidcc_client_test_invalid_sig_hs256;
    pub(crate) mod oidcc_client_test_invalid_sig_rs256;
    pub(crate) mod oidcc_client_test_kid_absent_multiple_jwks;
    pub(crate) mod oidcc_client_test_kid_absent_single_jwks;
    pub(crate) mod oidcc_client_test_missing_athash;
    pub(crate) mod oidcc_client_test_missing_aud;
    pub(crate) mod oidcc_client_test_missing_chash;
    pub(crate) mod oidcc_client_test_missing_iat;
    pub(crate) mod oidcc_client_test_missing_sub;
    pub(crate) mod oidcc_client_test_nonce_invalid;
    pub(crate) mod oidcc_client_test_nonce_unless_code_flow;
    pub(crate) mod oidcc_client_test_refresh_token;
    pub(crate) mod oidcc_client_test_refresh_token_invalid_issuer;
    pub(crate) mod oidcc_client_test_refresh_token_invalid_sub;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_alg_none;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_no_event;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event;
    pub(crate) mod oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss;
    pub(crate) mod oidcc_client_test_rp_frontchannel_opinitlogout;
    pub(crate) mod oidcc_client_test_rp_frontchannel_rpinitlogout;
    pub(crate) mod oidcc_client_test_rp_init_logout;
    pub(crate) mod oidcc_client_test_rp_init_logout_no_state;
    pub(crate) mod oidcc_client_test_rp_init_logout_other_state;
    pub(crate) mod oidcc_client_test_scope_userinfo_claims;
    pub(crate) mod oidcc_client_test_session_management;
    pub(crate) mod oidcc_client_test_signing_key_rotation;
    pub(crate) mod oidcc_client_test_signing_key_rotation_just_before_signing;
    pub(crate) mod oidcc_client_test_userinfo_bearer_body;
    pub(crate) mod oidcc_client_test_userinfo_bearer_header;
    pub(crate) mod oidcc_client_test_userinfo_invalid_sub;
    pub(crate) mod oidcc_client_test_userinfo_signed;
    pub(crate) mod rp_backchannel_rpinitlogout;
    pub(crate) mod rp_backchannel_rpinitlogout_lt_wrong_aud;
    pub(crate) mod rp_backchannel_rpinitlogout_lt_wrong_issuer;
    pub(crate) mod rp_claims_request_id_token;
    pub(crate) mod rp_claims_request_userinfo;
    pub(crate) mod rp_discovery_issuer_not_matching_config;
    pub(crate) mod rp_id_token_aud;
    pub(crate) mod rp_id_token_bad_at_hash;
    pub(crate) mod rp_id_token_bad_c_hash;
    pub(crate) mod rp_id_token_bad_sig_rs256;
    pub(crate) mod rp_id_token_issuer_mismatch;
    pub(crate) mod rp_id_token_kid_absent_multiple_jwks;
    pub(crate) mod rp_id_token_kid_absent_single_jwks;
    pub(crate) mod rp_id_token_sig_enc;
    pub(crate) mod rp_id_token_sig_enc_a128kw;
    pub(crate) mod rp_id_token_sig_es256;
    pub(crate) mod rp_id_token_sig_hs256;
    pub(crate) mod rp_nonce_invalid;
    pub(crate) mod rp_token_endpoint_client_secret_post;
    pub(crate) mod rp_userinfo_bad_sub_claim;
    pub(crate) mod rp_userinfo_enc;
    pub(crate) mod rp_userinfo_sig;
    pub(crate) mod rp_userinfo_sig_enc;
}

/// Mounts modules, which are files with `run(Variant)`: the profile, or a profile and the same by form
/// post; the modules that it has for each response type; the response types, each with those that it
/// has alone.
macro_rules! mount {
    ($profile:ident + $form_post:ident: $shared:tt $types:tt) => {
        mount!($profile: $shared $types);
        mount!(+ $form_post: $shared $types);
    };
    (+ $form_post:ident: $shared:tt $types:tt) => {
        mod $form_post { mount!(@types { Some(crate::ResponseMode::FormPost) } $shared $types); }
    };
    ($profile:ident: $shared:tt $types:tt) => {
        mod $profile { mount!(@types { None } $shared $types); }
    };
    (@types $mode:tt $shared:tt every) => {
        mount!(@types $mode $shared {
            code Code []
            id_token IdToken []
            id_token_token IdTokenToken []
            code_id_token CodeIdToken []
            code_token CodeToken []
            code_id_token_token CodeIdTokenToken []
        });
    };
    (@types $mode:tt $shared:tt { $($name:ident $kind:ident $own:tt)+ }) => {
        $(mod $name {
            mod reqwest { mount!(@tests $mode Reqwest $kind $shared $own); }
            mod ureq { mount!(@tests $mode Ureq $kind $shared $own); }
        })+
    };
    (@tests $mode:tt $transport:ident $kind:ident [$($shared:ident)*] [$($own:ident)*]) => {
        mount!(@each $mode $transport $kind $($shared)* $($own)*);
    };
    (@each { $mode:expr } $transport:ident $kind:ident $($module:ident)+) => {
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

mount!(basic + form_post_basic: [
    oidcc_client_test
    oidcc_client_test_client_secret_basic
    oidcc_client_test_idtoken_sig_none
    oidcc_client_test_idtoken_sig_rs256
    oidcc_client_test_invalid_aud
    oidcc_client_test_invalid_iss
    oidcc_client_test_invalid_sig_rs256
    oidcc_client_test_kid_absent_multiple_jwks
    oidcc_client_test_kid_absent_single_jwks
    oidcc_client_test_missing_iat
    oidcc_client_test_missing_sub
    oidcc_client_test_nonce_invalid
    oidcc_client_test_scope_userinfo_claims
    oidcc_client_test_userinfo_invalid_sub
] { code Code [] });

mount!(implicit + form_post_implicit: [
    oidcc_client_test
    oidcc_client_test_idtoken_sig_rs256
    oidcc_client_test_invalid_aud
    oidcc_client_test_invalid_iss
    oidcc_client_test_invalid_sig_rs256
    oidcc_client_test_kid_absent_multiple_jwks
    oidcc_client_test_kid_absent_single_jwks
    oidcc_client_test_missing_iat
    oidcc_client_test_missing_sub
    oidcc_client_test_nonce_invalid
    oidcc_client_test_nonce_unless_code_flow
    oidcc_client_test_scope_userinfo_claims
] {
    id_token IdToken []
    id_token_token IdTokenToken [
        oidcc_client_test_invalid_athash
        oidcc_client_test_missing_athash
        oidcc_client_test_userinfo_invalid_sub
    ]
});

mount!(hybrid + form_post_hybrid: [
    oidcc_client_test
    oidcc_client_test_client_secret_basic
    oidcc_client_test_idtoken_sig_rs256
    oidcc_client_test_invalid_aud
    oidcc_client_test_invalid_iss
    oidcc_client_test_invalid_sig_rs256
    oidcc_client_test_kid_absent_multiple_jwks
    oidcc_client_test_kid_absent_single_jwks
    oidcc_client_test_missing_iat
    oidcc_client_test_missing_sub
    oidcc_client_test_nonce_invalid
    oidcc_client_test_nonce_unless_code_flow
    oidcc_client_test_scope_userinfo_claims
    oidcc_client_test_userinfo_invalid_sub
] {
    code_id_token CodeIdToken [
        oidcc_client_test_invalid_chash
        oidcc_client_test_missing_chash
    ]
    code_token CodeToken []
    code_id_token_token CodeIdTokenToken [
        oidcc_client_test_invalid_athash
        oidcc_client_test_invalid_chash
        oidcc_client_test_missing_athash
        oidcc_client_test_missing_chash
    ]
});

mount!(config: [
    oidcc_client_test_discovery_issuer_mismatch
    oidcc_client_test_discovery_jwks_uri_keys
    oidcc_client_test_discovery_openid_config
    oidcc_client_test_idtoken_sig_none
    oidcc_client_test_signing_key_rotation
    oidcc_client_test_signing_key_rotation_just_before_signing
] { code Code [] });

mount!(refresh_token: [
    oidcc_client_test_refresh_token
    oidcc_client_test_refresh_token_invalid_issuer
    oidcc_client_test_refresh_token_invalid_sub
] { code Code [] });

mount!(third_party_init_login: [oidcc_client_test_3rd_party_init_login] { code Code [] });

// The suite has a plan of each for Basic, Implicit and Hybrid: every response type once.
mount!(rp_initiated_logout: [
    oidcc_client_test_rp_init_logout
    oidcc_client_test_rp_init_logout_no_state
    oidcc_client_test_rp_init_logout_other_state
] every);

mount!(front_channel_logout: [oidcc_client_test_rp_frontchannel_rpinitlogout] every);

mount!(back_channel_logout: [
    oidcc_client_test_rp_backchannel_rpinitlogout
    oidcc_client_test_rp_backchannel_rpinitlogout_alg_none
    oidcc_client_test_rp_backchannel_rpinitlogout_no_event
    oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce
    oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg
    oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud
    oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event
    oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss
] every);

mount!(session_management: [oidcc_client_test_session_management] every);

// Tests of the suite that no certification profile asks for.
mount!(comprehensive: [
    oidcc_client_test_aggregated_claims
    oidcc_client_test_distributed_claims
    oidcc_client_test_invalid_sig_es256
    oidcc_client_test_invalid_sig_hs256
    oidcc_client_test_missing_aud
    oidcc_client_test_rp_frontchannel_opinitlogout
    oidcc_client_test_userinfo_bearer_body
    oidcc_client_test_userinfo_bearer_header
    oidcc_client_test_userinfo_signed
] { code Code [] });

mount!(+ form_post_comprehensive: [oidcc_client_test_form_post_error] every);

// The tool of 2020 tested much of the same with other values; those that differ.
mount!(legacy: [] {
    code Code [
        rp_backchannel_rpinitlogout
        rp_backchannel_rpinitlogout_lt_wrong_aud
        rp_backchannel_rpinitlogout_lt_wrong_issuer
        rp_claims_request_id_token
        rp_claims_request_userinfo
        rp_discovery_issuer_not_matching_config
        rp_id_token_aud
        rp_id_token_bad_sig_rs256
        rp_id_token_issuer_mismatch
        rp_id_token_kid_absent_multiple_jwks
        rp_id_token_kid_absent_single_jwks
        rp_id_token_sig_enc
        rp_id_token_sig_enc_a128kw
        rp_id_token_sig_es256
        rp_id_token_sig_hs256
        rp_nonce_invalid
        rp_token_endpoint_client_secret_post
        rp_userinfo_bad_sub_claim
        rp_userinfo_enc
        rp_userinfo_sig
        rp_userinfo_sig_enc
    ]
    id_token_token IdTokenToken [rp_id_token_bad_at_hash]
    code_id_token CodeIdToken [rp_id_token_bad_c_hash]
});
