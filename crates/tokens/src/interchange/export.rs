//! A grant with its tokens in plain text, versioned: to move it from store to store.

use serde_json::{Map, Value as Json, json};
use tegata_core::Error;
use tegata_core::json::{Object, Value};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use zeroize::Zeroizing;

use super::{document, unreadable};
use crate::grant::{AccessKey, GrantId};
use crate::machine::{World, held, refresh_token};
use crate::record::Record;
use crate::vault::VaultFault;

/// A grant with its tokens in plain text.
///
/// Import one with [`machine::Consent`](crate::machine::Consent), as if its user had just signed
/// in. From then on one store may refresh it and no other: two that do will lose it.
///
/// ```
/// use tegata_core::scope::Scope;
/// use tegata_core::secret::{AccessToken, RefreshToken};
/// use tegata_core::time::UnixTime;
/// use tegata_core::token::TokenSet;
/// use tegata_tokens::GrantId;
/// use tegata_tokens::interchange::Export;
///
/// let tokens = TokenSet::new(AccessToken::new("at"), UnixTime::from_seconds(1_800_000_000))
///     .with_refresh_token(RefreshToken::new("rt"));
/// let grant = GrantId::new("https://op.example.com", "client", "user");
/// let export = Export::new(grant, tokens, Scope::parse("openid email")?);
/// assert_eq!(Export::parse(export.to_json().as_bytes())?, export);
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    /// Which grant.
    pub grant: GrantId,
    /// Its tokens.
    pub tokens: TokenSet,
    /// The scope that was asked for.
    pub requested: Scope,
}

impl Export {
    /// The grant that `tokens` are of.
    #[must_use]
    pub const fn new(grant: GrantId, tokens: TokenSet, requested: Scope) -> Self {
        Self { grant, tokens, requested }
    }

    /// Takes a grant out of its record: the refresh token, and the access token for everything.
    /// `None` when there is no such access token.
    ///
    /// # Errors
    ///
    /// [`VaultFault`] when a secret does not open.
    pub fn from_record(
        grant: &GrantId,
        record: &Record,
        world: &World<'_>,
    ) -> Result<Option<Self>, VaultFault> {
        let key = AccessKey::whole();
        let Some(served) = held(record, grant, &key, world).transpose()? else { return Ok(None) };
        let issued_at = record.access.get(&key).map_or(world.now, |access| access.issued_at);
        let mut tokens = TokenSet::new(served.token().clone(), issued_at)
            .with_expires_at(served.life().expires_at())
            .with_scope(record.granted().clone());
        if let Some(refresh) = refresh_token(record, grant, world).transpose()? {
            tokens = tokens.with_refresh_token(refresh);
        }
        if let Some(ends) = record.refresh_ends {
            tokens = tokens.with_refresh_token_expires_at(ends);
        }
        Ok(Some(Self::new(grant.clone(), tokens, record.requested().clone())))
    }

