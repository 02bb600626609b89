//! A relying party for the OpenID Foundation's conformance suite: the suite plays the provider, this
//! program plays the application.
//!
//! ```text
//! OP_ISSUER=https://localhost.emobix.co.uk:8443/test/a/tegata/ \
//! OP_CERTIFICATE=suite.pem CLIENT_ID=client CLIENT_SECRET=secret \
//!     cargo run --package tegata-reqwest --example conformance_rp
//! ```
//!
//! Each test of the suite has an address here, by its name: when the suite waits for
//! `oidcc-client-test-nonce-invalid`, open `/oidcc-client-test-nonce-invalid`. The page at the end says
//! what the client made of it, and so does the terminal.
//!
//! | address | register it as |
//! |---|---|
//! | `/callback` | `redirect_uris` |
//! | `/initiate` | `initiate_login_uri` |
//! | `/signed-out` | `post_logout_redirect_uris` |
//! | `/front-channel-logout` | `frontchannel_logout_uri`, with `frontchannel_logout_session_required` |
//! | `/back-channel-logout` | `backchannel_logout_uri`, with `backchannel_logout_session_required` |
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `OP_ISSUER` | | the issuer, as the suite shows it: with its last slash |
//! | `OP_CERTIFICATE` | | a PEM file with the suite's certificate, when nobody knows it |
//! | `CLIENT_ID`, `CLIENT_SECRET` | | of the registered client; it authenticates by HTTP Basic |
//! | `ID_TOKEN_ALG` | `RS256` | `id_token_signed_response_alg` of the client |
//! | `RESPONSE_TYPE` | `code` | the variant under test, such as `code id_token` |
//! | `RESPONSE_MODE` | | `form_post` for those plans |
//! | `RP_ADDRESS` | `127.0.0.1:8090` | where to listen |
//! | `RP_ORIGIN` | `http://` and that | how browsers get here, when something with TLS stands in front |
//!
//! It serves one tester with one browser: what a real application keeps in a cookie, it keeps in
//! memory.

mod modules;
mod rp;
mod server;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::secret::ClientSecret;
use tegata_jose::algorithm::Algorithm;
use tegata_reqwest::TransportOptions;
use tokio::net::TcpListener;

use rp::{RelyingParty, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = or("RP_ADDRESS", "127.0.0.1:8090").parse()?;
    let settings = settings(&or("RP_ORIGIN", &format!("http://{address}")))?;
    println!("{}/ for {}", settings.origin, settings.issuer);
    let rp = Arc::new(RelyingParty::new(settings)?);
    server::serve(TcpListener::bind(address).await?, rp).await?;
    Ok(())
}

fn settings(origin: &str) -> Result<Settings, Box<dyn Error>> {
    let unknown = |name: &str| format!("{name} is none that is known here");
    let mut options = TransportOptions::new().allow_loopback_http();
    if let Ok(path) = env::var("OP_CERTIFICATE") {
        options = options.add_root_certificate(std::fs::read(path)?);
    }
    let response_mode = match env::var("RESPONSE_MODE") {
        Ok(name) => Some(ResponseMode::parse(&name).ok_or_else(|| unknown("RESPONSE_MODE"))?),
        Err(_) => None,
    };
    let response_type = ResponseType::parse(&or("RESPONSE_TYPE", "code"));
    let algorithm = Algorithm::parse(&or("ID_TOKEN_ALG", "RS256"));
    Ok(Settings {
        origin: origin.to_owned(),
        issuer: required("OP_ISSUER")?,
        client_id: required("CLIENT_ID")?,
        client_secret: ClientSecret::new(required("CLIENT_SECRET")?),
        algorithm: algorithm.ok_or_else(|| unknown("ID_TOKEN_ALG"))?,
        response_type: response_type.ok_or_else(|| unknown("RESPONSE_TYPE"))?,
        response_mode,
        options,
    })
}

fn required(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: see the head of this example"))
}

fn or(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
