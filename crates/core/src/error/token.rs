//! A token is not good: which token, which rule, and the paragraph that says so.

use std::time::Duration;

use super::Remedy;

/// A token was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidToken {
    /// What the token was taken for.
    pub kind: TokenKind,
    /// The rule that it breaks.
    pub fault: TokenFault,
    /// With [`TokenFault::AlgorithmUnsupported`]: what could not be done, and by whom.
    pub unsupported: Option<Unsupported>,
    /// With [`TokenFault::KeyNotFound`]: the issuer was not asked for newer keys, because it was
    /// just now for another token, which anybody may have made up. After this time it can be.
    pub retry_after: Option<Duration>,
}

impl InvalidToken {
    /// `kind` breaks the rule of `fault`.
    #[must_use]
    pub const fn new(kind: TokenKind, fault: TokenFault) -> Self {
        Self { kind, fault, unsupported: None, retry_after: None }
    }

    /// `kind` is signed or encrypted by an `algorithm` that the crypto `backend` cannot do.
    #[must_use]
    pub const fn unsupported(
        kind: TokenKind,
        algorithm: &'static str,
        backend: &'static str,
    ) -> Self {
        let unsupported = Some(Unsupported { algorithm, backend });
        Self { unsupported, ..Self::new(kind, TokenFault::AlgorithmUnsupported) }
    }

    /// The same, and it may be good: newer keys can be asked for after this time, and were not now.
    #[must_use]
    pub const fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self.retry_after {
            Some(_) => Remedy::Retry { after: self.retry_after },
            None => self.fault.remedy(),
        }
    }
}

impl std::fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, fault, unsupported, retry_after } = self;
        write!(f, "the {kind} is not good: {fault}")?;
        if let Some(Unsupported { algorithm, backend }) = unsupported {
            write!(f, ": {algorithm} on {backend}")?;
        }
        if let Some(after) = retry_after {
            write!(f, ": newer keys can be asked for in {} s", after.as_secs())?;
        }
        write!(f, " ({})", fault.paragraph())
    }
}

impl std::error::Error for InvalidToken {}

/// An algorithm that a crypto backend cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsupported {
    /// The algorithm by its JOSE name.
    pub algorithm: &'static str,
    /// The backend by its own.
    pub backend: &'static str,
}

/// What a token was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TokenKind {
    /// A signed authorization response (JARM).
    #[error("authorization response")]
    AuthorizationResponse,
    /// The ID token of the authorization response.
    #[error("front-channel ID token")]
    FrontIdToken,
    /// The ID token of the token response.
    #[error("ID token")]
    IdToken,
    /// A compact JWE.
    #[error("JWE")]
    Jwe,
    /// A compact JWS with no further meaning.
    #[error("JWS")]
    Jws,
    /// A logout token (Back-Channel Logout §2.4).
    #[error("logout token")]
    LogoutToken,
    /// An ID token that came with a refresh (OpenID Connect Core §12.2).
    #[error("refreshed ID token")]
    RefreshedIdToken,
    /// A security event token (RFC 8417).
    #[error("security event token")]
    SecurityEventToken,
    /// A signed UserInfo response (OpenID Connect Core §5.3.2).
    #[error("UserInfo")]
    UserInfo,
}

