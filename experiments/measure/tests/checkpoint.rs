//! Weights in files of PyTorch and safetensors: the values that PyTorch has, whatever the format. `checkpoints/make.py` made the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use measure::checkpoint::Checkpoint;
use measure::weights::{WeightError, Weights};

#[derive(serde::Deserialize)]
struct Expected {
    shape: Vec<usize>,
    values: Vec<f32>,
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "checkpoints", name].iter().collect()
}

fn expected() -> BTreeMap<String, Expected> {
    let text = fs::read_to_string(file("expected.json")).expect("it is committed");
    serde_json::from_str(&text).expect("tensors by name")
}

const FILES: [&str; 10] = [
    "zip.pth",
    "unchecked.pth",
    "zip-5.pth",
    "deflated.pth",
    "legacy.pth",
    "legacy-4.pth",
    "legacy-5.pth",
    "training.pth",
    "training-legacy.pth",
    "whole.safetensors",
];

#[test]
fn all_formats_give_the_values_of_pytorch_to_the_bit() {
    for name in FILES {
        let mut checkpoint = Checkpoint::open(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(checkpoint.tensors().count(), 15, "{name}");
        for (tensor, Expected { shape, values }) in expected() {
            let taken = checkpoint.take(&tensor, &shape).unwrap_or_else(|error| panic!("{name}: {error}"));
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&taken), bits(&values), "{name}: {tensor}");
        }
        // Only the counter is left, which is ignored.
        checkpoint.finish().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_state_dict_in_a_training_checkpoint_and_a_stripped_prefix_are_remarked() {
    for name in ["training.pth", "training-legacy.pth"] {
        let checkpoint = Checkpoint::open(&file(name)).expect("it opens");
        let expected = [
            "the tensors are those of `state_dict`, not `optimizer`",
            "all names are without `module.`, which torch.nn.DataParallel adds",
        ];
        assert_eq!(checkpoint.remarks(), expected, "{name}");
    }
    assert!(Checkpoint::open(&file("zip.pth")).expect("it opens").remarks().is_empty());
}

#[test]
fn a_tensor_that_no_network_takes_is_surplus_and_a_counter_is_no_weight() {
    let mut checkpoint = Checkpoint::open(&file("zip.pth")).expect("it opens");
    let error = checkpoint.finish().expect_err("nothing was taken").to_string();
    assert_eq!(error, "tensor `bfloat` does not belong to the network, nor do 13 others");
    let error = checkpoint.take("bn.num_batches_tracked", &[]).expect_err("it counts").to_string();
    assert_eq!(error, "tensor `bn.num_batches_tracked` has type Long, expected F32, F16, BF16 or F64");
    assert!(matches!(checkpoint.take("half", &[3, 3]), Err(WeightError::Shape { .. })));
}

/// Whatever byte changes, a file is refused or gives tensors of their shapes; most changes of an archive's tensors are noticed.
#[test]
fn any_changed_or_cut_file_is_an_error_or_harmless() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    for name in FILES {
        let whole = fs::read(file(name)).expect("it is committed");
        let mut refused = 0;
        for at in (0..whole.len()).step_by(13) {
            let mut changed = whole.clone();
            changed[at] ^= if at % 2 == 0 { 0x01 } else { 0x80 };
            fs::write(&path, &changed).expect("a writable folder");
            let Ok(mut checkpoint) = Checkpoint::open(&path) else {
                refused += 1;
                continue;
            };
            for (tensor, Expected { shape, .. }) in expected() {
                if let Ok(values) = checkpoint.take(&tensor, &shape) {
                    assert_eq!(values.len(), shape.iter().product::<usize>());
                }
            }
        }
        assert!(refused > whole.len() / 130, "{name}: {refused} of {}", whole.len() / 13);
        for length in (0..whole.len()).step_by(61) {
            fs::write(&path, &whole[..length]).expect("a writable folder");
            assert!(Checkpoint::open(&path).is_err(), "{name}: {length} of {} bytes", whole.len());
        }
    }
}
