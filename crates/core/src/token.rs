//! The token endpoint (RFC 6749 §3.2): one request per grant, one reader for all answers.

mod request;
mod response;

pub use request::{client_credentials, code, jwt_bearer, refresh};
pub(crate) use response::refusal;
pub use response::{TokenSet, read};
