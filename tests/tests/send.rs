//! What an application keeps can be shared, and what it awaits can be spawned.

use std::fmt::Debug;

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
use tegata_oidc::sign_in::{CookieKey, Grant, PendingSignIn, SignInRequest, SignedIn};
use tegata_oidc::user_info::UserInfo;

fn stored<T: Debug + Send + Sync + 'static>() {}

#[test]
fn what_is_stored_is_debug_send_and_sync() {
    stored::<tegata_reqwest::Client>();
    stored::<tegata_ureq::Client>();
    stored::<tegata_core::Error>();
    stored::<tegata_oidc::Config>();
    stored::<CookieKey>();
    stored::<FirstIdToken>();
    stored::<Grant>();
    stored::<IdToken>();
    stored::<KeyCache>();
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
    let (logout, api) = (LogoutRequest::new(), HttpRequest::default());
    let token: &AccessToken = tokens.access_token();
    let first = claims.as_first();
    spawned! {
        client, api, token => client.call(api, &token);
        client, scope => client.client_credentials(scope);
        client, logout => client.logout_url(logout);
        client => client.metadata();
        client, tokens, first => client.refresh(&tokens, Some(&first));
        client, tokens => client.revoke(&tokens);
        client, request => client.start(request);
        client => client.sign_in().offline().start();
        client, tokens, claims => client.user_info(&tokens, &claims);
        client => client.run(client.relying_party().metadata());
    }
    let (finishing, granted) = (client.clone(), client.clone());
    let (first_callback, second_callback) = (callback.clone(), callback.clone());
    tokio::spawn(async move { finishing.finish(pending, first_callback).await });
    tokio::spawn(async move { granted.finish_grant(second, second_callback).await });
}
