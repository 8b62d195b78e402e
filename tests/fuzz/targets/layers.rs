//! A record of the layers of a network.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// To be edited where the input is no record itself. Those of few layers, since each takes time to estimate.
static PUBLISHED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let records = fuzz::published("layers.json").into_iter();
    records.filter(|record| record.len() < 40_000).collect()
});

fuzz_target!(|data: &[u8]| {
    let edited = if data.starts_with(b"{") { data.to_vec() } else { fuzz::edited(&PUBLISHED, data) };
    let folder = fuzz::folder();
    let layers = folder.path().join("layers");
    fs::create_dir(&layers).expect("a folder");
    fs::write(layers.join("vgg-16-b1.json"), edited).expect("a file");
    if let Ok(estimates) = results::layers::read(folder.path()) {
        let text = serde_json::to_string(&estimates).expect("JSON");
        let again: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(serde_json::to_value(&estimates).expect("JSON"), again);
    }
});
