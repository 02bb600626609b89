//! Where encrypted answers are opened: every token passes here before it is verified.
//!
//! ```text
//!   as it came ─┬─ encryption agreed on ─▶ decrypted: a signed token, or claims
//!               └─ none agreed on ───────▶ as it came; who verifies it refuses a JWE
//! ```
//!
//! What was agreed on is `Decryption`, with the feature `jwe`.

use std::fmt;

use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;

use crate::config::Config;

/// What an answer turns out to be.
pub(crate) enum Opened {
    /// Claims that nobody signed.
    Claims(Vec<u8>),
    /// A signed token, still to be verified.
    Signed(CompactToken),
}

/// Opens what was encrypted for this client.
pub(crate) trait Decrypt: fmt::Debug + Send + Sync {
    /// Whether tokens of this kind are encrypted, all of them.
    fn is_agreed(&self, kind: TokenKind) -> bool;

    /// What is in `token`; where nothing was agreed on for its kind, the token itself.
    fn decrypt(&self, kind: TokenKind, token: CompactToken) -> Result<Opened, InvalidToken>;
}

impl Config {
    /// Whether tokens of this kind have to be encrypted.
    pub(crate) fn is_encrypted(&self, kind: TokenKind) -> bool {
        self.decrypt.as_ref().is_some_and(|decrypt| decrypt.is_agreed(kind))
    }

    /// What is in a token of this kind.
    pub(crate) fn open(
        &self,
        kind: TokenKind,
        token: CompactToken,
    ) -> Result<Opened, InvalidToken> {
        match &self.decrypt {
            Some(decrypt) => decrypt.decrypt(kind, token),
            None => Ok(Opened::Signed(token)),
        }
    }

    /// The same where a signature was agreed on.
    pub(crate) fn open_signed(
        &self,
        kind: TokenKind,
        token: CompactToken,
    ) -> Result<CompactToken, InvalidToken> {
        match self.open(kind, token)? {
            Opened::Signed(token) => Ok(token),
            Opened::Claims(_) => Err(InvalidToken::new(kind, TokenFault::NotSigned)),
        }
    }
}
