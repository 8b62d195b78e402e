//! The program `measure accuracy` on real pictures: the classes of `measure forward`, interrupted runs, and an error for every picture that
//! cannot be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use images::decode::decode;
use images::preprocessing::PUBLISHED;
use measure::formula::Formula;
use measure::weights::Weights;
use results::Accuracy;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

/// The smallest network.
const NETWORK: &str = "enet";

const PREPROCESSING: &str = "torchvision/resnet18/IMAGENET1K_V1";

/// A folder with weights and pictures.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    /// The pictures of the package `images`, with classes by number.
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().expect("a folder") };
        let reference = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/tests/reference");
        fs::create_dir(files.path("val")).expect("a writable folder");
        for name in ["420.jpg", "444.jpg", "cmyk.jpg", "grey.jpg", "grey.png", "rgb.png", "tall.png"] {
            fs::copy(Path::new(reference).join(name), files.path("val").join(name)).expect("a picture");
        }
        files.label(&[0; 7]);
        files.write_weights(|_, values| values);
        fs::write(files.path("images.toml"), "name = \"seven\"\nfolder = \"val\"\nlabels = \"labels.csv\"")
            .expect("a file");
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of the pictures, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("val")).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a text")).collect();
        names.sort();
        names
    }

    fn label(&self, classes: &[u16]) {
        let lines = self.names().into_iter().zip(classes).map(|(name, class)| format!("{name},{class}\n"));
        fs::write(self.path("labels.csv"), lines.collect::<String>()).expect("a writable folder");
    }

    /// Weights by formula, changed.
    fn write_weights(&self, change: impl Fn(&str, Vec<f32>) -> Vec<f32>) {
        let network = networks::find(NETWORK).expect("it is in the list");
        let mut formula = Formula::new(&network, 2.0, 0).expect("it fits");
        let tensors = networks::tensors(&network).expect("it fits");
        let bytes = tensors.iter().map(|tensor| {
            let values = formula.take(&tensor.name, &tensor.shape).expect("the formula has every tensor");
            (tensor, change(&tensor.name, values).iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
        });
        let bytes: Vec<_> = bytes.collect();
        let views = bytes.iter().map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).expect("bytes of that shape");
            (tensor.name.clone(), view)
        });
        fs::write(self.path("weights"), serialize(views, None).expect("it serialises")).expect("a writable folder");
    }

    fn run(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
        command.args(["accuracy", "--network", NETWORK, "--batch", "2"]);
        for (flag, file) in [("--weights", "weights"), ("--images", "images.toml"), ("--output", "output")] {
            command.arg(flag).arg(self.path(file));
        }
        command.args(more).output().expect("the program starts")
    }

    fn scores(&self) -> (Accuracy, String) {
        let output = self.run(&["--preprocessing", PREPROCESSING]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let accuracy = Accuracy::read(&self.path("output/accuracy.json")).expect("it was written");
        (accuracy, fs::read_to_string(self.path("output/predictions.csv")).expect("it was written"))
    }

    /// The error of the program, which must write no result.
    fn error(&self, more: &[&str]) -> String {
        let output = self.run(more);
        assert_eq!(output.status.code(), Some(1));
        assert!(!self.path("output/accuracy.json").exists() && !self.path("output/predictions.csv").exists());
        let error = String::from_utf8(output.stderr).expect("text");
        let error = error[error.find("error: ").expect("an error")..].to_owned();
        assert!(error.contains("\nhint: ") && error.trim_end().lines().count() == 2, "{error}");
        error
    }

    /// The classes and logits of each picture by the command `forward`, largest first.
    fn forward(&self) -> Vec<Vec<(usize, f32)>> {
        let row = PUBLISHED.iter().find(|row| row.name == PREPROCESSING).expect("it is in the table");
        let names = self.names();
        let mut inputs = vec![0.0_f32; names.len() * row.elements()];
        for (name, input) in names.iter().zip(inputs.chunks_exact_mut(row.elements())) {
            let bytes = fs::read(self.path("val").join(name)).expect("a file");
            assert!(row.apply(&decode(&bytes).expect("a picture").picture, input));
        }
        let bytes: Vec<u8> = inputs.iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, vec![names.len(), 3, 224, 224], &bytes).expect("pictures");
        fs::write(self.path("input"), serialize([("input", view)], None).expect("it serialises")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
        command.args(["forward", "--network", NETWORK]);
        for (flag, file) in [("--weights", "weights"), ("--input", "input"), ("--output", "logits")] {
            command.arg(flag).arg(self.path(file));
        }
        assert!(command.status().expect("it starts").success());
        let bytes = fs::read(self.path("logits")).expect("logits");
        let file = SafeTensors::deserialize(&bytes).expect("a file");
        let (words, _) = file.tensor("logits").expect("a tensor").data().as_chunks::<4>();
        let logits: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        logits
            .chunks_exact(1000)
            .map(|logits| {
                let mut order: Vec<(usize, f32)> = logits.iter().copied().enumerate().collect();
                order.sort_by(|a, b| b.1.total_cmp(&a.1));
                order
            })
            .collect()
    }
}

