//! The content: AES-GCM, and AES-CBC with an HMAC over everything (RFC 7518 §5.2, §5.3).

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use tegata_core::secret::constant_time_eq;
use zeroize::Zeroizing;

use super::ContentEncryption;
use crate::algorithm::Hash;
use crate::backend::{CryptoFault, aws_lc};

/// Both have tags of 16 bytes but for the longer HMACs.
const GCM_TAG_LEN: usize = 16;

/// A content, encrypted.
pub(super) struct Body {
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl ContentEncryption {
    /// How long the key of the content is, in bytes.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    /// How long the initialization vector is, in bytes.
    pub(super) const fn iv_len(self) -> usize {
        if self.gcm().is_some() { 12 } else { 16 }
    }

    pub(super) fn encrypt(
        self,
        key: &[u8],
        iv: &[u8],
        protected: &[u8],
        plaintext: &[u8],
    ) -> Result<Body, CryptoFault> {
        let mut ciphertext = plaintext.to_vec();
        if let Some(algorithm) = self.gcm() {
            let nonce = Nonce::try_assume_unique_for_key(iv).map_err(failed)?;
            UnboundKey::new(algorithm, key)
                .map(LessSafeKey::new)
                .and_then(|key| {
                    key.seal_in_place_append_tag(nonce, Aad::from(protected), &mut ciphertext)
                })
                .map_err(failed)?;
            let tag = ciphertext.split_off(ciphertext.len().saturating_sub(GCM_TAG_LEN));
            return Ok(Body { ciphertext, tag });
        }
        let (mac_key, cipher_key) = self.halves(key)?;
        let context = EncryptionContext::Iv128(iv.try_into().map_err(failed)?);
        UnboundCipherKey::new(self.cbc(), cipher_key)
            .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
            .and_then(|key| key.less_safe_encrypt(&mut ciphertext, context))
            .map_err(failed)?;
        let tag = self.tag(mac_key, iv, protected, &ciphertext);
        Ok(Body { ciphertext, tag })
    }

    /// The tag is checked before anything is decrypted, in constant time and at full length.
    pub(super) fn decrypt(
        self,
        key: &[u8],
        iv: &[u8],
        protected: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        if iv.len() != self.iv_len() || key.len() != self.key_len() {
            return Err(CryptoFault::Rejected);
        }
        if let Some(algorithm) = self.gcm() {
            // Together with its length: a shorter tag is easier to guess.
            if tag.len() != GCM_TAG_LEN {
                return Err(CryptoFault::Rejected);
            }
            let mut content = Zeroizing::new([ciphertext, tag].concat());
            let nonce = Nonce::try_assume_unique_for_key(iv).map_err(failed)?;
            UnboundKey::new(algorithm, key)
                .map(LessSafeKey::new)
                .and_then(|key| {
                    key.open_in_place(nonce, Aad::from(protected), &mut content).map(drop)
                })
                .map_err(failed)?;
            content.truncate(ciphertext.len());
            return Ok(content);
        }
        let (mac_key, cipher_key) = self.halves(key)?;
        if !constant_time_eq(&self.tag(mac_key, iv, protected, ciphertext), tag) {
            return Err(CryptoFault::Rejected);
        }
        let mut content = Zeroizing::new(ciphertext.to_vec());
        let context = DecryptionContext::Iv128(iv.try_into().map_err(failed)?);
        let length = UnboundCipherKey::new(self.cbc(), cipher_key)
            .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
            .and_then(|key| key.decrypt(&mut content, context).map(|plaintext| plaintext.len()))
            .map_err(failed)?;
        content.truncate(length);
        Ok(content)
    }

    /// RFC 7518 §5.2.2.1: the first half of the key authenticates, the second encrypts.
    fn halves(self, key: &[u8]) -> Result<(&[u8], &[u8]), CryptoFault> {
        key.split_at_checked(self.key_len() / 2).ok_or(CryptoFault::Rejected)
    }

    /// RFC 7518 §5.2.2.1 (4, 5)
    fn tag(self, key: &[u8], iv: &[u8], protected: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let bits = u64::try_from(protected.len()).unwrap_or(u64::MAX).saturating_mul(8);
        let message = [protected, iv, ciphertext, &bits.to_be_bytes()].concat();
        let mac = aws_lc().hmac(self.mac(), key, &message);
        mac.as_bytes().get(..self.key_len() / 2).unwrap_or_default().to_vec()
    }

    const fn gcm(self) -> Option<&'static aead::Algorithm> {
        match self {
            Self::A128Gcm => Some(&aead::AES_128_GCM),
            Self::A192Gcm => Some(&aead::AES_192_GCM),
            Self::A256Gcm => Some(&aead::AES_256_GCM),
            _ => None,
        }
    }

    const fn cbc(self) -> &'static cipher::Algorithm {
        match self {
            Self::A192CbcHs384 => &cipher::AES_192,
            Self::A256CbcHs512 => &cipher::AES_256,
            _ => &cipher::AES_128,
        }
    }

    const fn mac(self) -> Hash {
        match self {
            Self::A192CbcHs384 => Hash::Sha384,
            Self::A256CbcHs512 => Hash::Sha512,
            _ => Hash::Sha256,
        }
    }
}

fn failed<E>(_: E) -> CryptoFault {
    CryptoFault::Rejected
}
