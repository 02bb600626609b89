//! Whom an event is about: subject identifiers (RFC 9493), and the older spelling that Google sends.

use std::fmt;

use serde_json::{Map, Value};

/// Whom, or what, an event is about.
///
/// `Debug` shows the format and nothing about the user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// An account by its URI (RFC 9493 §3.2.1).
    Account(String),
    /// An e-mail address (§3.2.2).
    Email(String),
    /// A user of an issuer (§3.2.3): find the session by both together. The token is the
    /// transmitter's, and may name any issuer: take it at its word for those alone that it speaks
    /// for, or one provider ends the sessions of another's users.
    IssuerSubject {
        /// `iss`
        issuer: String,
        /// `sub`
        subject: String,
    },
    /// A name that only transmitter and receiver understand (§3.2.4).
    Opaque(String),
    /// A telephone number (§3.2.5).
    PhoneNumber(String),
    /// One token (OAuth event types).
    Token(TokenSubject),
    /// Any other format, as it came.
    Other(Map<String, Value>),
}

/// One token, by a part or a hash of it: the token itself does not travel.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenSubject {
    /// `token_type`, such as `refresh_token`.
    pub token_type: String,
    /// `token_identifier_alg`: how `identifier` was made of the token.
    pub algorithm: String,
    /// `token`: the part or the hash.
    pub identifier: String,
}

impl TokenSubject {
    /// A token of this type, by `identifier`, which `algorithm` made of it.
    #[must_use]
    pub fn new(token_type: &str, algorithm: &str, identifier: &str) -> Self {
        Self {
            token_type: token_type.to_owned(),
            algorithm: algorithm.to_owned(),
            identifier: identifier.to_owned(),
        }
    }
}

impl Subject {
    /// Reads a subject; `None` when it is no object.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let text = |name| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let format = text("format").or_else(|| text("subject_type")).unwrap_or_default();
        let known = match format.replace('-', "_").as_str() {
            "account" => text("uri").map(Self::Account),
            "email" => text("email").map(Self::Email),
            "iss_sub" | "id_token_claims" => text("iss")
                .zip(text("sub"))
                .map(|(issuer, subject)| Self::IssuerSubject { issuer, subject }),
            "opaque" => text("id").map(Self::Opaque),
            "phone_number" => text("phone_number").map(Self::PhoneNumber),
            _ => None,
        };
        // Google's token subject has been seen under several names of its format.
        let token = || {
            let get = |name| object.get(name).and_then(Value::as_str);
            let (kind, algorithm) = (get("token_type")?, get("token_identifier_alg")?);
            Some(Self::Token(TokenSubject::new(kind, algorithm, get("token")?)))
        };
        Some(known.or_else(token).unwrap_or_else(|| Self::Other(object.clone())))
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account(_) => "Account",
            Self::Email(_) => "Email",
            Self::IssuerSubject { .. } => "IssuerSubject",
            Self::Opaque(_) => "Opaque",
            Self::PhoneNumber(_) => "PhoneNumber",
            Self::Token(_) => "Token",
            Self::Other(_) => "Other",
        })
    }
}

impl fmt::Debug for TokenSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSubject")
            .field("token_type", &self.token_type)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_both_spellings_of_a_subject() {
        let user = Subject::IssuerSubject { issuer: "i".into(), subject: "s".into() };
        for value in [
            json!({ "format": "iss_sub", "iss": "i", "sub": "s" }),
            json!({ "subject_type": "iss-sub", "iss": "i", "sub": "s" }),
            json!({ "subject_type": "id_token_claims", "iss": "i", "sub": "s", "email": "e" }),
        ] {
            assert_eq!(Subject::read(&value), Some(user.clone()), "{value}");
        }
        let email = json!({ "format": "email", "email": "e" });
        assert_eq!(Subject::read(&email), Some(Subject::Email("e".into())));
        for odd in [json!({ "format": "iss_sub", "iss": "i" }), json!({ "format": "did" })] {
            assert!(matches!(Subject::read(&odd), Some(Subject::Other(_))), "{odd}");
        }
        assert_eq!(Subject::read(&json!("s")), None);
    }

    #[test]
    fn a_token_is_named_by_a_part_of_it_and_shown_by_none() {
        let value = json!({
            "subject_type": "oauth_token", "token_type": "refresh_token",
            "token_identifier_alg": "prefix", "token": "1//canary",
        });
        let Some(subject @ Subject::Token(_)) = Subject::read(&value) else { panic!("no token") };
        assert!(!format!("{subject:?}").contains("canary"));
    }
}
