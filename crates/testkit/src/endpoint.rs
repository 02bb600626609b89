//! The addresses of a provider.

use std::fmt;

macro_rules! endpoints {
    ($($(#[$docs:meta])+ $name:ident = $text:literal;)+) => {
        /// An address of the fake provider: where to script an answer, and what to count.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Endpoint {
            $($(#[$docs])+ $name,)+
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name, lower case with hyphens.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

endpoints! {
    /// An API that takes access tokens: `/api/hello`.
    Api = "api";
    /// Where the browser is sent first (RFC 6749 §3.1).
    Authorization = "authorization";
    /// A map from key name to X.509 certificate in PEM, as Google has one.
    Certificates = "certificates";
    /// The frame that knows whether the session is still the same (OpenID Connect Session
    /// Management §3).
    CheckSession = "check-session";
    /// Claims that another party makes (OpenID Connect Core §5.6.2.2).
    Claims = "claims";
    /// Where the login page posts what the person chose.
    Consent = "consent";
    /// Gives a device its codes (RFC 8628 §3.1).
    DeviceAuthorization = "device-authorization";
    /// Where the user of a device types its code in (RFC 8628 §3.3).
    DeviceVerification = "device-verification";
    /// The metadata, in both well-known forms.
    Discovery = "discovery";
    /// Where the browser is sent to sign out (OpenID Connect RP-Initiated Logout §2).
    EndSession = "end-session";
    /// What transmits security events, and where its keys are (Google's RISC configuration).
    EventConfiguration = "event-configuration";
    /// The API that manages the stream of security events (Google's RISC).
    EventStream = "event-stream";
    /// Tells whether a token is alive (RFC 7662).
    Introspection = "introspection";
    /// The key set (RFC 7517 §5).
    Jwks = "jwks";
    /// A map from key name to public key in PEM, as Yahoo! JAPAN has one.
    PublicKeys = "public-keys";
    /// Ends a token (RFC 7009).
    Revocation = "revocation";
    /// Gives tokens for grants (RFC 6749 §3.2).
    Token = "token";
    /// Claims about the user (OpenID Connect Core §5.3).
    UserInfo = "userinfo";
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
