//! The token endpoint (RFC 6749 §3.2): one request per grant, one reader for all answers.

mod request;
mod response;

pub use request::{Refresh, client_credentials, code, device_code, jwt_bearer, refresh};
pub use response::{TokenSet, read};
pub(crate) use response::{refusal, seconds};
