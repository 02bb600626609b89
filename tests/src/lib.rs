//! Tests across the crates: the same scenarios on both transports.
