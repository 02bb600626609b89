//! Encrypted answers: what was agreed on when the client registered, and the keys that open them
//! (OpenID Connect Registration §2, Core §10.2). With the feature `jwe`.

use std::sync::Arc;

use tegata_core::error::{InvalidToken, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_jose::jwe::EncryptedToken;

pub use tegata_jose::jwe::{ContentEncryption, DecryptionKey, Encryption, KeyManagement};

use crate::config::Config;
use crate::open::{Decrypt, Opened};

/// Which answers are encrypted for this client, how, and by which keys they are decrypted.
///
/// Where encryption was agreed on, an answer without it is refused; where none was, an answer with
/// it. What comes out is verified like any other: encryption proves nothing about who wrote it.
///
/// ```
/// use tegata_core::client::{Client, ClientAuthentication};
/// use tegata_core::secret::ClientSecret;
/// use tegata_core::url::Issuer;
/// use tegata_oidc::config::Config;
/// use tegata_oidc::decryption::{
///     ContentEncryption, Decryption, DecryptionKey, Encryption, KeyManagement,
/// };
/// use tegata_oidc::profile::Profile;
///
/// let secret = ClientSecret::new("a-client-secret-of-thirty-two-b.");
/// let agreed = Encryption::new(KeyManagement::A128Kw, ContentEncryption::A256CbcHs512);
/// let key = DecryptionKey::from_client_secret(&secret, agreed)?;
///
/// let client = Client::new("s6BhdRkqt3", ClientAuthentication::Basic(secret));
/// let config = Config::new(Issuer::new("https://op.example.com")?, Profile::OPENID, client)
///     .with_decryption(Decryption::new([key]).with_id_tokens(agreed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decryption {
    keys: Vec<DecryptionKey>,
    id_tokens: Option<Encryption>,
    user_info: Option<Encryption>,
}

impl Decryption {
    /// By these keys; of several, the header's `kid` chooses, so old ones may stand beside new ones.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = DecryptionKey>) -> Self {
        Self { keys: keys.into_iter().collect(), id_tokens: None, user_info: None }
    }

    /// ID tokens are signed and then encrypted: `id_token_encrypted_response_alg` and `…_enc`. So
    /// are logout tokens, which follow them (Back-Channel Logout §2.4, §2.6 (1)).
    #[must_use]
    pub const fn with_id_tokens(mut self, agreed: Encryption) -> Self {
        self.id_tokens = Some(agreed);
        self
    }

    /// UserInfo is encrypted: `userinfo_encrypted_response_alg` and `…_enc`. Whether it has to be
    /// signed before, [`Config::with_signed_user_info`] says.
    #[must_use]
    pub const fn with_user_info(mut self, agreed: Encryption) -> Self {
        self.user_info = Some(agreed);
        self
    }

    const fn agreed(&self, kind: TokenKind) -> Option<Encryption> {
        match kind {
            TokenKind::FrontIdToken
            | TokenKind::IdToken
            | TokenKind::LogoutToken
            | TokenKind::RefreshedIdToken => self.id_tokens,
            TokenKind::UserInfo => self.user_info,
            _ => None,
        }
    }
}

impl Decrypt for Decryption {
    fn is_agreed(&self, kind: TokenKind) -> bool {
        self.agreed(kind).is_some()
    }

    fn decrypt(&self, kind: TokenKind, token: CompactToken) -> Result<Opened, InvalidToken> {
        let Some(agreed) = self.agreed(kind) else { return Ok(Opened::Signed(token)) };
        let decrypted = EncryptedToken::of_kind(kind, token).decrypt(&self.keys, agreed)?;
        Ok(match decrypted.signed() {
            Some(token) => Opened::Signed(token),
            None => Opened::Claims(decrypted.plaintext().to_vec()),
        })
    }
}

impl Config {
    /// Answers are encrypted, as was agreed on at registration.
    #[must_use]
    pub fn with_decryption(mut self, decryption: Decryption) -> Self {
        self.decrypt = Some(Arc::new(decryption));
        self
    }
}
