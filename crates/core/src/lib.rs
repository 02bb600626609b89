//! OAuth 2.0 without I/O: messages, checks and flows that any HTTP client can drive.
//!
//! Nothing here opens a socket, reads a clock or draws a random number: what it needs comes in as an
//! argument. The layers, lowest first:
//!
//! | layer | modules |
//! |---|---|
//! | types that parse themselves | [`form`], [`json`], [`redirect`], [`scope`], [`secret`], [`time`], [`url`] |
//! | what the world brings in | [`http`], [`random`], [`time::Clock`], [`transport`] |
//! | who asks, and whom | [`client`], [`metadata`], [`tolerance`] |
//! | the browser's way there and back | [`authorize`], [`pkce`] |
//! | endpoint pairs: build a request, read a response | [`bearer`], [`device`], [`revoke`], [`token`] |
//! | flows | [`flow`] |
//! | what goes wrong, and what to do about it | [`error`] |

pub mod authorize;
pub mod bearer;
pub mod client;
pub mod device;
pub mod error;
pub mod flow;
pub mod form;
pub mod http;
pub mod json;
pub mod metadata;
pub mod pkce;
pub mod random;
pub mod redirect;
pub mod revoke;
pub mod scope;
pub mod secret;
pub mod time;
pub mod token;
pub mod tolerance;
pub mod transport;
pub mod url;

pub use error::Error;
