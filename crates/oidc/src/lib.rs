//! OpenID Connect without I/O: sign-in, UserInfo, refresh, revocation and logout as flows.
//!
//! A [`RelyingParty`] is one client at one provider. Each of its methods answers with a
//! [`Flow`](tegata_core::flow::Flow) that a backend drives; `tegata-ureq` and `tegata-reqwest` are
//! such backends, and ten lines of your own are another.
//!
//! | idea | modules |
//! |---|---|
//! | what a provider does in its own way | [`profile`] |
//! | what an application knows beforehand | [`config`] |
//! | encrypted answers, with the feature `jwe` | `decryption` |
//! | living values: fetched when needed, shared, served stale | [`metadata`], [`keys`] |
//! | a token for the client itself | [`client_credentials`], [`assertion`] |
//! | what others begin | [`initiate`], [`logout::front_channel`], [`logout::back_channel`], [`session`] |
//! | what is known about a user, and who else knows | [`standard_claims`], [`claim_sources`] |
//! | what a provider tells later about an account | [`events`] |
//! | what may come once | [`replay`] |
//! | a fragment that must reach the server | [`fragment_page`] |
//! | signing in and what follows | [`sign_in`], [`user_info`], [`refresh`], [`revoke`], [`logout`] |

mod cache;
mod obtain;
mod open;
mod relying_party;
mod with_metadata;

pub mod assertion;
pub mod claim_sources;
pub mod client_credentials;
pub mod config;
#[cfg(feature = "jwe")]
pub mod decryption;
pub mod events;
pub mod fragment_page;
pub mod initiate;
pub mod keys;
pub mod logout;
pub mod metadata;
pub mod profile;
pub mod refresh;
pub mod replay;
pub mod revoke;
pub mod session;
pub mod sign_in;
pub mod standard_claims;
pub mod user_info;

pub use config::Config;
pub use relying_party::RelyingParty;
