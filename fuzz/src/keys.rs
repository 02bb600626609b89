//! Keys from strangers: JWK sets, maps of PEM and X.509, single keys, and the encoding in them.

use tegata_jose::base64url as strict;
use tegata_jose::jwk::PublicKey;
use tegata_jose::jwks::KeySet;
use tegata_jose::pem::{public_key_from_pem, public_key_to_pem};

/// One text for each value: what decodes, encodes to the same text, and by the alphabet alone.
pub fn base64url(data: &[u8]) {
    assert_eq!(strict::decode(strict::encode(data)).ok().as_deref(), Some(data));
    let decoded = strict::decode(data).ok();
    assert_eq!(decoded, reference(data));
    if let Some(decoded) = decoded {
        assert_eq!(strict::encode(decoded).as_bytes(), data);
    }
}

/// Six bits at a time; what is left over must be zero and less than a character.
fn reference(text: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bits = Vec::new();
    for byte in text {
        let value = ALPHABET.iter().position(|known| known == byte)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let rest = bits.len() % 8;
    if rest >= 6 || bits[bits.len() - rest..].contains(&true) {
        return None;
    }
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    Some(bits.chunks_exact(8).map(byte).collect())
}

/// A bad key spoils no set, and a set is no longer than its document.
pub fn jwks(data: &[u8]) {
    let Ok(keys) = KeySet::from_jwks(data) else { return };
    assert!(keys.len() + keys.skipped() <= data.len());
    // A weak key has a name and no use.
    assert!(keys.ids().count() <= keys.len() + keys.skipped());
    let _ = format!("{keys:?}");
}

/// Both kinds of map: public keys as at Yahoo! JAPAN, certificates as at Google.
pub fn key_map(data: &[u8]) {
    let Ok(keys) = KeySet::from_pem_map(data) else { return };
    assert!(keys.len() + keys.skipped() <= data.len());
    assert!(keys.ids().count() >= keys.len(), "each key of a map has a name");
}

/// A key reads back from each form that it is written in.
pub fn spki(data: &[u8]) {
    let from_pem = std::str::from_utf8(data).ok().and_then(|pem| public_key_from_pem(pem).ok());
    for key in [PublicKey::from_spki_der(data).ok(), from_pem].into_iter().flatten() {
        let jwk = key.to_jwk();
        let text = serde_json::to_vec(&serde_json::json!({ "keys": [jwk] })).expect("JSON");
        let keys = KeySet::from_jwks(&text).expect("a set");
        assert_eq!((keys.len(), keys.skipped()), (1, 0));
        let again = PublicKey::from_spki_der(&key.to_spki_der()).expect("what it writes");
        assert_eq!(again.to_jwk(), jwk);
        let again = public_key_from_pem(&public_key_to_pem(&key)).expect("what it writes");
        assert_eq!(again.to_jwk(), jwk);
    }
}
