//! Hands what libFuzzer makes up to the target `logout_token`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("logout_token", data));
