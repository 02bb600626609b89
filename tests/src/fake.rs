//! The fake provider and its one client, as each preset knows them.

use tegata_core::Error;
use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::time::UnixTime;
use tegata_oidc::Config;
use tegata_providers::{google, openid, yahoo, yahoo_japan};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, FakeProvider, TestClock};

/// When every scenario begins.
pub const BEGINNING: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// A provider whose clock stands at [`BEGINNING`].
#[must_use]
pub fn provider(profile: Profile) -> FakeProvider {
    FakeProvider::builder(profile).clock(TestClock::at(BEGINNING)).build()
}

/// The configuration of the default client, by the preset that goes with the profile.
///
/// # Errors
///
/// None, unless the presets refuse what the fake provider has registered.
pub fn config(provider: &FakeProvider) -> Result<Config, Error> {
    let config_at = match provider.profile().name {
        "google" => google::config_at,
        "yahoo" => yahoo::config_at,
        "yahoo-japan" => yahoo_japan::config_at,
        _ => openid::config,
    };
    config_at(&provider.issuer(), Client::DEFAULT_ID, Client::DEFAULT_SECRET)?
        .with_redirect_uri(Client::DEFAULT_REDIRECT_URI)
}

/// What a client may ask of the authorization endpoint: each response type that the metadata lists,
/// in the mode that it implies (`None`) and in each that is listed and fits.
#[must_use]
pub fn supported(profile: &Profile) -> Vec<(ResponseType, Option<ResponseMode>)> {
    let metadata: serde_json::Value = serde_json::from_str(profile.metadata).unwrap_or_default();
    let listed = |member: &str| -> Vec<&str> {
        let list = metadata.get(member).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    };
    let types = listed("response_types_supported").into_iter().filter_map(ResponseType::parse);
    let mut modes = listed("response_modes_supported");
    if modes.is_empty() {
        // OpenID Connect Discovery §3.
        modes = vec!["query", "fragment"];
    }
    let modes: Vec<_> = modes.into_iter().filter_map(ResponseMode::parse).collect();
    let fits = |kind, mode| mode != ResponseMode::Query || kind == ResponseType::Code;
    let pairs = types.flat_map(|kind| {
        let modes = modes.iter().copied().filter(move |mode| fits(kind, *mode)).map(Some);
        std::iter::once(None).chain(modes).map(move |mode| (kind, mode)).collect::<Vec<_>>()
    });
    pairs.collect()
}
