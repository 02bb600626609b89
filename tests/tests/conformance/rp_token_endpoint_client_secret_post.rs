//! `rp-token_endpoint-client_secret_post` of the tool of 2020: the provider takes the secret in the form
//! alone, and there name and secret stand as they are.

use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::secret::ClientSecret;
use tegata_core::url::Issuer;
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;
use tegata_testkit::{Client as Registered, Fault, profile};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.configured(profile::Profile::CERTIFICATION, |config| {
        let secret = ClientSecret::new(Registered::ODD_SECRET);
        let client = Client::new(Registered::ODD_ID, ClientAuthentication::Post(secret));
        let issuer = Issuer::new(config.issuer().as_str()).unwrap();
        let config = Config::new(issuer, Profile::OPENID, client);
        config.with_redirect_uri(Registered::DEFAULT_REDIRECT_URI).unwrap()
    });
    stage.provider.misbehave(Fault::ClientSecretPostOnly);
    stage.accepts();
}
