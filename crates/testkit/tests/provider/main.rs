//! The provider as a client sees it, driven by the messages of `tegata-core` alone: with no client
//! of ours in between, each side is held to the specification by the other.

#[cfg(test)]
mod hand;
mod sign_in;
