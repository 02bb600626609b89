//! `oidcc-client-test-form-post-error`: the user is to be signed in silently and now, which cannot be.
//! The error comes in a posted form, with the state, and costs no request.

use std::time::Duration;

use tegata_core::authorize::Prompt;
use tegata_core::error::{ErrorCode, Fault as Refusal};
use tegata_core::http::Endpoint;
use tegata_testkit::{Endpoint as At, Fault};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, Variant};

pub(crate) fn run(variant: Variant) {
    let refused = Verdict::refused(Endpoint::Authorization, ErrorCode::LoginRequired);
    assert_eq!(silently(&variant.honest()), refused);
    // A certified provider sends the page with status 400; the browser posts the form all the same.
    assert_eq!(silently(&variant.with(Fault::CallbackPage400)), refused);
    // Whoever posts an error into the browser does not know the state.
    let verdict = silently(&variant.with(Fault::CallbackStateMismatch));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Authorization, Refusal::State));
}

fn silently(stage: &Stage) -> Verdict {
    let request = stage.request().prompt(&[Prompt::None]).unwrap().max_age(Duration::ZERO);
    let verdict = Verdict::on(stage.sign_in(request));
    let counts = [At::Jwks, At::Token, At::UserInfo].map(|at| stage.provider.count(at));
    assert_eq!(counts, [0, 0, 0]);
    verdict
}
