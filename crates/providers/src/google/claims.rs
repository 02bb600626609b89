//! What Google's ID tokens say beyond OpenID Connect.

use tegata_jose::id_token::IdToken;
use tegata_oidc::standard_claims::StandardClaims;

/// `hd`: the Google Workspace domain of the account; `None` for a consumer account.
#[must_use]
pub fn hosted_domain(id_token: &IdToken) -> Option<String> {
    id_token.claims().get("hd")?.as_str().map(str::to_owned)
}

/// Whether Google vouches for the user's e-mail address today: it ends in `@gmail.com`, or it is
/// verified and of a Google Workspace domain.
///
/// Any other address was the user's when it was verified, and may have changed hands since: do not
/// link accounts by it without another proof.
///
/// ```
/// use serde_json::json;
/// use tegata_oidc::standard_claims::StandardClaims;
/// use tegata_providers::google;
///
/// let claims = |value: serde_json::Value| {
///     let object = value.as_object().cloned().unwrap_or_default();
///     StandardClaims::new(object, &google::PROFILE.tolerance)
/// };
/// let gmail = claims(json!({ "email": "hanako@gmail.com" }));
/// assert!(google::is_authoritative_for_email(&gmail, None));
/// let company = claims(json!({ "email": "hanako@example.com", "email_verified": "true" }));
/// assert!(google::is_authoritative_for_email(&company, Some("example.com")));
/// assert!(!google::is_authoritative_for_email(&company, None));
/// ```
#[must_use]
pub fn is_authoritative_for_email(claims: &StandardClaims, hosted_domain: Option<&str>) -> bool {
    let Some((_, domain)) = claims.email().and_then(|email| email.rsplit_once('@')) else {
        return false;
    };
    let of_workspace = claims.email_verified() == Some(true) && hosted_domain.is_some();
    domain.eq_ignore_ascii_case("gmail.com") || of_workspace
}
