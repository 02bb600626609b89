//! The bodies of the fuzz targets: what is fed, and what must hold whatever is fed.
//!
//! A target that only runs the code finds panics. Each body here has an oracle beside: an
//! independent reader, a round trip, or a sentence such as "no claims without a signature".

mod device;
mod flows;
mod input;
mod keys;
mod later;
mod loopback;
mod messages;
mod private;
mod stored;
mod tokens;
mod validators;

/// A target: its name, which is that of its seeds and of its file in `fuzz_targets/`, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, in alphabetical order.
pub const TARGETS: &[Target] = &[
    ("authorized_user", stored::authorized_user),
    ("base64url", keys::base64url),
    ("callback", messages::callback),
    ("client_secret", messages::client_secret),
    ("device_flow", device::device_flow),
    ("discovery_flow", flows::discovery_flow),
    ("error_response", messages::error_response),
    ("export", stored::export),
    ("file_store", stored::file_store),
    ("form", messages::form),
    ("id_token", tokens::id_token),
    ("json", messages::json),
    ("jwe", private::jwe),
    ("jwks", keys::jwks),
    ("jws", tokens::jws),
    ("key_map", keys::key_map),
    ("logout_token", later::logout_token),
    ("loopback_request", loopback::loopback_request),
    ("metadata", messages::metadata),
    ("pending_sign_in", tokens::pending_sign_in),
    ("poll_response", later::poll_response),
    ("private_key", private::private_key),
    ("record", stored::record),
    ("redirect_uri", validators::redirect_uri),
    ("refresh_flow", later::refresh_flow),
    ("scope", validators::scope),
    ("security_event", later::security_event),
    ("service_account", private::service_account),
    ("sign_in_flow", flows::sign_in_flow),
    ("spki", keys::spki),
    ("token_response", messages::token_response),
    ("user_info", later::user_info),
    ("www_authenticate", validators::www_authenticate),
];

/// Runs the target called `name`.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.unwrap_or_else(|| panic!("no target is called {name}")).1(data);
}
