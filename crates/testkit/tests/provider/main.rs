//! The provider as a client sees it, driven by `tegata-core` and `tegata-jose` alone: each side is
//! held to the specification by the other.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod bearer;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod hand;
#[cfg(test)]
mod login_page;
#[cfg(test)]
mod over_http;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
