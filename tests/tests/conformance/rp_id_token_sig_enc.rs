//! `rp-id_token-sig+enc` of the tool of 2020: ID tokens are signed and then encrypted, as was
//! registered. The tool does so by RSA1_5, which is refused here whoever asks for it (RFC 8725 §3.2);
//! so by RSA-OAEP-256.

use tegata_core::error::TokenFault;
use tegata_oidc::decryption::{ContentEncryption, Decryption, Encryption, KeyManagement};
use tegata_testkit::Fault;
use tegata_testkit::encryption::recipient;

use super::stage::{Stage, Variant, decryption_key, registered};

const AGREED: Encryption =
    Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A128CbcHs256);

pub(crate) fn run(variant: Variant) {
    let signed_in = stage(variant).accepts();
    let raw = signed_in.tokens().and_then(|tokens| tokens.id_token()).unwrap();
    assert_eq!(raw.expose().split('.').count(), 5, "it came encrypted");

    for (fault, rule) in [
        (Fault::EncryptionAlgRsa15, TokenFault::AlgorithmNotAllowed),
        (Fault::EncryptionEncOther, TokenFault::AlgorithmNotAllowed),
        (Fault::EncryptionMissing, TokenFault::NotEncrypted),
        (Fault::EncryptionUnsigned, TokenFault::NotSigned),
        (Fault::SignatureInvalid, TokenFault::Signature),
    ] {
        let stage = stage(variant);
        stage.provider.misbehave(fault);
        stage.refuses_id_token(rule);
    }
}

fn stage(variant: Variant) -> Stage {
    let client = registered().id_token_encrypted_response(AGREED, recipient());
    let decryption = Decryption::new([decryption_key()]).with_id_tokens(AGREED);
    variant.encrypted(client, decryption)
}
