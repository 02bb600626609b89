//! Compact JWE (RFC 7516 §7.1): decrypts what an issuer encrypted for us, encrypts request objects.
//!
//! ```text
//!   length ─▶ five parts ─▶ header: alg and enc as agreed on ─▶ content key ─▶ content
//! ```
//!
//! Decryption proves nothing about who wrote it: a token that was signed and then encrypted is still
//! to be verified (RFC 7519 §11.2). `RSA1_5`, `PBES2` and `zip` are not here: each was a way in
//! (RFC 8725 §3.2, §3.6). This module needs AWS-LC; ring decrypts no RSA.

mod agreement;
mod algorithm;
mod client_secret;
mod content;
mod key;

use std::fmt;

use serde_json::{Map, Value, json};
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::random::Random;
use tegata_core::secret::CompactToken;
use zeroize::Zeroizing;

pub use algorithm::{ContentEncryption, Encryption, KeyManagement};
pub use key::{DecryptionKey, Recipient};

use crate::backend::CryptoFault;
use crate::base64url;
use crate::header::{Header, is_media_type};
use crate::jws::MAX_TOKEN_BYTES;

/// A compact JWE as it came.
#[derive(Clone, Debug)]
pub struct EncryptedToken {
    token: CompactToken,
    kind: TokenKind,
}

impl EncryptedToken {
    /// Takes a token as it came, with no further meaning.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self::of_kind(TokenKind::Jwe, token)
    }

    /// Takes a token for one of this kind, whose name then stands in what is wrong with it.
    #[must_use]
    pub const fn of_kind(kind: TokenKind, token: CompactToken) -> Self {
        Self { token, kind }
    }

    /// Decrypts by one of `keys`: those of the header's `kid`, or all when it has none or they have
    /// no name.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`]: its form, or an `alg` or `enc` other than agreed on. A token that is signed
    /// alone is [`TokenFault::NotEncrypted`]. Whatever goes wrong with a key or with the content is
    /// [`TokenFault::Decryption`] and nothing more.
    pub fn decrypt(
        &self,
        keys: &[DecryptionKey],
        agreed: Encryption,
    ) -> Result<Decrypted, InvalidToken> {
        decrypt(self.token.expose(), keys, agreed)
            .map_err(|fault| InvalidToken::new(self.kind, fault))
    }
}

/// What was encrypted. It may be from anybody who has the public key.
pub struct Decrypted {
    plaintext: Zeroizing<Vec<u8>>,
    content_type: Option<String>,
}

impl Decrypted {
    /// The token that was signed and then encrypted, still to be verified like any other (OpenID
    /// Connect Core §10.2). `None`: `cty` does not say that there is a JWT within (RFC 7519 §5.2).
    #[must_use]
    pub fn signed(&self) -> Option<CompactToken> {
        let is_jwt = self.content_type().is_some_and(|cty| is_media_type(cty, "JWT"));
        let text = is_jwt.then(|| std::str::from_utf8(&self.plaintext).ok())?;
        text.map(CompactToken::new)
    }

    /// The bytes.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }

    /// `cty`: what they are.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// Encrypts `plaintext` for `recipient`, under a header of `alg`, `enc` and the members of `header`
/// (`cty`, `kid`, `typ`).
///
/// # Errors
///
/// [`CryptoFault`] when the recipient's key is none for the algorithm, or randomness fails.
pub fn encrypt(
    plaintext: &[u8],
    recipient: &Recipient,
    encryption: Encryption,
    header: &Map<String, Value>,
    random: &dyn Random,
) -> Result<CompactToken, CryptoFault> {
    let Encryption { key, content } = encryption;
    let mut header = header.clone();
    header.insert("alg".to_owned(), json!(key.as_str()));
    header.insert("enc".to_owned(), json!(content.as_str()));
    let sealed = recipient.seal_key(encryption, random)?;
    if let Some(ephemeral) = sealed.ephemeral {
        header.insert("epk".to_owned(), ephemeral);
    }
    let mut iv = vec![0; content.iv_len()];
    random.fill(&mut iv).map_err(|_| CryptoFault::Rejected)?;
    let mut token = base64url::encode(Value::Object(header).to_string());
    let body = content.encrypt(&sealed.content_key, &iv, token.as_bytes(), plaintext)?;
    for part in [&sealed.encrypted_key, &iv, &body.ciphertext, &body.tag] {
        token.push('.');
        base64url::encode_onto(part, &mut token);
    }
    Ok(CompactToken::new(token))
}

fn decrypt(
    token: &str,
    keys: &[DecryptionKey],
    agreed: Encryption,
) -> Result<Decrypted, TokenFault> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenFault::TooLong);
    }
    if token.bytes().filter(|byte| *byte == b'.').count() == 2 {
        return Err(TokenFault::NotEncrypted);
    }
    let mut parts = token.splitn(5, '.');
    let mut part = || parts.next().ok_or(TokenFault::Structure);
    let protected = part()?;
    let mut bytes = || base64url::decode(part()?).map_err(|_| TokenFault::Structure);
    let [encrypted_key, iv, ciphertext, tag] = [bytes()?, bytes()?, bytes()?, bytes()?];
    let mut buffer = Vec::new();
    let header = Header::read(protected, &mut buffer)?;
    // Core §3.1.3.7 (1), RFC 8725 §3.1: what was agreed on, and not what the token says.
    if header.algorithm()? != agreed.key.as_str()
        || header.text("enc")? != Some(agreed.content.as_str())
    {
        return Err(TokenFault::AlgorithmNotAllowed);
    }
    // RFC 8725 §3.6: compressed content is a bomb or a leak.
    if header.text("zip")?.is_some() {
        return Err(TokenFault::Critical);
    }
    if encrypted_key.is_empty() != agreed.key.has_no_encrypted_key() {
        return Err(TokenFault::Structure);
    }
    let mut tried = keys.iter().filter(|key| key.is_called(header.key_id()));
    let plaintext = tried.find_map(|key| {
        // A key that does not unwrap is followed through with a random one, so that both failures
        // look and last alike (RFC 7516 §11.5).
        let content_key = key.open_key(agreed, &header, &encrypted_key).ok()?;
        agreed.content.decrypt(&content_key, &iv, protected.as_bytes(), &ciphertext, &tag).ok()
    });
    let content_type = header.text("cty")?.map(str::to_owned);
    Ok(Decrypted { plaintext: plaintext.ok_or(TokenFault::Decryption)?, content_type })
}

#[cfg(test)]
mod tests;
