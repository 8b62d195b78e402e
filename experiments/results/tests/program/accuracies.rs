//! Measured accuracies next to records: a choice and a comparison use them.

use results::accuracy::{Accuracy, DataSet, Decoder, Score};
use results::predictions::{self, Prediction};
use results::record::DeviceIdentity;

use super::*;

/// The values of 2016.
const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../published/2016");

/// Adds the accuracy of a network that is right on these pictures of `pictures`.
fn add(folder: &Path, network: &str, pictures: u64, is_right: impl Fn(u64) -> bool) {
    let prediction = |picture: u64| {
        let mut logits = [0.0; 10];
        logits[if is_right(picture) { 7 } else { 8 }] = 1.0;
        Prediction::of(&format!("{picture}.jpg"), 7, &logits).expect("finite")
    };
    let all: Vec<Prediction> = (0..pictures).map(prediction).collect();
    let [kind, hardware, backend] = ["cpu", "a processor", "kernels"].map(str::to_owned);
    let right = all.iter().filter(|prediction| prediction.is_right()).count() as u64;
    let accuracy = Accuracy {
        schema: Accuracy::SCHEMA,
        network: network.to_owned(),
        device: DeviceIdentity { kind, hardware, backend, simulated: false },
        batch: 16,
        weights_sha256: "00".to_owned(),
        preprocessing: Value::Null,
        decoder: Decoder { name: "x".to_owned(), agreement: "y".to_owned(), lenient: Vec::new() },
        images: DataSet { name: "photographs".to_owned(), pictures, sha256: "00".to_owned() },
        top_1: Score::of(right, pictures).expect("a score"),
        top_5: Score::of(pictures, pictures).expect("a score"),
    };
    let folder = folder.join("accuracy");
    fs::create_dir_all(&folder).expect("a folder");
    results::json::write(&folder.join(format!("{network}.json")), &accuracy).expect("a writable folder");
    fs::write(folder.join(format!("{network}.csv")), predictions::csv(&all)).expect("a writable folder");
}

/// The words that the program prints.
fn printed(arguments: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_results")).args(arguments).output().expect("the program runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("text").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn choose(folder: &TempDir) -> String {
    let input = folder.path().to_str().expect("a plain path");
    let of = ["--networks", "vgg-16,alexnet", "--batches", "16", "--max-time", "10s"];
    printed(&[&["choose", "--input", input, "--published", PUBLISHED], &of[..]].concat())
}

#[test]
fn the_most_accurate_network_is_chosen_by_measured_accuracies_with_their_intervals() {
    let folder = study();
    let cited = choose(&folder);
    assert!(
        cited.contains("Chosen: vgg-16 at batch 16, top-1 70.6") && !cited.contains("measured accuracy"),
        "{cited}"
    );
    add(folder.path(), "alexnet", 300, |picture| picture < 290);
    let both = choose(&folder);
    assert!(both.contains("Chosen: alexnet at batch 16, top-1 96.7 % (95 %: 94.0 to 98.2; measured on 300"), "{both}");
    assert!(both.contains("m measured accuracy; the others are cited, of other weights and pictures"), "{both}");
    assert!(both.contains("alexnet 16 96.7m 3000") && both.contains("vgg-16 16 70.6 3000"), "{both}");
    // R. G. Newcombe, Statistics in Medicine 17, 1998, Table I, method 3.
    add(folder.path(), "vgg-16", 263, |picture| picture < 81);
    add(folder.path(), "alexnet", 263, |picture| picture < 80);
    let measured = choose(&folder);
    assert!(
        measured
            .contains("vgg-16 at batch 16, top-1 30.8 % (95 %: 25.5 to 36.6; measured on 263 pictures of photographs)"),
        "{measured}"
    );
    let other =
        "Perhaps as accurate, and within: alexnet at batch 16, top-1 30.4 % (95 %: 25.2 to 36.2; measured on 263";
    assert!(measured.contains(other) && measured.contains(" m measured accuracy ~ the interval of"), "{measured}");
}

#[test]
fn a_comparison_has_the_accuracies_of_both_sides_and_their_difference_on_the_same_pictures() {
    let (a, b, output) = (study(), study(), tempfile::tempdir().expect("a folder"));
    let compare = || {
        let [of_a, of_b, to] = [&a, &b, &output].map(|folder| folder.path().to_str().expect("a plain path"));
        let of = ["compare", "--networks", "vgg-16,alexnet", "--published", PUBLISHED];
        printed(&[&of[..], &["--a", of_a, "--b", of_b, "--output", to]].concat())
    };
    assert!(!compare().contains("top-1"));
    add(a.path(), "alexnet", 100, |picture| picture < 46);
    add(b.path(), "alexnet", 100, |picture| picture >= 62);
    add(b.path(), "vgg-16", 100, |picture| picture < 81);
    // 46 pictures are right only on A, 38 only on B; the interval is computed by hand where its function is tested.
    let text = compare();
    let expected = "alexnet 46.00 [36.6, 55.7] 38.00 [29.1, 47.8] -8.00 [-25.6, +9.9]";
    assert!(text.contains(expected) && text.contains("vgg-16 - 81.00 ["), "{text}");
    let json = fs::read_to_string(output.path().join("comparison.json")).expect("it is written");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["accuracies"].as_array().map(Vec::len), Some(2));
    let csv = fs::read_to_string(output.path().join("comparison.csv")).expect("it is written");
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let rows: Vec<Vec<&str>> = lines.collect();
    let cells = |network: &str, from: &str, count: usize| {
        let row = rows.iter().find(|row| row[0] == network).expect("a row");
        let first = head.iter().position(|name| *name == from).expect("a column");
        row[first..first + count].join(" ")
    };
    assert!(rows.iter().all(|row| row.len() == head.len()), "{csv}");
    let measured = "measured measured on 100 pictures of photographs";
    assert_eq!(cells("alexnet", "a_top1_percent", 5), format!("46.000 36.561 55.735 {measured}"));
    assert_eq!(cells("alexnet", "b_top1_percent", 5), format!("38.000 29.098 47.790 {measured}"));
    assert_eq!(cells("alexnet", "top1_b_minus_a_points", 3), "-8.000 -25.598 9.911");
    // Where it was not measured the accuracy of 2016, with Wilson's interval of a share of 50,000 pictures.
    assert_eq!(cells("vgg-16", "a_top1_percent", 5), "70.620 70.219 71.018 cited szagoruyko");
    assert_eq!(cells("vgg-16", "b_top1_percent", 1), "81.000");
    assert_eq!(cells("vgg-16", "top1_b_minus_a_points", 3), "  ");
}

#[test]
fn an_accuracy_without_its_predictions_is_an_error_that_names_the_file() {
    let folder = study();
    add(folder.path(), "alexnet", 10, |_| true);
    fs::remove_file(folder.path().join("accuracy/alexnet.csv")).expect("it is there");
    let text = failure(&folder);
    assert!(text.contains("accuracy/alexnet.csv: No such file"), "{text}");
}
