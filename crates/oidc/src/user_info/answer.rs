//! What the UserInfo endpoint answered: JSON, a signed JWT, or either of them encrypted (OpenID
//! Connect Core §5.3.2).

use serde_json::{Map, Value};
use tegata_core::error::{Error, Fault, InvalidToken, Misbehaviour, TokenFault, TokenKind};
use tegata_core::http::{Endpoint, HttpResponse, is_json, is_media_type};
use tegata_core::json::Object;
use tegata_core::secret::CompactToken;

use crate::config::Config;
use crate::open::Opened;

const KIND: TokenKind = TokenKind::UserInfo;

/// An answer with status 200, encrypted and signed as was agreed on.
pub(super) enum Answer {
    /// Claims about the user of the ID token.
    Claims(Map<String, Value>),
    /// A signed token, still to be verified.
    Signed(CompactToken),
}

impl Answer {
    pub(super) fn read(
        response: HttpResponse,
        config: &Config,
        subject: &str,
    ) -> Result<Self, Error> {
        match (open(response, config)?, config.signed_user_info) {
            (Opened::Signed(token), _) => Ok(Self::Signed(token)),
            (Opened::Claims(_), Some(_)) => Err(invalid(TokenFault::NotSigned)),
            (Opened::Claims(json), None) => about(subject, &json).map(Self::Claims),
        }
    }
}

fn open(response: HttpResponse, config: &Config) -> Result<Opened, Error> {
    if is_media_type(response.headers(), "application/jwt") {
        let text = String::from_utf8(response.into_body());
        let text = text.map_err(|_| invalid(TokenFault::Structure))?;
        return Ok(config.open(KIND, CompactToken::new(text.trim()))?);
    }
    if !is_json(response.headers()) {
        return Err(misbehaved(Fault::ContentType));
    }
    if config.is_encrypted(KIND) {
        return Err(invalid(TokenFault::NotEncrypted));
    }
    Ok(Opened::Claims(response.into_body()))
}

/// Of another subject nothing may be used.
fn about(subject: &str, json: &[u8]) -> Result<Map<String, Value>, Error> {
    let object = Object::parse(json).map_err(|fault| misbehaved(fault.into()))?;
    let found = object.required_str("sub").map_err(|fault| misbehaved(fault.into()))?;
    if found != subject {
        return Err(misbehaved(Fault::SubjectMismatch));
    }
    Ok(object.to_json())
}

fn invalid(fault: TokenFault) -> Error {
    InvalidToken::new(KIND, fault).into()
}

fn misbehaved(fault: Fault) -> Error {
    Misbehaviour::new(Endpoint::UserInfo, fault).with_status(200).into()
}
