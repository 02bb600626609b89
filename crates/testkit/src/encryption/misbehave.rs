//! What can be wrong with an encrypted answer: each fault of `Place::Encryption`, in the order in
//! which an answer is made.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{ContentEncryption, Encryption, KeyManagement, Recipient, of_pem};
use crate::{Fault, Faults};

pub(super) fn is_encrypted(faults: &Faults) -> bool {
    !faults.has(Fault::EncryptionMissing)
}

/// What is encrypted, and what its header says of it; `is_token`: it was signed.
pub(super) fn content(
    faults: &Faults,
    content: &str,
    is_token: bool,
) -> (String, Map<String, Value>) {
    let mut header = Map::new();
    if faults.has(Fault::EncryptionZip) {
        header.insert("zip".into(), "DEF".into());
    }
    if is_token && faults.has(Fault::EncryptionUnsigned) {
        let payload = content.split('.').nth(1).expect("a compact JWS has three parts");
        let claims = String::from_utf8(decoded(payload)).expect("claims are text");
        return (claims, header);
    }
    if is_token && !faults.has(Fault::EncryptionCtyMissing) {
        header.insert("cty".into(), "JWT".into());
    }
    (content.to_owned(), header)
}

pub(super) fn encryption(faults: &Faults, agreed: Encryption) -> Encryption {
    if !faults.has(Fault::EncryptionEncOther) {
        return agreed;
    }
    let other = match agreed.content {
        ContentEncryption::A128CbcHs256 => ContentEncryption::A256Gcm,
        ContentEncryption::A256Gcm => ContentEncryption::A128CbcHs256,
        ContentEncryption::A128Gcm => ContentEncryption::A256CbcHs512,
        _ => ContentEncryption::A128Gcm,
    };
    Encryption::new(agreed.key, other)
}

pub(super) fn recipient(faults: &Faults, agreed: Encryption) -> Option<Recipient> {
    if !faults.has(Fault::EncryptionKeyOther) {
        return None;
    }
    Some(match agreed.key {
        KeyManagement::RsaOaep | KeyManagement::RsaOaep256 => {
            of_pem(include_str!("../keys/rsa-2.pub.pem"))
        }
        _ => super::recipient_by_secret("the secret of somebody else", agreed),
    })
}

pub(super) fn token(faults: &Faults, token: &str) -> String {
    let (header, rest) = token.split_once('.').expect("a compact JWE has five parts");
    // Whoever looked no further than the key would try it.
    if faults.has(Fault::EncryptionAlgRsa15) {
        let mut header: Map<String, Value> =
            serde_json::from_slice(&decoded(header)).expect("a header is an object");
        header.insert("alg".into(), "RSA1_5".into());
        let header = BASE64_URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
        return format!("{header}.{rest}");
    }
    if faults.has(Fault::EncryptionTagInvalid) {
        let (before, tag) = token.rsplit_once('.').expect("a compact JWE has five parts");
        let tag: Vec<u8> = decoded(tag).iter().map(|byte| byte ^ 0x5A).collect();
        return format!("{before}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag));
    }
    token.to_owned()
}

fn decoded(part: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(part).expect("a part of a token is base64url")
}
