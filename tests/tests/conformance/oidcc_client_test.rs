//! `oidcc-client-test`: nothing is wrong, and much is odd: response types in unusual order, algorithms
//! and keys that few know, an issuer that ends in a slash, no `expires_in`, a client whose name and
//! secret are punctuation. The sign-in goes to its end.

use tegata_core::authorize::ResponseType;
use tegata_testkit::Endpoint as At;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    let signed_in = stage.accepts();
    let kind = variant.response_type;
    assert_eq!(signed_in.tokens().is_some(), kind != ResponseType::IdToken);
    assert_eq!(signed_in.front_tokens().is_some(), kind.has_token());
    assert!(signed_in.tokens().is_none_or(|tokens| tokens.expires_at().is_none()));
    let counts =
        [At::Discovery, At::Jwks, At::Token, At::UserInfo].map(|at| stage.provider.count(at));
    let (exchanges, calls) =
        (usize::from(kind.has_code()), usize::from(kind != ResponseType::IdToken));
    assert_eq!(counts, [1, 1, exchanges, calls]);
}
