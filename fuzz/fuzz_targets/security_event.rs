//! Hands what libFuzzer makes up to the target `security_event`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("security_event", data));