#[test]
fn predictions_and_scores_are_those_of_a_forward_pass() {
    let files = Files::new();
    let expected = files.forward();
    // Three right in the first class, two more in the fifth, two wrong.
    let labels: Vec<u16> =
        expected.iter().zip([0, 0, 0, 4, 4, 5, 999]).map(|(order, place)| order[place].0 as u16).collect();
    files.label(&labels);
    let (accuracy, table) = files.scores();
    assert_eq!((accuracy.images.pictures, accuracy.top_1.correct, accuracy.top_5.correct), (7, 3, 5));
    assert_eq!((accuracy.network.as_str(), accuracy.preprocessing["found"].as_str()), (NETWORK, Some("name")));
    assert_eq!(accuracy.preprocessing["resize"], 256);
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for (((row, order), name), label) in rows.iter().zip(&expected).zip(files.names()).zip(&labels) {
        assert_eq!((row[0], row[1]), (name.as_str(), label.to_string().as_str()));
        let largest = order[0].1.abs();
        for (place, (class, logit)) in order.iter().take(5).enumerate() {
            assert_eq!(row[2 + place], class.to_string(), "{name}");
            let found: f32 = row[7 + place].parse().expect("a number");
            assert!((found - logit).abs() <= 1e-4 * largest, "{name}: {found} and {logit}");
        }
    }
    assert!(!files.path("output/predictions.journal").exists());
}

#[test]
fn an_interrupted_run_goes_on_and_gives_the_same_bytes() {
    let files = Files::new();
    let (accuracy, table) = files.scores();
    fs::remove_dir_all(files.path("output")).expect("it exists");
    let last = files.path("val/tall.png");
    let whole = fs::read(&last).expect("a picture");
    // All pictures are in one chunk on a machine with many threads, so the run ends before the first is classified.
    fs::write(&last, &whole[..whole.len() / 2]).expect("a writable folder");
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(error.contains(last.to_str().expect("a text")) && error.contains("ends early"), "{error}");
    fs::write(&last, &whole).expect("a writable folder");
    let journal = files.path("output/predictions.journal");
    let head = fs::read_to_string(&journal).expect("a journal");
    // What a run has written that ends in its third batch.
    let lines = table.lines().skip(1).zip(files.names()).take(5).map(|(row, name)| {
        let cells: Vec<&str> = row.split(',').collect();
        let sha256 = images::list::digest(&fs::read(files.path("val").join(&name)).expect("a picture"));
        let (classes, logits) = (cells[2..7].join(","), cells[7..12].join(","));
        format!(
            "{{\"prediction\":{{\"file\":\"{name}\",\"label\":0,\"classes\":[{classes}],\"logits\":[{logits}]}},\
             \"sha256\":\"{sha256}\",\"lenient\":null}}\n"
        )
    });
    let lines: Vec<String> = lines.collect();
    let head = head.lines().next().expect("a head").to_owned() + "\n";
    fs::write(&journal, head.clone() + &lines.concat()[..lines.concat().len() - 9]).expect("a writable folder");
    let output = files.run(&["--preprocessing", PREPROCESSING]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.contains("2 of 7 pictures are classified already"), "{text}");
    assert_eq!(fs::read_to_string(files.path("output/predictions.csv")).expect("it was written"), table);
    assert_eq!(Accuracy::read(&files.path("output/accuracy.json")).expect("it was written"), accuracy);
    // Other predictions in the journal are not continued.
    fs::remove_dir_all(files.path("output")).expect("it exists");
    fs::create_dir(files.path("output")).expect("a writable folder");
    let changed = lines[2].replace("\"classes\":[", "\"classes\":[9");
    fs::write(&journal, [&head, &lines[0], &lines[1], &changed, &lines[3]].map(String::as_str).concat())
        .expect("a file");
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(error.contains("another prediction") && error.contains("hint: remove"), "{error}");
}

