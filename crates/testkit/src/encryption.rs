//! Clients whose answers are encrypted: signed first and then for the client alone (OpenID Connect
//! Registration §2, Core §10.2). With the feature `jwe`.
//!
//! ```
//! use tegata_testkit::Client;
//! use tegata_testkit::encryption::{
//!     self, ContentEncryption, Encryption, KeyManagement, recipient
//! };
//!
//! let agreed = Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A256Gcm);
//! let client = Client::default().id_token_encrypted_response(agreed, recipient());
//! let decrypts_by = encryption::PRIVATE_KEY;
//! assert!(decrypts_by.starts_with("-----BEGIN PRIVATE KEY-----"));
//! ```
//!
//! Encrypted by `tegata-jose`, which the vectors of the specifications hold to account: ring, by
//! which everything here is signed, encrypts nothing for RSA.

mod misbehave;

use std::sync::Arc;

use ring::digest::{SHA256, SHA384, SHA512, digest};
use tegata_jose::jwe::encrypt;
use tegata_jose::pem::public_key_from_pem;

pub use tegata_jose::jwe::{ContentEncryption, Encryption, KeyManagement, Recipient};

use crate::client::{Client, Encrypt};
use crate::{CountingRandom, Faults};

/// A private key of RSA in PEM, for everybody to read: what is encrypted for [`recipient`] is
/// decrypted by it.
pub const PRIVATE_KEY: &str = include_str!("keys/client-rsa.pem");

/// The owner of [`PRIVATE_KEY`].
#[must_use]
pub fn recipient() -> Recipient {
    of_pem(include_str!("keys/client-rsa.pub.pem"))
}

/// Whoever has the client secret: for `A128KW`, `A256KW` and `dir` (OpenID Connect Core §10.2).
#[must_use]
pub fn recipient_by_secret(client_secret: &str, agreed: Encryption) -> Recipient {
    let bits = match (agreed.key, agreed.content) {
        (KeyManagement::A128Kw, _) | (KeyManagement::Direct, ContentEncryption::A128Gcm) => 128,
        (KeyManagement::Direct, ContentEncryption::A192Gcm) => 192,
        (KeyManagement::Direct, ContentEncryption::A192CbcHs384) => 384,
        (KeyManagement::Direct, ContentEncryption::A256CbcHs512) => 512,
        _ => 256,
    };
    let hash = match bits {
        ..=256 => &SHA256,
        257..=384 => &SHA384,
        _ => &SHA512,
    };
    let hash = digest(hash, client_secret.as_bytes());
    let (key, _) = hash.as_ref().split_at(bits / 8);
    Recipient::from_secret(key)
}

impl Client {
    /// Registers `id_token_encrypted_response_alg` and `…_enc`: ID tokens and logout tokens are
    /// signed and then encrypted for `recipient`.
    ///
    /// ID tokens cannot be issued any more when its key is none for the algorithm.
    #[must_use]
    pub fn id_token_encrypted_response(mut self, agreed: Encryption, recipient: Recipient) -> Self {
        self.encrypt_id_token = Some(encryptor(agreed, recipient));
        self
    }

    /// Registers `userinfo_encrypted_response_alg` and `…_enc`: UserInfo is encrypted for
    /// `recipient`, after it was signed when that is registered too.
    #[must_use]
    pub fn userinfo_encrypted_response(mut self, agreed: Encryption, recipient: Recipient) -> Self {
        self.encrypt_userinfo = Some(encryptor(agreed, recipient));
        self
    }
}

fn encryptor(agreed: Encryption, recipient: Recipient) -> Encrypt {
    let random = CountingRandom::new();
    Arc::new(move |content: &str, is_token: bool, faults: &Faults| {
        if !misbehave::is_encrypted(faults) {
            return None;
        }
        let (content, header) = misbehave::content(faults, content, is_token);
        let agreed = misbehave::encryption(faults, agreed);
        let stranger = misbehave::recipient(faults, agreed);
        let recipient = stranger.as_ref().unwrap_or(&recipient);
        let token = encrypt(content.as_bytes(), recipient, agreed, &header, &random)
            .expect("the key that a client registered is one for the algorithm");
        Some(misbehave::token(faults, token.expose()))
    })
}

fn of_pem(pem: &str) -> Recipient {
    let key = public_key_from_pem(pem).expect("the test keys of this crate are readable");
    Recipient::from_public_key(&key).expect("the test keys of this crate encrypt")
}
