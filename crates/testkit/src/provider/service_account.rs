//! A service account, as Google has them: a key file for the application, and assertions that it
//! signs with that key (RFC 7523 §2.1).

use serde_json::{Map, Value, json};
use tegata_core::scope::Scope;
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::jwks::KeySet;
use tegata_jose::jws::UnverifiedJws;
use tegata_jose::pem::public_key_from_pem;

use super::answer::Refusal;
use super::exchange::{Exchange, Parameters, get};
use super::grants::Grant;
use super::requested::Requested;
use crate::keys::SERVICE_ACCOUNT;
use crate::{Endpoint, FakeProvider};

const EMAIL: &str = "fake@fake-project.iam.gserviceaccount.com";
const KEY_ID: &str = "service-account-1";

/// The longest life of an assertion, in seconds.
const LONGEST: i64 = 3600;

impl FakeProvider {
    /// The key file of the provider's one service account, as Google's console offers it for
    /// download. Its private key is in this crate for everybody to read.
    ///
    /// ```
    /// use tegata_testkit::FakeProvider;
    /// use tegata_testkit::profile::Profile;
    ///
    /// let file = FakeProvider::new(Profile::GOOGLE).service_account_file();
    /// assert!(file.contains("\"type\":\"service_account\""));
    /// ```
    #[must_use]
    pub fn service_account_file(&self) -> String {
        let file = json!({
            "type": "service_account",
            "project_id": "fake-project",
            "private_key_id": KEY_ID,
            "private_key": SERVICE_ACCOUNT.private,
            "client_email": EMAIL,
            "client_id": "1234567890",
            "token_uri": self.address(Endpoint::Token),
        });
        file.to_string()
    }
}

/// The claims of an assertion that the service account signed for `audience`, while it is good.
pub(crate) fn verify(token: &str, audience: &str, now: UnixTime) -> Option<Map<String, Value>> {
    let key = public_key_from_pem(SERVICE_ACCOUNT.public).ok()?;
    let keys = KeySet::from_public_key(Some(KEY_ID), key);
    let algorithms = AllowedAlgorithms::of(&[Algorithm::RS256]);
    let token = UnverifiedJws::new(CompactToken::new(token));
    let verified = token.verify(&keys, algorithms, backend::ring()).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(verified.payload()).ok()?;
    let text = |name: &str| claims.get(name)?.as_str();
    let time = |name: &str| claims.get(name)?.as_i64();
    let (issued, expires) = (time("iat")?, time("exp")?);
    let is_good = text("iss") == Some(EMAIL)
        && text("aud") == Some(audience)
        && issued <= now.seconds()
        && now.seconds() < expires
        && expires - issued <= LONGEST;
    is_good.then_some(claims)
}

/// What an assertion at the token endpoint brings: a grant with no refresh token, for the account or
/// for the user that it acts for.
pub(crate) fn redeem(exchange: &Exchange<'_>, form: &Parameters) -> Result<Grant, Refusal> {
    let assertion = get(form, "assertion");
    let assertion = assertion.ok_or(Refusal::new("invalid_request", "assertion is missing"))?;
    let audience = exchange.state.address(&exchange.settings.profile, Endpoint::Token);
    let claims = verify(assertion, &audience.unwrap_or_default(), exchange.now);
    let claims = claims.ok_or(Refusal::new("invalid_grant", "Invalid JWT Signature."))?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let scope = Scope::parse(text("scope").unwrap_or_default()).ok().filter(|it| !it.is_empty());
    Ok(Grant {
        client: EMAIL.to_owned(),
        subject: Some(text("sub").unwrap_or(EMAIL).to_owned()),
        scope: scope.ok_or(Refusal::new("invalid_scope", "scope is missing"))?,
        nonce: None,
        requested: Requested::default(),
        session_id: None,
        auth_time: exchange.now,
        wants_auth_time: false,
        refreshable: false,
    })
}
