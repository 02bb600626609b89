//! `oidcc-client-test-signing-key-rotation`: all keys are replaced between two sign-ins. The second
//! one takes a second look at the key set.

use tegata_testkit::{Endpoint as At, OldKeys};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    stage.accepts();
    stage.provider.rotate_keys(OldKeys::Dropped);
    stage.accepts();
    let counts = [At::Discovery, At::Jwks, At::UserInfo].map(|at| stage.provider.count(at));
    assert_eq!(counts, [1, 2, 2]);
}
