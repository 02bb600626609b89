//! What one provider does otherwise than the specifications say, as data of its preset.
//!
//! The readers of this crate take a [`Tolerance`]; none of them knows a provider's name.

/// Which departures from the specifications are accepted from a server.
///
/// Written with `..Tolerance::NONE`, so that a new field breaks nobody:
///
/// ```
/// use tegata_core::tolerance::Tolerance;
///
/// const SLOPPY: Tolerance = Tolerance { string_expires_in: true, ..Tolerance::NONE };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written with `..NONE` by presets of other crates")]
pub struct Tolerance {
    /// A token response without `token_type` means `Bearer` (RFC 6749 §5.1 requires it).
    pub missing_token_type: bool,
    /// Headers of a resource server that repeat its `WWW-Authenticate`, in that form or as a bare
    /// reason: a 401 with one of them is about the access token.
    pub challenge_headers: &'static [&'static str],
    /// The address of a device's user may be called `verification_url` (RFC 8628 §3.2 says
    /// `verification_uri`).
    pub device_verification_url: bool,
    /// `updated_at` may be a date and time of RFC 3339 (OpenID Connect Core §5.1 says seconds).
    pub rfc3339_updated_at: bool,
    /// An email address may be verified by the text `"true"` (OpenID Connect Core §5.1 says a
    /// boolean).
    pub string_booleans: bool,
    /// `updated_at` may be a text of digits (OpenID Connect Core §5.1 says a number).
    pub string_numbers: bool,
    /// `expires_in` may be a text of digits (RFC 6749 §5.1 says a number).
    pub string_expires_in: bool,
    /// Statuses by which it says "too often" on a page for people, where an OAuth error should be.
    pub rate_limit_pages: &'static [u16],
    /// `scope` may be an array of texts.
    pub scope_array: bool,
    /// `scope` may be separated by these too; a space always separates (RFC 6749 §3.3).
    pub scope_separators: &'static [char],
    /// Error codes that mean one of the registered ones, compared without regard to case.
    pub error_aliases: &'static [(&'static str, &'static str)],
    /// Members of the metadata document that stand for one of the registered ones.
    pub metadata_aliases: &'static [(&'static str, &'static str)],
    /// Revoking a token that is unknown or dead is answered by 400 `invalid_token`, where
    /// RFC 7009 §2.2 says 200.
    pub revocation_of_unknown_refused: bool,
}

impl Tolerance {
    /// Nothing but the specifications.
    pub const NONE: Self = Self {
        challenge_headers: &[],
        device_verification_url: false,
        rfc3339_updated_at: false,
        string_booleans: false,
        string_numbers: false,
        missing_token_type: false,
        string_expires_in: false,
        rate_limit_pages: &[],
        scope_array: false,
        scope_separators: &[],
        error_aliases: &[],
        metadata_aliases: &[],
        revocation_of_unknown_refused: false,
    };
}
