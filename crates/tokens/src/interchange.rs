//! Other programs' files, and our own form for moving a grant.
//!
//! | | reads | writes |
//! |---|---|---|
//! | google-auth's `authorized_user` JSON, Application Default Credentials | [`AuthorizedUser::parse`] | [`AuthorizedUser::to_json`] |
//! | a grant, versioned | [`Export::parse`] | [`Export::to_json`] |
//!
//! All of these hold tokens in plain text: keep them as short as can be, readable by one user.

mod authorized_user;
mod export;

pub use authorized_user::AuthorizedUser;
pub use export::Export;

use tegata_core::error::ApiMisuse;
use tegata_core::json::Object;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;

/// A refresh token alone, as an import may have it: its access token is empty and has ended, so the
/// first use refreshes.
#[must_use]
pub fn refresh_token_alone(refresh_token: RefreshToken, now: UnixTime) -> TokenSet {
    let tokens = TokenSet::new(AccessToken::new(""), now);
    tokens.with_expires_at(now).with_refresh_token(refresh_token)
}

/// Reads a file as strict JSON.
fn document<'b>(what: &'static str, bytes: &'b [u8]) -> Result<Object<'b>, tegata_core::Error> {
    if bytes.len() > MAX_BYTES {
        return Err(unreadable(what, "too long"));
    }
    Object::parse(bytes).map_err(|fault| unreadable(what, fault))
}

/// A file is not what its format says.
fn unreadable(what: &'static str, fault: impl std::fmt::Display) -> tegata_core::Error {
    ApiMisuse::Configuration { what, fault: fault.to_string() }.into()
}

/// How long a file may be, in bytes: the longest real one has a few KiB.
const MAX_BYTES: usize = 256 * 1024;
