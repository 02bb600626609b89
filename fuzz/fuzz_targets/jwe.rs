//! Hands what libFuzzer makes up to the target `jwe`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("jwe", data));
