//! Hands what libFuzzer makes up to the target `file_store`: see `tegata_fuzz::run`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("file_store", data));
