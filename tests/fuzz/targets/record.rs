//! A record of a point: refused with an error, or estimates whose numbers are all finite.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use results::{Estimates, records};

/// To be edited where the input is no record itself.
static PUBLISHED: LazyLock<Vec<String>> = LazyLock::new(|| fuzz::published("record.json"));

fuzz_target!(|data: &[u8]| {
    let edited = if data.starts_with(b"{") { data.to_vec() } else { fuzz::edited(&PUBLISHED, data) };
    let folder = fuzz::folder();
    let records = folder.path().join("records");
    fs::create_dir(&records).expect("a folder");
    fs::write(records.join("alexnet-b1.json"), edited).expect("a file");
    match records::read(folder.path(), &fuzz::networks()) {
        Err(error) => assert!(error.to_string().contains("alexnet-b1.json"), "{error}"),
        Ok(records) => {
            let estimates = Estimates::of(&records, 1);
            let text = serde_json::to_string(&estimates).expect("JSON");
            // JSON has no NaN and no infinity: they would come back as an error or as nothing.
            let again: Estimates = serde_json::from_str(&text).expect("estimates with finite numbers");
            assert_eq!(again, estimates);
        }
    }
});
