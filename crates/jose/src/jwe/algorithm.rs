//! The algorithms of JWE by name (RFC 7518 §4.1, §5.1).

/// How a token is encrypted for one client: fixed when it registers, never chosen by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encryption {
    /// `id_token_encrypted_response_alg` and its sisters.
    pub key: KeyManagement,
    /// `id_token_encrypted_response_enc` and its sisters.
    pub content: ContentEncryption,
}

impl Encryption {
    /// Both algorithms.
    #[must_use]
    pub const fn new(key: KeyManagement, content: ContentEncryption) -> Self {
        Self { key, content }
    }
}

macro_rules! names {
    ($(#[$enum_docs:meta])+ $type:ident { $($(#[$docs:meta])+ $variant:ident = $name:literal;)+ }) => {
        $(#[$enum_docs])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$docs])+ $variant,)+
        }

        impl $type {
            /// Every one, in the order of the variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the header.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Reads a name, exactly.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

names! {
    /// How the key of the content reaches the recipient: the header member `alg`.
    KeyManagement {
        /// AES key wrap by a shared key of 128 bits.
        A128Kw = "A128KW";
        /// AES key wrap by a shared key of 256 bits.
        A256Kw = "A256KW";
        /// The shared key is that of the content.
        Direct = "dir";
        /// Agreed on by Diffie-Hellman.
        EcdhEs = "ECDH-ES";
        /// Wrapped by a key of 128 bits that Diffie-Hellman agrees on.
        EcdhEsA128Kw = "ECDH-ES+A128KW";
        /// Wrapped by a key of 256 bits that Diffie-Hellman agrees on.
        EcdhEsA256Kw = "ECDH-ES+A256KW";
        /// RSA with OAEP and SHA-1, which is no weakness there.
        RsaOaep = "RSA-OAEP";
        /// RSA with OAEP and SHA-256.
        RsaOaep256 = "RSA-OAEP-256";
    }
}

names! {
    /// How the content is encrypted: the header member `enc`.
    ContentEncryption {
        /// AES-CBC with HMAC-SHA-256.
        A128CbcHs256 = "A128CBC-HS256";
        /// AES-GCM.
        A128Gcm = "A128GCM";
        /// AES-CBC with HMAC-SHA-384.
        A192CbcHs384 = "A192CBC-HS384";
        /// AES-GCM.
        A192Gcm = "A192GCM";
        /// AES-CBC with HMAC-SHA-512.
        A256CbcHs512 = "A256CBC-HS512";
        /// AES-GCM.
        A256Gcm = "A256GCM";
    }
}

impl KeyManagement {
    /// RFC 7516 §5.2 (10): with these the second part of the token is empty.
    pub(super) const fn has_no_encrypted_key(self) -> bool {
        matches!(self, Self::Direct | Self::EcdhEs)
    }

    /// How long the key is that wraps the content's, when one does.
    pub(super) const fn wrapping_len(self) -> Option<usize> {
        match self {
            Self::A128Kw | Self::EcdhEsA128Kw => Some(16),
            Self::A256Kw | Self::EcdhEsA256Kw => Some(32),
            _ => None,
        }
    }
}
