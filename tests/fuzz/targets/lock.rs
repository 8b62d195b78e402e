//! `artifacts.lock`: what is read is written and read again as the same.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use offprint::lock::Lock;

fuzz_target!(|text: &str| {
    let name = Path::new("artifacts.lock");
    if let Ok(lock) = Lock::from_text(text, name) {
        let written = lock.to_text();
        let again = Lock::from_text(&written, name).expect("a lock that the program wrote");
        assert_eq!(again.to_text(), written);
    }
});