    /// Reads what [`Export::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`](tegata_core::error::ApiMisuse::Configuration): no strict JSON,
    /// of a later version, or a member is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let object = document(WHAT, bytes)?;
        let text = |name| object.str(name).map_err(|fault| unreadable(WHAT, fault));
        let required = |name| object.required_str(name).map_err(|fault| unreadable(WHAT, fault));
        match object.u64("tegata_tokens").map_err(|fault| unreadable(WHAT, fault))? {
            Some(VERSION) => {}
            _ => return Err(unreadable(WHAT, "its version is not known to this program")),
        }
        let scope = |name| {
            let scope = text(name)?.map(Scope::parse).transpose();
            scope.map_err(|fault| unreadable(WHAT, fault))
        };
        let issued_at = time(&object, "issued_at")?;
        let issued_at = issued_at.ok_or_else(|| unreadable(WHAT, "issued_at is missing"))?;
        let mut tokens = TokenSet::new(AccessToken::new(required("access_token")?), issued_at);
        if let Some(expires_at) = time(&object, "expires_at")? {
            tokens = tokens.with_expires_at(expires_at);
        }
        if let Some(refresh) = text("refresh_token")? {
            tokens = tokens.with_refresh_token(RefreshToken::new(refresh));
        }
        if let Some(ends) = time(&object, "refresh_token_expires_at")? {
            tokens = tokens.with_refresh_token_expires_at(ends);
        }
        if let Some(granted) = scope("granted")? {
            tokens = tokens.with_scope(granted);
        }
        let grant = GrantId::new(required("issuer")?, required("client_id")?, required("subject")?);
        Ok(Self {
            grant: grant.with_label(text("label")?.unwrap_or_default()),
            tokens,
            requested: scope("requested")?.unwrap_or_default(),
        })
    }

    /// Writes the grant, its tokens in plain text.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let Self { grant, tokens, requested } = self;
        let mut object = Map::new();
        let mut put = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        put("tegata_tokens", Some(json!(VERSION)));
        put("issuer", Some(grant.issuer().into()));
        put("client_id", Some(grant.client_id().into()));
        put("subject", Some(grant.subject().into()));
        put("label", Some(grant.label().into()));
        put("requested", Some(requested.to_string().into()));
        put("granted", tokens.scope().map(|scope| scope.to_string().into()));
        put("access_token", Some(tokens.access_token().expose().into()));
        put("issued_at", Some(tokens.issued_at().seconds().into()));
        put("expires_at", tokens.expires_at().map(|time| time.seconds().into()));
        put("refresh_token", tokens.refresh_token().map(|token| token.expose().into()));
        let ends = tokens.refresh_token_expires_at();
        put("refresh_token_expires_at", ends.map(|time| time.seconds().into()));
        Zeroizing::new(Json::Object(object).to_string())
    }
}

fn time(object: &Object<'_>, name: &'static str) -> Result<Option<UnixTime>, Error> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) if number.is_i64() => {
            Ok(number.as_i64().map(UnixTime::from_seconds))
        }
        Some(_) => Err(unreadable(WHAT, format_args!("{name} is no whole number"))),
    }
}

const WHAT: &str = "exported grant";
const VERSION: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Export {
        let at = UnixTime::from_seconds;
        let tokens = TokenSet::new(AccessToken::new("canary-access"), at(1_800_000_000))
            .with_expires_at(at(1_800_003_600))
            .with_refresh_token(RefreshToken::new("canary-refresh"))
            .with_refresh_token_expires_at(at(1_802_419_200))
            .with_scope(Scope::parse("a").unwrap());
        let grant = GrantId::new("https://op.example", "c", "s").with_label("work");
        Export::new(grant, tokens, Scope::parse("a b").unwrap())
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let full = export();
        assert_eq!(Export::parse(full.to_json().as_bytes()).unwrap(), full);
        let at = full.tokens.issued_at();
        let bare = TokenSet::new(AccessToken::new("a"), at);
        let bare = Export::new(full.grant, bare, Scope::empty());
        assert_eq!(Export::parse(bare.to_json().as_bytes()).unwrap(), bare);
    }

    #[test]
    fn refuses_another_version_and_missing_members() {
        let text = export().to_json();
        for version in ["0", "2", "\"1\"", "null"] {
            let other =
                text.replace("\"tegata_tokens\":1", &format!("\"tegata_tokens\":{version}"));
            assert!(Export::parse(other.as_bytes()).is_err(), "{version}");
        }
        for name in ["issuer", "client_id", "subject", "access_token", "issued_at"] {
            let without = text.replace(&format!("\"{name}\""), "\"x\"");
            assert!(Export::parse(without.as_bytes()).is_err(), "{name}");
        }
    }

    #[test]
    fn shows_no_secret() {
        assert!(!format!("{:?}", export()).contains("canary"));
        let broken = export().to_json().replace("1800003600", "\"x\"");
        assert!(!format!("{:?}", Export::parse(broken.as_bytes())).contains("canary"));
    }
}
