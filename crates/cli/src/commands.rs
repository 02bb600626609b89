//! One file per command. Each has its arguments and a `run` that answers whether all was well.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod discover;
pub(crate) mod explain;
#[cfg(feature = "jwe")]
pub(crate) mod jwe;
pub(crate) mod jws;
pub(crate) mod jwt;
pub(crate) mod login;
pub(crate) mod provider;
pub(crate) mod token;
