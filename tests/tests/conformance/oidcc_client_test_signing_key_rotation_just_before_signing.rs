//! `oidcc-client-test-signing-key-rotation-just-before-signing`: the ID token is signed with a key that
//! is newer than those the client holds. It asks for the keys once more, and once only.

use tegata_testkit::{Endpoint as At, Fault};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::KeysRotated);
    stage.accepts();
    assert_eq!(stage.provider.count(At::Jwks), 2);
}