macro_rules! token_faults {
    ($($(#[$docs:meta])+ $variant:ident = $code:literal, $paragraph:literal, $text:literal;)+) => {
        /// The rule that a token breaks. Each has a stable code and the paragraph that it is from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum TokenFault {
            $($(#[$docs])+ $variant,)+
        }

        impl TokenFault {
            /// Every rule, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code: for logs, metrics and machines.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The paragraph that the rule is from.
            #[must_use]
            pub const fn paragraph(self) -> &'static str {
                match self { $(Self::$variant => $paragraph,)+ }
            }
        }

        impl std::fmt::Display for TokenFault {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

token_faults! {
    /// `at_hash` is not the access token's.
    AccessTokenHash = "at_hash_mismatch", "OpenID Connect Core §3.1.3.8",
        "at_hash is not the hash of the access token";
    /// `at_hash` is missing where the response type demands it.
    AccessTokenHashMissing = "at_hash_missing", "OpenID Connect Core §3.2.2.9",
        "at_hash is missing";
    /// `acr` is missing or not among those that were demanded.
    Acr = "acr_mismatch", "OpenID Connect Core §3.1.3.7 (12)",
        "acr is not among those demanded";
    /// The algorithm is not one that was agreed on. `none` never is.
    AlgorithmNotAllowed = "alg_not_allowed", "OpenID Connect Core §3.1.3.7 (7)",
        "the algorithm is not one that was agreed on";
    /// The algorithm is allowed, and the crypto backend cannot do it.
    AlgorithmUnsupported = "alg_unsupported", "RFC 7515 §5.2 (8)",
        "the crypto backend cannot do the algorithm";
    /// This client is not in `aud`, or `aud` is missing.
    Audience = "aud_mismatch", "OpenID Connect Core §3.1.3.7 (3)",
        "aud does not name this client";
    /// `aud` is another than in the first ID token.
    AudienceChanged = "aud_changed", "OpenID Connect Core §12.2",
        "aud is not that of the first ID token";
    /// `aud` names others that are not trusted.
    AudienceUntrusted = "aud_untrusted", "OpenID Connect Core §3.1.3.7 (3)",
        "aud names others that are not trusted";
    /// `auth_time` is another than in the first ID token.
    AuthTimeChanged = "auth_time_changed", "OpenID Connect Core §12.2",
        "auth_time is not that of the first ID token";
    /// `auth_time` is missing although `max_age` was sent.
    AuthTimeMissing = "auth_time_missing", "OpenID Connect Core §3.1.3.7 (13)",
        "auth_time is missing";
    /// The user authenticated longer ago than `max_age`.
    AuthTimeTooOld = "auth_time_too_old", "OpenID Connect Core §3.1.3.7 (13)",
        "the user authenticated too long ago";
    /// `azp` is another client, or missing beside several audiences.
    AuthorizedParty = "azp_mismatch", "OpenID Connect Core §3.1.3.7 (4, 5)",
        "azp is not this client";
    /// The payload is no strict JSON object, or a claim has the wrong type.
    Claims = "claims_malformed", "RFC 7519 §7.2",
        "the claims are no strict JSON object, or one has the wrong type";
    /// `c_hash` is not the code's.
    CodeHash = "c_hash_mismatch", "OpenID Connect Core §3.3.2.10",
        "c_hash is not the hash of the code";
    /// `c_hash` is missing where the response type demands it.
    CodeHashMissing = "c_hash_missing", "OpenID Connect Core §3.3.2.10",
        "c_hash is missing";
    /// The header has `crit` or `b64`, and no extension is implemented.
    Critical = "crit_not_supported", "RFC 7515 §4.1.11",
        "the header demands an extension";
    /// Decryption failed; nothing more is ever said.
    Decryption = "decryption_failed", "RFC 7516 §5.2",
        "it does not decrypt";
    /// Encrypted where no encryption was agreed on.
    Encrypted = "encrypted", "OpenID Connect Core §3.1.3.7 (1)",
        "it is encrypted, and no encryption was agreed on";
    /// `events` is missing, malformed or forbidden here.
    Events = "events_wrong", "Back-Channel Logout §2.6 (3), RFC 8417 §2.2",
        "the events are not those of this kind of token";
    /// `exp` has passed.
    Expired = "expired", "OpenID Connect Core §3.1.3.7 (9)",
        "it has expired";
    /// `exp` is missing.
    ExpiryMissing = "exp_missing", "OpenID Connect Core §2",
        "exp is missing";
    /// The two ID tokens of a hybrid flow differ in `iss` or `sub`.
    FrontBackMismatch = "front_back_mismatch", "OpenID Connect Core §3.3.3.6",
        "the two ID tokens do not agree";
    /// The header is no strict JSON object with a text `alg`.
    Header = "header_malformed", "RFC 7515 §5.2 (3)",
        "the header is no strict JSON object";
    /// The Workspace domain is not the one demanded (Google's `hd`).
    HostedDomain = "hd_mismatch", "Google OpenID Connect: hd",
        "the account is not of the organisation demanded";
    /// `iat` lies in the future, or too far in the past.
    IssuedAt = "iat_out_of_range", "OpenID Connect Core §3.1.3.7 (10)",
        "iat is out of range";
    /// `iat` is missing.
    IssuedAtMissing = "iat_missing", "OpenID Connect Core §2",
        "iat is missing";
    /// `iss` is not the issuer of this sign-in.
    Issuer = "iss_mismatch", "OpenID Connect Core §3.1.3.7 (2)",
        "iss is not the issuer that was asked";
    /// `iss` is another than in the first ID token.
    IssuerChanged = "iss_changed", "OpenID Connect Core §12.2",
        "iss is not that of the first ID token";
    /// `jti` is missing.
    JtiMissing = "jti_missing", "RFC 8417 §2.2, Back-Channel Logout §2.4",
        "jti is missing";
    /// Several keys of the issuer fit, and the header names none.
    KeyAmbiguous = "key_ambiguous", "OpenID Connect Core §10.1",
        "several keys of the issuer fit and kid names none";
    /// No key of the issuer fits the header.
    KeyNotFound = "key_not_found", "OpenID Connect Core §10.1",
        "no key of the issuer fits";
    /// The key is too weak for the algorithm.
    KeyTooWeak = "key_too_weak", "RFC 7518 §3.2, §3.3",
        "the key is too weak";
    /// Not encrypted where encryption was agreed on.
    NotEncrypted = "not_encrypted", "OpenID Connect Core §3.1.3.7 (1)",
        "it is not encrypted as was agreed on";
    /// Not signed, or not signed before it was encrypted, where a signature was agreed on.
    NotSigned = "not_signed", "OpenID Connect Core §10.2, RFC 7519 §5.2",
        "it is not signed as was agreed on";
    /// `nbf` lies in the future.
    NotYetValid = "not_yet_valid", "RFC 7519 §4.1.5",
        "it is not valid yet";
    /// `nonce` is not the one sent.
    Nonce = "nonce_mismatch", "OpenID Connect Core §3.1.3.7 (11)",
        "nonce is not the one that was sent";
    /// `nonce` is there where it is forbidden.
    NonceForbidden = "nonce_forbidden", "Back-Channel Logout §2.6 (6)",
        "nonce must not be there";
    /// `nonce` is missing.
    NonceMissing = "nonce_missing", "OpenID Connect Core §3.1.3.7 (11)",
        "nonce is missing";
    /// Seen before.
    Replayed = "jti_replayed", "Back-Channel Logout §2.6 (7)",
        "it was used before";
    /// The signature does not verify.
    Signature = "signature_invalid", "OpenID Connect Core §3.1.3.7 (6)",
        "the signature does not verify";
    /// `s_hash` is not the state's.
    StateHash = "s_hash_mismatch", "FAPI 1.0 Part 2 §5.2.2.1",
        "s_hash is not the hash of the state";
    /// Not a compact JWS of three strict base64url parts.
    Structure = "malformed", "RFC 7515 §7.1",
        "it is no compact JWS of three base64url parts";
    /// `sub` is missing, empty, too long or no ASCII.
    Subject = "sub_invalid", "OpenID Connect Core §2",
        "sub is missing or not 1 to 255 ASCII characters";
    /// `sub` is another than before.
    SubjectChanged = "sub_changed", "OpenID Connect Core §12.2",
        "sub is not the one of the first ID token";
    /// Longer than the limit.
    TooLong = "too_long", "RFC 8725 §2.4",
        "it is too long";
    /// `typ` says that it is another kind of token.
    Type = "typ_mismatch", "RFC 8725 §3.11",
        "typ says that it is another kind of token";
}

impl TokenFault {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::Expired
            | Self::IssuedAt
            | Self::NotYetValid
            | Self::AuthTimeTooOld
            | Self::Acr => Remedy::SignInAgain,
            Self::AlgorithmUnsupported | Self::Encrypted => Remedy::FixConfiguration,
            Self::HostedDomain => Remedy::ShowUser,
            _ => Remedy::SecurityIncident,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_texts_say_where_the_rule_is_from() {
        let mut codes: Vec<_> = TokenFault::ALL.iter().map(|fault| fault.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TokenFault::ALL.len());
        let error = InvalidToken::unsupported(TokenKind::Jws, "ES512", "ring");
        assert_eq!(
            error.to_string(),
            "the JWS is not good: the crypto backend cannot do the algorithm: ES512 on ring \
             (RFC 7515 §5.2 (8))"
        );
        let error = InvalidToken::new(TokenKind::LogoutToken, TokenFault::KeyNotFound);
        assert_eq!(error.remedy(), Remedy::SecurityIncident);
        let after = Some(Duration::from_secs(12));
        let error = error.with_retry_after(after);
        assert_eq!(error.remedy(), Remedy::Retry { after });
        assert_eq!(
            error.to_string(),
            "the logout token is not good: no key of the issuer fits: newer keys can be asked for \
             in 12 s (OpenID Connect Core §10.1)"
        );
        let error = InvalidToken::new(TokenKind::IdToken, TokenFault::Nonce);
        assert_eq!(
            error.to_string(),
            "the ID token is not good: nonce is not the one that was sent \
             (OpenID Connect Core §3.1.3.7 (11))"
        );
    }
}
