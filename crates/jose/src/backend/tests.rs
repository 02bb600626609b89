//! What every crypto backend has to accept and to refuse.

use super::*;
use crate::algorithm::Algorithm;
use crate::test_keys;

#[test]
fn what_each_algorithm_signs_it_verifies() {
    for algorithm in ring().algorithms().filter(|algorithm| !algorithm.is_symmetric()) {
        let key = test_keys::signing(algorithm);
        let public = key.public_key().unwrap();
        let signed = key.sign(&serde_json::Map::new(), b"payload").unwrap();
        let (message, signature) = signed.expose().rsplit_once('.').unwrap();
        let mut signature = crate::base64url::decode(signature).unwrap();
        let verify = |message: &str, signature: &[u8]| {
            ring().verify(algorithm, public, message.as_bytes(), signature)
        };
        assert_eq!(verify(message, &signature), Ok(()), "{algorithm}");
        assert_eq!(verify("else", &signature), Err(CryptoFault::Rejected), "{algorithm}");
        signature[9] ^= 1;
        assert_eq!(verify(message, &signature), Err(CryptoFault::Rejected), "{algorithm}");
    }
}

#[test]
fn a_key_never_verifies_by_an_algorithm_of_another_type() {
    let rsa = test_keys::signing(Algorithm::RS256);
    for algorithm in Algorithm::ALL {
        let fits = rsa.public_key().unwrap().fits(*algorithm);
        assert_eq!(fits, algorithm.as_str().starts_with(['R', 'P']), "{algorithm}");
        if !fits {
            let verified = ring().verify(*algorithm, rsa.public_key().unwrap(), b"", b"");
            assert_eq!(verified, Err(CryptoFault::Rejected), "{algorithm}");
        }
    }
}

#[test]
fn names_the_algorithm_and_the_backend_that_lacks_it() {
    let fault = ring().signer(Algorithm::ES512, b"").unwrap_err();
    assert_eq!(fault.to_string(), "the crypto backend ring cannot do ES512");
}

#[test]
fn opens_only_what_was_sealed_exactly_so() {
    let (key, nonce) = ([7; 32], [9; 12]);
    let sealed = ring().seal(&key, &nonce, b"about", b"secret").unwrap();
    assert_eq!(ring().open(&key, &nonce, b"about", &sealed).unwrap(), b"secret");
    let open = |key, nonce, about: &[u8], sealed: &[u8]| ring().open(key, nonce, about, sealed);
    assert!(open(&[8; 32], &nonce, b"about", &sealed).is_err());
    assert!(open(&key, &[8; 12], b"about", &sealed).is_err());
    assert!(open(&key, &nonce, b"else", &sealed).is_err());
    assert!(open(&key, &nonce, b"about", &sealed[..sealed.len() - 1]).is_err());
    assert!(open(&key, &nonce, b"about", b"").is_err());
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&key, &nonce, b"about", &changed).is_err(), "bit {bit}");
    }
}
