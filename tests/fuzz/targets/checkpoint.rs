//! Weights of the user's own, in every format that is read.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use measure::checkpoint::Checkpoint;
use measure::weights::Weights;

fuzz_target!(|data: &[u8]| {
    let folder = fuzz::folder();
    let path = folder.path().join("weights");
    fs::write(&path, data).expect("a file");
    if let Ok(mut checkpoint) = Checkpoint::open(&path) {
        let tensors: Vec<_> = checkpoint.tensors().map(|(name, _, shape)| (name.to_owned(), shape.to_vec())).collect();
        for (name, shape) in tensors {
            // A network asks for its own shapes.
            let elements: usize = shape.iter().product();
            if elements <= 1 << 20
                && let Ok(values) = checkpoint.take(&name, &shape)
            {
                assert_eq!(values.len(), elements);
                assert!(values.iter().all(|value| value.is_finite()));
            }
        }
        let _ = checkpoint.finish();
    }
});
