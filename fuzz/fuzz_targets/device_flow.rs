//! Hands what libFuzzer makes up to the target `device_flow`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("device_flow", data));
