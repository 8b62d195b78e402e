//! The program `measure forward` on real files: the oracle's logits, and an error for every kind of invalid file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use measure::checkpoint::Checkpoint;
use measure::formula::{Formula, images};
use measure::weights::Weights;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde_json::Value;

/// The smallest network.
const NETWORK: &str = "enet";

/// A tensor in a file.
#[derive(Clone)]
struct Stored {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// A folder with weights and images, and the file for the logits.
struct Files {
    folder: tempfile::TempDir,
    /// File name of the logits.
    output: String,
    oracle: Value,
}

impl Files {
    fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracle/logits.json");
        let text = fs::read_to_string(path).expect("the oracle exists");
        let oracle: Value = serde_json::from_str(&text).expect("the oracle parses");
        let folder = tempfile::tempdir().expect("a folder");
        let files = Self { folder, output: "output".to_owned(), oracle: oracle[NETWORK].clone() };
        files.write("weights", &files.weights());
        let shape = files.shape();
        files.write("input", &[stored("input", &shape, &images(0, shape.iter().product()))]);
        files
    }

    fn shape(&self) -> Vec<usize> {
        serde_json::from_value(self.oracle["input"].clone()).expect("four sizes")
    }

    /// The state dict by the oracle's formula.
    fn weights(&self) -> Vec<Stored> {
        let network = networks::find(NETWORK).expect("it is in the list");
        let gain = self.oracle["gain"].as_f64().expect("a gain");
        let mut formula = Formula::new(&network, gain, 0).expect("it fits");
        let tensors = networks::tensors(&network).expect("it fits");
        let values = tensors.iter().map(|tensor| {
            let values = formula.take(&tensor.name, &tensor.shape).expect("the formula has every tensor");
            stored(&tensor.name, &tensor.shape, &values)
        });
        values.collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, tensors: &[Stored]) {
        let views = tensors.iter().map(|tensor| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).expect("bytes of that shape");
            (tensor.name.clone(), view)
        });
        fs::write(self.path(name), serialize(views, None).expect("it serialises")).expect("a writable folder");
    }

    fn forward(&self, network: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
        command.args(["forward", "--network", network]);
        for (flag, file) in [("--weights", "weights"), ("--input", "input"), ("--output", &self.output)] {
            command.arg(flag).arg(self.path(file));
        }
        command.output().expect("the program starts")
    }

    /// The logits that the program computes, with their shape.
    fn logits(&self) -> (Vec<usize>, Vec<f32>) {
        let output = self.forward(NETWORK);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        logits(&self.path(&self.output))
    }

    /// The error of the program, which must write nothing.
    fn error(&self) -> String {
        self.error_of(NETWORK)
    }

    fn error_of(&self, network: &str) -> String {
        let output = self.forward(network);
        assert_eq!(output.status.code(), Some(1));
        assert!(!self.path(&self.output).exists());
        let error = String::from_utf8(output.stderr).expect("text");
        assert!(error.starts_with("error: ") && error.contains("\nhint: "), "{error}");
        error
    }

    /// The error of the program after `change` of the weights.
    fn error_after(change: impl FnOnce(&mut Vec<Stored>)) -> String {
        let files = Self::new();
        let mut weights = files.weights();
        change(&mut weights);
        files.write("weights", &weights);
        files.error()
    }
}

fn stored(name: &str, shape: &[usize], values: &[f32]) -> Stored {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Stored { name: name.to_owned(), dtype: Dtype::F32, shape: shape.to_vec(), bytes }
}

/// Whether an error contains the path of a file.
fn names(error: &str, path: &Path) -> bool {
    error.contains(&*path.to_string_lossy())
}

