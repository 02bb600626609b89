//! Presets: what Google, Yahoo! JAPAN and Yahoo do in their own way, as data.
//!
//! Each module has a [`Profile`](tegata_oidc::profile::Profile) that says when it was last compared
//! with the provider's documentation, and a `config` that makes a client of it. A provider that is
//! not here is a constant of your own: see [`Profile`](tegata_oidc::profile::Profile).
//!
//! ```
//! use tegata_providers::yahoo_japan;
//!
//! let config = yahoo_japan::config("dj00aiZpPXh-", "0123456789abcdef")?
//!     .with_redirect_uri("https://app.example.com/callback")?;
//! assert_eq!(config.issuer().as_str(), "https://auth.login.yahoo.co.jp/yconnect/v2");
//! # Ok::<(), tegata_core::Error>(())
//! ```

pub mod google;
pub mod openid;
pub mod yahoo;
pub mod yahoo_japan;
