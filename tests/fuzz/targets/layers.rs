//! A record of the layers of a network.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let folder = fuzz::folder();
    let layers = folder.path().join("layers");
    fs::create_dir(&layers).expect("a folder");
    fs::write(layers.join("vgg-16-b1.json"), data).expect("a file");
    if let Ok(estimates) = results::layers::read(folder.path()) {
        let text = serde_json::to_string(&estimates).expect("JSON");
        let again: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(serde_json::to_value(&estimates).expect("JSON"), again);
    }
});
