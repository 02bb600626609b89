//! `oidcc-client-test-client-secret-basic`: the provider takes `client_secret_basic` alone. Both halves
//! are form-urlencoded before they are joined (RFC 6749 §2.3.1), which shows with a name and a secret
//! that are full of punctuation.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tegata_testkit::{Client as Registered, Endpoint as At, Fault};
use url::form_urlencoded::byte_serialize;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::ClientSecretBasicOnly);
    stage.accepts();
    let sent = stage.provider.requests();
    let sent = sent.iter().find(|seen| seen.endpoint() == At::Token).unwrap();
    let encoded = |half: &str| byte_serialize(half.as_bytes()).collect::<String>();
    let halves = [Registered::ODD_ID, Registered::ODD_SECRET].map(encoded);
    let expected = format!("Basic {}", BASE64_STANDARD.encode(halves.join(":")));
    assert_eq!(sent.header("authorization"), Some(&*expected));
}
