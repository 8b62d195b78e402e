//! Weights of the user's own, as safetensors.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use measure::checkpoint::Checkpoint;
use measure::weights::Weights;

fuzz_target!(|data: &[u8]| {
    let folder = fuzz::folder();
    let path = folder.path().join("weights.safetensors");
    fs::write(&path, data).expect("a file");
    if let Ok(mut checkpoint) = Checkpoint::open(&path) {
        let _ = checkpoint.take("conv1.weight", &[1]);
        let _ = checkpoint.finish();
    }
});
