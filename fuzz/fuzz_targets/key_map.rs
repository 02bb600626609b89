//! Hands what libFuzzer makes up to the target `key_map`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("key_map", data));
