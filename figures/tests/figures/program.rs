//! The program as a step runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::fixture;

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_figures")).args(arguments).output().expect("the program starts")
}

pub fn inputs(folder: &Path) {
    results::json::write(&folder.join("counts.json"), &fixture::counts()).expect("a writable folder");
    results::json::write(&folder.join("estimates.json"), &fixture::estimates(&[1, 16], 1.0))
        .expect("a writable folder");
    fs::create_dir_all(folder.join("2016")).expect("a writable folder");
    for entry in fs::read_dir(fixture::folder_of_2016()).expect("the published values") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, folder.join("2016").join(path.file_name().expect("a name"))).expect("a copy");
    }
}

#[test]
fn it_writes_exactly_one_file() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (input, output) = (scratch.path().join("in"), scratch.path().join("out"));
    fs::create_dir_all(&input).expect("a writable folder");
    inputs(&input);
    let (input, out) = (input.to_string_lossy(), output.to_string_lossy());
    let ran = program(&["draw", "--figure", "3", "--input", &input, "--output", &out]);
    assert!(ran.status.success(), "{ran:?}");
    let names: Vec<_> =
        fs::read_dir(&output).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["fig03.svg"]);
    let svg = fs::read_to_string(output.join("fig03.svg")).expect("an SVG");
    assert!(svg.contains("<title>Figure 3: Time per image over the batch</title>"));
}

#[test]
fn it_lists_numbers_and_titles() {
    let text = String::from_utf8(program(&["list"]).stdout).expect("text");
    assert_eq!(text.lines().count(), 14);
    assert!(text.contains(" 1  Top-1 accuracy\n") && text.contains("10  Top-1 accuracy per million parameters\n"));
}

#[test]
fn an_unknown_number_lists_the_known_ones() {
    let ran = program(&["draw", "--figure", "15", "--input", ".", "--output", "."]);
    let text = String::from_utf8(ran.stderr).expect("text");
    assert_eq!(
        text,
        "error: there is no figure 15\nhint: the figures are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14\n"
    );
    assert!(!ran.status.success());
}

#[test]
fn a_missing_input_is_named_with_a_hint() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().to_string_lossy();
    let ran = program(&["draw", "--figure", "3", "--input", &folder, "--output", &folder]);
    let text = String::from_utf8(ran.stderr).expect("text");
    assert!(text.contains("counts.json") && text.contains("hint: "), "{text}");
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0);
}
