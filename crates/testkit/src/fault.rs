//! The catalogue of misbehaviours: each has a stable name, and they can be combined.
//!
//! The names are those that a command line takes, and that a test of a certification module is
//! called after. Adding one: a line in [`Fault`]'s table, and a line in the file of `misbehave/`
//! that changes the answer in question (`encryption/misbehave.rs`, of what is encrypted).

use std::collections::BTreeSet;
use std::fmt;

use crate::Place;

macro_rules! faults {
    ($($place:ident { $($(#[doc = $docs:literal])+ $name:ident = $text:literal;)+ })+) => {
        /// One thing that a provider can do wrong, or oddly.
        ///
        /// ```
        /// use tegata_testkit::Fault;
        ///
        /// assert_eq!(Fault::parse("nonce-invalid"), Some(Fault::NonceInvalid));
        /// assert!(Fault::ALL.iter().all(|fault| Fault::parse(fault.as_str()) == Some(*fault)));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $($($(#[doc = $docs])+ $name,)+)+
        }

        impl Fault {
            /// The whole catalogue.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)+)+];

            /// Its stable name, lower case with hyphens.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$name => $text,)+)+ }
            }

            /// What it does, in a sentence or two.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $($(Self::$name => concat!($($docs),+).trim_ascii(),)+)+ }
            }

            /// Which part of the answers it changes.
            #[must_use]
            pub const fn place(self) -> Place {
                match self { $($(Self::$name)|+ => Place::$place,)+ }
            }
        }
    };
}

faults! {
    Answer {
        /// No body at all.
        BodyEmpty = "body-empty";
        /// Two MiB of blanks stand before the body.
        BodyOversized = "body-oversized";
        /// The connection closes in the middle of the body that was announced. The provider has
        /// acted on the request all the same.
        BodyTruncated = "body-truncated";
        /// The connection closes before any answer. The provider has acted on the request all the
        /// same: a code is used, a refresh token spent.
        ConnectionReset = "connection-reset";
        /// The body is right, and the content type says that it is HTML.
        ContentTypeWrong = "content-type-wrong";
        /// The body is compressed, which nobody asked for: half a megabyte that unpacks to a hundred.
        GzipBomb = "gzip-bomb";
        /// A page for people, with status 500; the request has had no effect.
        HtmlErrorPage = "html-error-page";
        /// 429, asking to come back in 7 seconds; the request has had no effect.
        RateLimited = "rate-limited";
        /// 302 to another place, which must not be followed; the request has had no effect.
        Redirect = "redirect";
        /// 503, asking to come back in 7 seconds; the request has had no effect.
        Unavailable = "unavailable";
    }
    Callback {
        /// The code is missing.
        CallbackCodeMissing = "callback-code-missing";
        /// `error` stands beside the result.
        CallbackErrorAdded = "callback-error-added";
        /// What belongs in the fragment comes in the query.
        CallbackInQuery = "callback-in-query";
        /// `iss` is the issuer followed by `1` (RFC 9207).
        CallbackIssMismatch = "callback-iss-mismatch";
        /// `iss` is missing although the metadata announces it.
        CallbackIssMissing = "callback-iss-missing";
        /// The page that posts itself has status 400: legal, and done by a certified provider when
        /// it reports an error.
        CallbackPage400 = "callback-page-400";
        /// `state` stands there twice.
        CallbackStateDuplicate = "callback-state-duplicate";
        /// `state` is the one sent followed by `1`.
        CallbackStateMismatch = "callback-state-mismatch";
        /// `state` is missing.
        CallbackStateMissing = "callback-state-missing";
        /// An access token stands there that was not asked for.
        CallbackTokenAdded = "callback-token-added";
    }
    Discovery {
        /// `issuer` stands there twice, with two values.
        DiscoveryDuplicate = "discovery-duplicate";
        /// `issuer` is the issuer followed by `INVALID`.
        DiscoveryIssuerMismatch = "discovery-issuer-mismatch";
        /// `issuer` is missing.
        DiscoveryIssuerMissing = "discovery-issuer-missing";
        /// `issuer` is that of another provider.
        DiscoveryIssuerOther = "discovery-issuer-other";
        /// `jwks_uri` is missing.
        DiscoveryJwksUriMissing = "discovery-jwks-uri-missing";
        /// ID tokens are signed with RS256 and nothing else: legal.
        DiscoveryRs256Only = "discovery-rs256-only";
        /// `token_endpoint` is plain http to a host that is not this machine.
        DiscoveryTokenEndpointInsecure = "discovery-token-endpoint-insecure";
        /// `jwks_uri` points into a private network (SSRF).
        DiscoveryJwksUriPrivate = "discovery-jwks-uri-private";
        /// Response types in unusual order, and algorithms that nobody knows: all legal.
        DiscoveryUnusual = "discovery-unusual";
    }
    Encryption {
        /// `alg` is `RSA1_5`, whatever was agreed on.
        EncryptionAlgRsa15 = "encryption-alg-rsa1-5";
        /// `cty` does not say that there is a signed token within.
        EncryptionCtyMissing = "encryption-cty-missing";
        /// The content is encrypted by another `enc` than was agreed on.
        EncryptionEncOther = "encryption-enc-other";
        /// Encrypted for somebody else.
        EncryptionKeyOther = "encryption-key-other";
        /// Not encrypted, although that was agreed on.
        EncryptionMissing = "encryption-missing";
        /// Every byte of the authentication tag is changed.
        EncryptionTagInvalid = "encryption-tag-invalid";
        /// The claims are encrypted without having been signed, as anybody could.
        EncryptionUnsigned = "encryption-unsigned";
        /// The header says that the content is compressed.
        EncryptionZip = "encryption-zip";
    }
    IdToken {
        /// `alg` is `none` and the signature is empty.
        AlgNone = "alg-none";
        /// Signed by HS256 with the text of the public key as the secret.
        AlgHs256PublicKey = "alg-hs256-public-key";
        /// `at_hash` is the right value followed by `1`.
        AtHashInvalid = "at-hash-invalid";
        /// `at_hash` is missing.
        AtHashMissing = "at-hash-missing";
        /// The characters of `at_hash` are sorted: the right ones, in the wrong order.
        AtHashSorted = "at-hash-sorted";
        /// `aud` is the client followed by `1`.
        AudInvalid = "aud-invalid";
        /// `aud` is missing.
        AudMissing = "aud-missing";
        /// `aud` is the address of a stranger.
        AudOther = "aud-other";
        /// `aud` names a stranger first and the client second, and `azp` is the client.
        AudSecond = "aud-second";
        /// `aud` names a stranger first and the client second, without `azp`.
        AudUntrusted = "aud-untrusted";
        /// `auth_time` has a fraction, which is legal.
        AuthTimeFraction = "auth-time-fraction";
        /// `auth_time` is missing although `max_age` was sent.
        AuthTimeMissing = "auth-time-missing";
        /// `auth_time` lies a day back.
        AuthTimeOld = "auth-time-old";
        /// `auth_time` is 0, which is legal, and long ago.
        AuthTimeZero = "auth-time-zero";
        /// `azp` is another client.
        AzpMismatch = "azp-mismatch";
        /// `c_hash` is the right value followed by `1`.
        CHashInvalid = "c-hash-invalid";
        /// `c_hash` is missing.
        CHashMissing = "c-hash-missing";
        /// The characters of `c_hash` are sorted: the right ones, in the wrong order.
        CHashSorted = "c-hash-sorted";
        /// `sub` stands there twice, with two values.
        ClaimsDuplicate = "claims-duplicate";
        /// The header demands an extension.
        Crit = "crit";
        /// `exp` has a fraction, which is legal.
        ExpFraction = "exp-fraction";
        /// `exp` is missing.
        ExpMissing = "exp-missing";
        /// `exp` is this very second: over, but for the leeway of a client.
        ExpNow = "exp-now";
        /// `exp` passed an hour ago.
        ExpPast = "exp-past";
        /// `exp` is a text.
        ExpText = "exp-text";
        /// `iat` lies an hour ahead.
        IatFuture = "iat-future";
        /// `iat` is missing.
        IatMissing = "iat-missing";
        /// `iss` is the issuer followed by `1`.
        IssMismatch = "iss-mismatch";
        /// `iss` is missing.
        IssMissing = "iss-missing";
        /// `iss` is that of another provider.
        IssOther = "iss-other";
        /// `iss` has a slash at the end more than the issuer.
        IssSlash = "iss-slash";
        /// `iss` has no slash at the end, where the issuer has one.
        IssSlashMissing = "iss-slash-missing";
        /// The header brings a key of its own, with which the token is signed.
        JwkEmbedded = "jwk-embedded";
        /// The header points to a key set of its own.
        JkuHeader = "jku-header";
        /// The keys are replaced just before the token is signed: legal, and the set must be read
        /// again.
        KeysRotated = "keys-rotated";
        /// The header has no `kid`: legal when one key fits.
        KidMissing = "kid-missing";
        /// `kid` names no published key.
        KidUnknown = "kid-unknown";
        /// `nbf` lies an hour ahead.
        NbfFuture = "nbf-future";
        /// `nonce` is the one sent followed by `1`.
        NonceInvalid = "nonce-invalid";
        /// `nonce` is missing.
        NonceMissing = "nonce-missing";
        /// `nonce` is that of somebody else, whether or not one was sent.
        NonceOther = "nonce-other";
        /// `s_hash` is the right value followed by `1`.
        SHashInvalid = "s-hash-invalid";
        /// Every byte of the signature is changed; its length is kept.
        SignatureInvalid = "signature-invalid";
        /// The characters of the signature are sorted.
        SignatureSorted = "signature-sorted";
        /// `sub` is empty.
        SubEmpty = "sub-empty";
        /// `sub` is the right one followed by `1`.
        SubMismatch = "sub-mismatch";
        /// `sub` is missing.
        SubMissing = "sub-missing";
        /// `typ` says that it is an access token.
        TypAccessToken = "typ-access-token";
        /// `typ` says that it is a logout token.
        TypLogoutToken = "typ-logout-token";
        /// The header brings a certificate of its own, with whose key the token is signed.
        X5cHeader = "x5c-header";
        /// The header points to a certificate of its own.
        X5uHeader = "x5u-header";
    }
    KeySet {
        /// Each key says what it is for, and brings a certificate: legal.
        KeySetCertificates = "key-set-certificates";
        /// Keys that nobody can use stand beside the right one: unknown types and curves, keys for
        /// encryption, a malformed one. All legal, and to be skipped.
        KeySetCrowded = "key-set-crowded";
        /// `keys` stands there twice.
        KeySetDuplicate = "key-set-duplicate";
        /// No key at all.
        KeySetEmpty = "key-set-empty";
        /// A thousand keys stand before the right one.
        KeySetHuge = "key-set-huge";
        /// No key for signatures has a `kid`.
        KeySetKidsMissing = "key-set-kids-missing";
        /// One key for signatures of each type, and no more.
        KeySetOnePerType = "key-set-one-per-type";
        /// The key of the same `kid` is another key.
        KeySetSameKid = "key-set-same-kid";
        /// Three keys for signatures of each type, of which the one that signs is the second.
        KeySetThreePerType = "key-set-three-per-type";
        /// Every key is marked as one for encryption.
        KeySetUseEncryption = "key-set-use-encryption";
    }
    LogoutToken {
        /// `alg` is `none` and the signature is empty.
        LogoutTokenAlgNone = "logout-token-alg-none";
        /// Signed by another algorithm than ID tokens are: ES256 instead of RS256, else RS256.
        LogoutTokenAlgWrong = "logout-token-alg-wrong";
        /// `aud` is the client followed by `INVALID`.
        LogoutTokenAudInvalid = "logout-token-aud-invalid";
        /// `aud` is the address of a stranger.
        LogoutTokenAudOther = "logout-token-aud-other";
        /// `events` names another event than a logout.
        LogoutTokenEventWrong = "logout-token-event-wrong";
        /// `events` is missing.
        LogoutTokenEventsMissing = "logout-token-events-missing";
        /// `iss` is the issuer followed by `INVALID`.
        LogoutTokenIssMismatch = "logout-token-iss-mismatch";
        /// `iss` is the address of a stranger, who signed it.
        LogoutTokenIssOther = "logout-token-iss-other";
        /// `jti` is missing.
        LogoutTokenJtiMissing = "logout-token-jti-missing";
        /// It lives for a day, where two minutes are recommended: legal.
        LogoutTokenLongLived = "logout-token-long-lived";
        /// There is a `nonce`, which only an ID token may have.
        LogoutTokenNonceAdded = "logout-token-nonce-added";
        /// `sid` is missing: legal, and every session of the user is over.
        LogoutTokenSidMissing = "logout-token-sid-missing";
        /// `sub` is missing: legal beside `sid`.
        LogoutTokenSubMissing = "logout-token-sub-missing";
    }
    PostLogout {
        /// `state` is the one sent followed by `_INVALID`.
        PostLogoutStateMismatch = "post-logout-state-mismatch";
        /// `state` is missing although one was sent.
        PostLogoutStateMissing = "post-logout-state-missing";
    }
    TokenRequest {
        /// The client authenticates by `client_secret_basic`, or is refused.
        ClientSecretBasicOnly = "client-secret-basic-only";
        /// The client authenticates by `client_secret_post`, or is refused.
        ClientSecretPostOnly = "client-secret-post-only";
    }
    TokenResponse {
        /// `access_token` is missing.
        AccessTokenMissing = "access-token-missing";
        /// An error body, with status 200.
        ErrorWithStatus200 = "error-with-status-200";
        /// `expires_in` is missing, which is legal.
        ExpiresInMissing = "expires-in-missing";
        /// `expires_in` is a text of digits.
        ExpiresInText = "expires-in-text";
        /// `id_token` is missing although `openid` was granted.
        IdTokenMissing = "id-token-missing";
        /// `refresh_token` is missing.
        RefreshTokenMissing = "refresh-token-missing";
        /// `access_token` stands there twice.
        TokenResponseDuplicate = "token-response-duplicate";
        /// `token_type` is `bearer` in lower case, which is legal.
        TokenTypeLowercase = "token-type-lowercase";
        /// `token_type` is missing.
        TokenTypeMissing = "token-type-missing";
        /// `token_type` is one that nobody knows.
        TokenTypeUnknown = "token-type-unknown";
    }
    UserInfo {
        /// `address` and `phone_number` come in a JWT of another issuer, unsigned (OpenID Connect
        /// Core §5.6.2.1): legal.
        UserinfoAggregated = "userinfo-aggregated";
        /// `aud` of a signed answer is the client followed by `1`.
        UserinfoAudInvalid = "userinfo-aud-invalid";
        /// `credit_score` is to be had elsewhere, with a token for it (OpenID Connect Core
        /// §5.6.2.2): legal.
        UserinfoDistributed = "userinfo-distributed";
        /// `sub` stands there twice, with two values.
        UserinfoDuplicate = "userinfo-duplicate";
        /// `email_verified` is a text.
        UserinfoEmailVerifiedText = "userinfo-email-verified-text";
        /// `iss` of a signed answer is the issuer followed by `1`.
        UserinfoIssMismatch = "userinfo-iss-mismatch";
        /// The answer is a signed JWT.
        UserinfoSigned = "userinfo-signed";
        /// `sub` is the right one followed by `invalid`.
        UserinfoSubMismatch = "userinfo-sub-mismatch";
        /// `sub` is missing.
        UserinfoSubMissing = "userinfo-sub-missing";
        /// `sub` is somebody else.
        UserinfoSubOther = "userinfo-sub-other";
    }
    UserInfoRequest {
        /// The access token comes in a form, or is refused.
        BearerBodyOnly = "bearer-body-only";
        /// The access token comes in the header, or is refused.
        BearerHeaderOnly = "bearer-header-only";
    }
}

impl Fault {
    /// The fault of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.as_str() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Faults that come together in one answer.
///
/// ```
/// use tegata_testkit::{Fault, Faults};
///
/// let both = Faults::from([Fault::KidMissing, Fault::ExpPast]);
/// assert!(both.has(Fault::ExpPast) && !both.has(Fault::ExpMissing));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Whether `fault` is among them.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Fault> {
        self.0.iter().copied()
    }

    pub(crate) fn extend(&mut self, more: &Self) {
        self.0.extend(&more.0);
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(BTreeSet::from([fault]))
    }
}

impl<const N: usize> From<[Fault; N]> for Faults {
    fn from(faults: [Fault; N]) -> Self {
        Self(BTreeSet::from(faults))
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;

    #[test]
    fn a_description_of_two_lines_reads_as_one_sentence() {
        let text = "Keys that nobody can use stand beside the right one: unknown types and curves, \
                    keys for encryption, a malformed one. All legal, and to be skipped.";
        assert_eq!(Fault::KeySetCrowded.description(), text);
    }

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.as_str()), Some(*fault));
            assert!(fault.description().ends_with('.'), "{fault}: {}", fault.description());
            assert!(fault.as_str().bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')));
        }
    }

    #[test]
    fn every_fault_shows_at_some_endpoint() {
        for fault in Fault::ALL {
            assert!(Endpoint::ALL.iter().any(|e| fault.place().is_at(*e)), "{fault}");
        }
    }
}