#[test]
fn files_with_tolerated_errors_are_listed() {
    let files = Files::new();
    let path = files.path("val/420.jpg");
    let mut bytes = fs::read(&path).expect("a picture");
    let table = bytes.windows(2).position(|bytes| bytes == [0xff, 0xdb]).expect("a table");
    bytes.splice(table..table, 1..=7);
    fs::write(&path, bytes).expect("a writable folder");
    let (accuracy, _) = files.scores();
    assert_eq!(accuracy.decoder.lenient, ["420.jpg"]);
}

#[test]
fn a_picture_that_cannot_be_used_ends_the_run_with_its_name_and_the_remedy() {
    let files = Files::new();
    let whole = fs::read(files.path("val/tall.png")).expect("a picture");
    fs::write(files.path("val/tall.png"), &whole[..whole.len() / 2]).expect("a writable folder");
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(
        error.contains("val/tall.png: it ends early") && error.contains("hint: copy or download it again"),
        "{error}"
    );
    fs::write(files.path("val/tall.png"), whole).expect("a writable folder");
    let deep = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/tests/reference/deep-grey.png");
    fs::copy(deep, files.path("val/grey.png")).expect("a picture");
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(
        error.contains("val/grey.png: it has 16-bit grey") && error.contains("hint: convert it to an 8-bit"),
        "{error}"
    );
}

#[test]
fn a_logit_that_is_not_finite_ends_the_run_with_the_name_of_the_picture() {
    let files = Files::new();
    // The largest numbers, whose products and sums are infinite.
    let large = |values: Vec<f32>| values.iter().map(|value| f32::MAX.copysign(*value)).collect();
    files.write_weights(|name, values| if name.starts_with("fc.") { large(values) } else { values });
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(error.contains("val/420.jpg is not finite"), "{error}");
}

#[test]
fn nothing_is_guessed() {
    let files = Files::new();
    let error = files.error(&[]);
    assert!(error.contains("is not a published file of enet") && error.contains(PREPROCESSING), "{error}");
    let error = files.error(&["--preprocessing", "resnet"]);
    assert!(error.contains("there is no preprocessing `resnet`") && error.contains(PREPROCESSING), "{error}");
    // In the list of pictures.
    let list = fs::read_to_string(files.path("images.toml")).expect("a list");
    fs::write(files.path("images.toml"), format!("{list}\n[preprocessing]\n{NETWORK} = \"none\"\n")).expect("a file");
    assert!(files.error(&[]).contains("there is no preprocessing `none`"));
    fs::remove_file(files.path("val/grey.png")).expect("it exists");
    let error = files.error(&["--preprocessing", PREPROCESSING]);
    assert!(error.contains("cannot read") && error.contains("val/grey.png"), "{error}");
    let error = files.error(&["--preprocessing", PREPROCESSING, "--device", "simulated"]);
    assert!(error.contains("computes nothing"), "{error}");
}
