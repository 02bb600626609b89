//! PEM texts of public keys: SubjectPublicKeyInfo, PKCS#1 and X.509 certificates (RFC 7468).
//!
//! A certificate is a wrapping here and nothing more: providers publish keys in self-signed ones
//! (Google's `/oauth2/v1/certs`), and trust in them comes from the address they were fetched from.

use der::{Decode as _, Document, Encode as _};
use x509_cert::Certificate;

use crate::jwk::{KeyFault, PublicKey};

/// Reads one public key: `PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE`.
///
/// # Errors
///
/// [`KeyFault`]; [`KeyFault::Secret`] for a private key.
pub fn public_key_from_pem(pem: &str) -> Result<PublicKey, KeyFault> {
    // Line ends: JSON maps carry "\n", files from Windows "\r\n"; both are RFC 7468's `eol`.
    let (label, document) =
        Document::from_pem(pem.trim_ascii()).map_err(|_| KeyFault::Malformed)?;
    match label {
        "PUBLIC KEY" => PublicKey::from_spki_der(document.as_bytes()),
        "RSA PUBLIC KEY" => PublicKey::rsa_pkcs1(document.as_bytes()),
        "CERTIFICATE" => {
            let certificate =
                Certificate::from_der(document.as_bytes()).map_err(|_| KeyFault::Malformed)?;
            let info = certificate.tbs_certificate().subject_public_key_info();
            PublicKey::from_spki_der(&info.to_der().map_err(|_| KeyFault::Malformed)?)
        }
        private if private.ends_with("PRIVATE KEY") => Err(KeyFault::Secret),
        _ => Err(KeyFault::Unsupported),
    }
}

/// Writes `key` as `PUBLIC KEY`.
#[must_use]
pub fn public_key_to_pem(key: &PublicKey) -> String {
    // Fails only when a length overflows, and every length was limited when the key was made.
    Document::try_from(key.to_spki_der())
        .and_then(|document| document.to_pem("PUBLIC KEY", der::pem::LineEnding::LF))
        .unwrap_or_default()
}
