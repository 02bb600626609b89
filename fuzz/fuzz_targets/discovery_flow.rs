//! Hands what libFuzzer makes up to the target `discovery_flow`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("discovery_flow", data));
