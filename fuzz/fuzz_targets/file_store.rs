#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("file_store", data));
