#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::run("loopback_request", data));