fn logits(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(path).expect("logits were written");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    assert_eq!(file.names(), ["logits"]);
    let tensor = file.tensor("logits").expect("a tensor");
    assert_eq!(tensor.dtype(), Dtype::F32);
    let (words, _) = tensor.data().as_chunks::<4>();
    (tensor.shape().to_vec(), words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}

#[test]
fn logits_of_files_are_those_of_the_oracle() {
    let files = Files::new();
    let (shape, logits) = files.logits();
    let expected: Vec<Vec<f32>> = serde_json::from_value(files.oracle["logits"].clone()).expect("logits");
    assert_eq!(shape, [expected.len(), 1000]);
    let expected = expected.concat();
    let largest = expected.iter().fold(0.0_f32, |largest, logit| largest.max(logit.abs()));
    for (ours, theirs) in logits.iter().zip(expected) {
        assert!((ours - theirs).abs() <= 2e-4 * largest, "{ours} and {theirs}");
    }
}

#[test]
fn counters_of_training_are_ignored() {
    let files = Files::new();
    let without = files.logits();
    // PyTorch's state dicts have one for each norm.
    let mut weights = files.weights();
    let counter = |name: &str| Stored { name: name.into(), dtype: Dtype::I64, shape: vec![], bytes: vec![0; 8] };
    weights.extend(["initial.bn.num_batches_tracked", "fc.num_batches_tracked"].map(counter));
    files.write("weights", &weights);
    assert!(files.logits() == without);
}

#[test]
fn a_missing_tensor_is_named() {
    let error = Files::error_after(|weights| weights.retain(|tensor| tensor.name != "fc.bias"));
    assert!(error.contains("tensor `fc.bias` is missing"), "{error}");
}

#[test]
fn an_extra_tensor_is_named_and_others_are_counted() {
    let error = Files::error_after(|weights| {
        weights.extend(["a.weight", "b.weight", "c.weight"].map(|name| stored(name, &[1], &[0.0])));
    });
    assert!(error.contains("tensor `a.weight` does not belong to the network, nor do 2 others"), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let error = Files::error_after(|weights| {
        let bias = weights.iter_mut().find(|tensor| tensor.name == "fc.bias").expect("it exists");
        *bias = stored("fc.bias", &[10, 100], &[0.0; 1000]);
    });
    assert!(error.contains("tensor `fc.bias` has shape [10, 100], expected [1000]"), "{error}");
}

#[test]
fn a_tensor_of_another_type_is_named_with_its_type() {
    let error = Files::error_after(|weights| {
        let bias = weights.iter_mut().find(|tensor| tensor.name == "fc.bias").expect("it exists");
        (bias.dtype, bias.bytes) = (Dtype::I64, vec![0; 8000]);
    });
    assert!(error.contains("tensor `fc.bias` has type I64, expected F32, F16, BF16 or F64"), "{error}");
}

#[test]
fn images_of_another_size_are_an_error_with_the_expected_shape() {
    let files = Files::new();
    files.write("input", &[stored("input", &[1, 3, 2, 2], &[0.0; 12])]);
    let error = files.error();
    assert!(error.contains("[1, 3, 2, 2]") && error.contains("[n, 3, 224, 224]"), "{error}");
    files.write("input", &[stored("input", &[0, 3, 224, 224], &[])]);
    assert!(files.error().contains("[0, 3, 224, 224]"));
    files.write("input", &[stored("image", &[1, 3, 2, 2], &[0.0; 12])]);
    assert!(files.error().contains("tensor `input` is missing"));
}

#[test]
fn an_unknown_network_lists_the_known_ones() {
    let error = Files::new().error_of("resnet");
    assert!(error.contains("`resnet`") && error.contains("alexnet, ") && error.contains("resnet-152"), "{error}");
}

#[test]
fn an_incomplete_or_missing_file_is_named() {
    for flag in ["weights", "input"] {
        let files = Files::new();
        let path = files.path(flag);
        let whole = fs::read(&path).expect("it was written");
        let claimed = |bytes: u64, rest: &[u8]| [&bytes.to_le_bytes()[..], rest].concat();
        for (bytes, expected) in [
            (whole[..whole.len() - 1].to_vec(), "but its header describes"),
            ([&whole[..], &[0]].concat(), "but its header describes"),
            (whole[..20].to_vec(), "but its header describes"),
            (vec![1, 2, 3], "its 3 bytes are too few"),
            (vec![], "it is an empty file"),
            (claimed(u64::MAX, b"{}"), "its header claims 18446744073709551615 bytes"),
            (claimed(1 << 40, b"{}"), "its header claims"),
            (claimed(2, b"[]"), "its header cannot be read"),
            (claimed(4, b"JSON"), "its header cannot be read"),
            (claimed(2, &[0xff, 0xff]), "its header cannot be read"),
        ] {
            fs::write(&path, bytes).expect("a writable folder");
            let error = files.error();
            assert!(error.contains(expected) && names(&error, &path), "{error}");
        }
        fs::remove_file(&path).expect("it existed");
        let error = files.error();
        assert!(error.contains("No such file") && names(&error, &path), "{error}");
        fs::create_dir(&path).expect("a writable folder");
        let error = files.error();
        assert!(names(&error, &path), "{error}");
    }
}

#[test]
fn a_file_of_another_program_is_called_by_its_name_with_the_remedy() {
    for (bytes, name, remedy) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:1f\nsize 9\n"[..],
            "a pointer of Git LFS",
            "git lfs pull",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\0", "compressed with gzip", "gunzip"),
        (b"<!DOCTYPE html><html>", "a web page", "download it again"),
    ] {
        for flag in ["weights", "input"] {
            let files = Files::new();
            fs::write(files.path(flag), bytes).expect("a writable folder");
            let error = files.error();
            assert!(error.contains(name) && names(&error, &files.path(flag)), "{error}");
            // Text and place, then one remedy.
            let (_, hint) = error.split_once("\nhint: ").expect("a hint");
            assert!(hint.contains(remedy) && hint.trim_end().lines().count() == 1, "{error}");
        }
    }
}

#[test]
fn a_truncated_file_is_to_be_copied_again() {
    let files = Files::new();
    let whole = fs::read(files.path("weights")).expect("it was written");
    fs::write(files.path("weights"), &whole[..whole.len() / 2]).expect("a writable folder");
    let error = files.error();
    assert!(error.contains(": it is truncated\nhint: download or copy it again"), "{error}");
}

#[test]
fn an_unknown_prefix_of_all_names_is_named_with_the_remedy() {
    let error = Files::error_after(|weights| {
        weights.iter_mut().for_each(|tensor| tensor.name = format!("net.{}", tensor.name));
    });
    assert!(error.contains("names in the file begin with `net.`"), "{error}");
    assert!(error.contains("\nhint: save the tensors without it: torch.save({k.removeprefix(\"net.\")"), "{error}");
}

#[test]
fn known_prefixes_and_auxiliary_heads_are_remarked_and_change_nothing() {
    let files = Files::new();
    let without = files.logits();
    let mut weights = files.weights();
    weights.extend(["AuxLogits.fc.weight", "aux1.fc1.bias"].map(|name| stored(name, &[1], &[0.0])));
    weights.iter_mut().for_each(|tensor| tensor.name = format!("_orig_mod.module.{}", tensor.name));
    files.write("weights", &weights);
    let output = files.forward(NETWORK);
    let notes = String::from_utf8(output.stderr).expect("text");
    assert_eq!(notes.lines().filter(|line| line.starts_with("note: ")).count(), 4, "{notes}");
    assert!(notes.contains("without `_orig_mod.`, which torch.compile adds"), "{notes}");
    assert!(notes.contains("the auxiliary head `aux1.` is not used, 1 of "), "{notes}");
    assert!(logits(&files.path("output")) == without);
    // A prefix of some names only is none.
    weights.iter_mut().for_each(|tensor| tensor.name = tensor.name.replace("_orig_mod.module.aux1", "other"));
    files.write("weights", &weights);
    fs::remove_file(files.path("output")).expect("it was written");
    assert!(files.error().contains("names in the file begin with `_orig_mod.module.`, which torch.compile adds"));
}

#[test]
fn a_value_that_is_no_finite_number_is_named_with_its_place() {
    for value in [f32::NAN, f32::NEG_INFINITY] {
        let error = Files::error_after(|weights| {
            let bias = weights.iter_mut().find(|tensor| tensor.name == "fc.bias").expect("it exists");
            bias.bytes[40..44].copy_from_slice(&value.to_le_bytes());
        });
        assert!(error.contains(&format!("tensor `fc.bias` has {value} at element 10")), "{error}");
    }
    let error = Files::error_after(|weights| {
        let bias = weights.iter_mut().find(|tensor| tensor.name == "fc.bias").expect("it exists");
        (bias.dtype, bias.bytes) = (Dtype::F64, 1e300_f64.to_le_bytes().repeat(1000));
    });
    assert!(error.contains("tensor `fc.bias` has inf at element 0"), "{error}");
}

/// Changed headers, drawn from a fixed seed: whatever they claim, the program reports an error or computes.
#[test]
fn any_change_of_a_header_is_an_error_or_harmless() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let bytes: Vec<u8> = [1.0_f32, 2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![2], &bytes).expect("two numbers");
    let whole = serialize([("input", view)], None).expect("it serialises");
    let mut state = 5_u64;
    let mut below = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let mut opened = 0;
    for _ in 0..3000 {
        let mut changed = whole.clone();
        for _ in 0..=below(3) {
            let at = below(changed.len());
            match below(8) {
                0..3 => changed[at] = below(256) as u8,
                3 => changed.truncate(at.max(1)),
                4 => changed.insert(at, b'0' + below(10) as u8),
                _ => changed[at] = b"0123456789[]{},:\"-e"[below(19)],
            }
        }
        fs::write(&path, &changed).expect("a writable folder");
        if let Ok(mut file) = Checkpoint::open(&path) {
            opened += 1;
            if let Ok(values) = file.take("input", &[2]) {
                assert_eq!(values.len(), 2);
            }
        }
    }
    assert!((50..2900).contains(&opened), "{opened} of 3000 were opened");
}

#[test]
fn logits_that_cannot_be_written_are_an_error_with_their_path() {
    let mut files = Files::new();
    files.output = "no/such/folder".to_owned();
    let error = files.error();
    assert!(names(&error, &files.path(&files.output)), "{error}");
}

#[test]
fn a_header_that_contradicts_itself_is_an_error() {
    let files = Files::new();
    for (shape, offsets) in
        [("[1000]", "[0,4]"), ("[4294967296,4294967296]", "[0,4]"), ("[1]", "[4,0]"), ("[1]", "[4,8]")]
    {
        let header = format!(r#"{{"fc.bias":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
        fs::write(files.path("weights"), bytes).expect("a writable folder");
        let error = files.error();
        assert!(error.contains("its header cannot be read"), "{error}");
    }
}
