//! Hands what libFuzzer makes up to the target `www_authenticate`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("www_authenticate", data));
