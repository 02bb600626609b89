//! A fake OpenID provider for tests: every flow, five profiles, and it misbehaves on demand.
//!
//! A program signs in to it as it would to Google, with real keys and real signatures; nobody needs
//! an account, a network or a browser. Without a socket at all:
//!
//! ```
//! use tegata_testkit::FakeProvider;
//! use tegata_testkit::profile::Profile;
//!
//! let provider = FakeProvider::new(Profile::GOOGLE);
//! let transport = provider.transport();       // Fn(HttpRequest) -> Result<HttpResponse, _>
//! # let authorization_url = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code\
//! #     &client_id=test-client&redirect_uri=https://app.example.com/callback&scope=openid&state=x";
//! let landing = provider.browse(authorization_url);           // alice agrees to everything
//! let callback = landing.callback()?;                         // what your handler is given
//! assert_eq!(callback.state(), Some("x"));
//! # Ok::<(), tegata_core::Error>(())
//! ```
//!
//! Over real HTTP, for a client that opens its own connections. The server has threads of its own, so
//! a blocking test and an async one use it alike, on any runtime:
//!
//! ```
//! use tegata_testkit::FakeProvider;
//! use tegata_testkit::profile::Profile;
//!
//! let provider = FakeProvider::new(Profile::OPENID);
//! let server = provider.serve()?;                             // stops when it is dropped
//! let issuer = provider.issuer();                             // http://127.0.0.1:49152
//! assert!(issuer.starts_with("http://127.0.0.1:"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | to do | look at |
//! |---|---|
//! | choose or change a provider's habits | [`profile`] |
//! | register clients, add users | [`Client`], [`User`], [`FakeProvider::builder`] |
//! | decide as the user, or by a person's click | [`Decision`], [`FakeProvider::interactive`], [`FakeProvider::answer_device`] |
//! | let several users sign in, each in a browser | [`Browser`], [`FakeProvider::browse_in`] |
//! | end sessions, and see what clients are told | [`FakeProvider::sign_out`], [`FakeProvider::take_logout_requests`] |
//! | move time, count randomness, rotate keys | [`TestClock`], [`CountingRandom`], [`FakeProvider::rotate_keys`] |
//! | encrypt for a client, with the feature `jwe` | `encryption` |
//! | let something happen to an account | [`FakeProvider::send_event`], [`FakeProvider::service_account_file`] |
//! | let it misbehave | [`FakeProvider::on`], [`Fault`] |
//! | see what it was asked | [`FakeProvider::requests`], [`FakeProvider::count`] |
//! | get a fuzzer past the signature | [`signature`] |
//!
//! **Its private keys are in this crate for everybody to read.** Trust it in tests alone.

mod client;
mod clock;
mod decision;
mod endpoint;
mod fault;
mod keys;
mod log;
mod misbehave;
mod place;
mod provider;
mod random;
mod script;
mod server;
mod wire;

pub mod browser;
#[cfg(feature = "jwe")]
pub mod encryption;
pub mod profile;
pub mod signature;

pub use browser::{Browser, Landing};
pub use client::{Client, User};
pub use clock::{Hurried, TestClock};
pub use decision::Decision;
pub use endpoint::Endpoint;
pub use fault::{Fault, Faults};
pub use keys::{OldKeys, SigningAlgorithm};
pub use log::Seen;
pub use place::Place;
pub use provider::{Builder, FakeProvider};
pub use random::CountingRandom;
pub use script::Scripted;
pub use server::Server;
