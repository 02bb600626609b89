//! Hands what libFuzzer makes up to the target `pending_sign_in`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("pending_sign_in", data));
