//! What an application keeps can be shared, and what it awaits can be spawned, and dropped.

use std::fmt::Debug;
use std::time::Duration;

use tegata_core::authorize::Callback;
use tegata_core::http::HttpRequest;
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::token::TokenSet;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_oidc::RelyingParty;
use tegata_oidc::keys::KeyCache;
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::refresh::Refreshed;
use tegata_oidc::sign_in::{
    CookieKey, DeviceRequest, Grant, PendingDevice, PendingSignIn, SignInRequest, SignedIn,
};
use tegata_oidc::user_info::UserInfo;
use tegata_testkit::Endpoint;
use tegata_testkit::profile::Profile;
use tegata_tests::fake;

fn stored<T: Debug + Send + Sync + 'static>() {}

#[test]
fn what_is_stored_is_debug_send_and_sync() {
    stored::<tegata_reqwest::Client>();
    stored::<tegata_ureq::Client>();
    stored::<tegata_core::Error>();
    stored::<tegata_oidc::Config>();
    stored::<tegata_oidc::events::Receiver>();
    stored::<tegata_providers::google::CodeClient>();
    stored::<tegata_providers::google::CodeGuard>();
    stored::<tegata_providers::google::ServiceAccount>();
    stored::<tegata_providers::google::risc::StreamApi>();
    stored::<CookieKey>();
    stored::<FirstIdToken>();
    stored::<Grant>();
    stored::<IdToken>();
    stored::<KeyCache>();
    stored::<PendingDevice>();
    stored::<PendingSignIn>();
    stored::<Refreshed>();
    stored::<RelyingParty>();
    stored::<SignedIn>();
    stored::<TokenSet>();
    stored::<UserInfo>();
    // Builders hold trait objects and are used in one place.
    fn moved<T: Debug + Send + 'static>() {}
    moved::<tegata_reqwest::ClientBuilder>();
    moved::<tegata_ureq::ClientBuilder>();
}

/// Compiled and never run: each future goes to `tokio::spawn`, which takes `Send` ones alone.
#[expect(dead_code, reason = "that it compiles is the test")]
fn every_public_future_can_be_spawned(
    client: &tegata_reqwest::Client,
    (pending, second): (PendingSignIn, PendingSignIn),
    (device, other): (PendingDevice, PendingDevice),
    callback: &Callback,
    (tokens, claims): (&TokenSet, &IdToken),
) {
    macro_rules! spawned {
        ($($client:ident $(, $held:ident)* => $call:expr;)+) => {$({
            let $client = $client.clone();
            $(let $held = $held.clone();)*
            tokio::spawn(async move { $call.await });
        })+};
    }
    let (scope, request) = (Scope::default(), SignInRequest::new());
    let devices = DeviceRequest::new();
    let (logout, api) = (LogoutRequest::new(), HttpRequest::default());
    let token: &AccessToken = tokens.access_token();
    let first = claims.as_first();
    spawned! {
        client, api, token => client.call(api, &token);
        client, scope => client.client_credentials(scope);
        client => client.device().offline().start();
        client, devices => client.start_device(devices);
        client, logout => client.logout_url(logout);
        client => client.metadata();
        client, tokens, first => client.refresh(&tokens, Some(&first));
        client, tokens => client.revoke(&tokens);
        client, request => client.start(request);
        client => client.sign_in().offline().start();
        client, tokens, claims => client.user_info(&tokens, &claims);
        client => client.run(client.relying_party().metadata());
    }
    let (waiting, also) = (client.clone(), client.clone());
    tokio::spawn(async move { waiting.finish_device(device).await });
    tokio::spawn(async move { also.finish_device_grant(other).await });
    let (finishing, granted) = (client.clone(), client.clone());
    let (first_callback, second_callback) = (callback.clone(), callback.clone());
    tokio::spawn(async move { finishing.finish(pending, first_callback).await });
    tokio::spawn(async move { granted.finish_grant(second, second_callback).await });
}

#[test]
fn a_caller_who_gives_up_does_not_hold_up_the_others() {
    let provider = fake::provider(Profile::OPENID);
    let _server = provider.serve().unwrap();
    let _ = provider.on(Endpoint::Discovery).delay_once(Duration::from_secs(3600));
    let builder = tegata_reqwest::Client::builder(fake::config(&provider).unwrap());
    let client = builder.allow_loopback_http().clock(provider.clock()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let impatient = tokio::spawn({
            let client = client.clone();
            async move { client.metadata().await }
        });
        while provider.count(Endpoint::Discovery) == 0 {
            tokio::task::yield_now().await;
        }
        impatient.abort();
        assert!(impatient.await.unwrap_err().is_cancelled());
        client.metadata().await.unwrap();
    });
    assert_eq!(provider.count(Endpoint::Discovery), 2);
}
