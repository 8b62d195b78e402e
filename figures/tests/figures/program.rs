//! The program, run like a step.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use results::accuracy::Score;
use results::{FigureEntry, MeasuredAccuracy, Origin};

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
fn the_program_writes_exactly_one_file() {
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
fn the_program_lists_numbers_and_titles() {
    let text = String::from_utf8(program(&["list"]).stdout).expect("text");
    assert!(
        text.starts_with(" 0  Verdicts\n")
            && text.contains(" 1  Top-1 accuracy\n")
            && text.contains("10  Top-1 accuracy per million parameters\n")
    );
}

#[test]
fn an_unknown_figure_is_refused_with_the_known_numbers() {
    let ran = program(&["draw", "--figure", "99", "--input", ".", "--output", "."]);
    let text = String::from_utf8(ran.stderr).expect("text");
    let numbers: Vec<String> = figures::FIGURES.iter().map(|figure| figure.number.to_string()).collect();
    assert_eq!(text, format!("error: unknown figure 99\nhint: the figures are {}\n", numbers.join(", ")));
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

#[test]
fn the_index_has_every_figure_with_its_caption_and_data() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (input, output) = (scratch.path().join("in"), scratch.path().join("out"));
    fs::create_dir_all(&input).expect("a writable folder");
    inputs(&input);
    let mut simulated = fixture::estimates(&[1, 16], 1.0);
    let index = |estimates: &results::Estimates| -> Vec<FigureEntry> {
        results::json::write(&input.join("estimates.json"), estimates).expect("a file");
        let (input, output) = (input.to_string_lossy(), output.to_string_lossy());
        let ran = program(&["index", "--input", &input, "--output", &output]);
        assert!(ran.status.success(), "{ran:?}");
        results::json::read(&Path::new(&*output).join("index.json")).expect("an index")
    };
    let entries = index(&simulated);
    let (of_every_run, optional): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.exists);
    assert!(
        optional.iter().all(|entry| !entry.drawn)
            && optional.iter().map(|entry| &*entry.name).eq(["later", "frontier", "libraries"]),
        "{optional:?}"
    );
    for (index, entry) in of_every_run.iter().enumerate() {
        assert_eq!((entry.number as usize, &entry.name), (index, &format!("fig{index:02}")));
        assert!(entry.caption.ends_with('.') && !entry.caption.contains("  ") && !entry.data.is_empty(), "{entry:?}");
        assert_eq!(entry.origin == Origin::Original, (1..=10).contains(&index), "{entry:?}");
        // This folder has neither verdicts nor layers.
        assert_eq!((entry.drawn, &entry.remark), (!matches!(index, 0 | 11), &None), "{entry:?}");
    }
    simulated.points[0].outdated = true;
    assert_eq!(index(&simulated)[3].remark.as_deref(), Some("1 of 28 points outdated"));
    simulated.device.simulated = true;
    assert!(index(&simulated).iter().all(|entry| entry.remark.as_deref() == Some("simulated")));
}

#[test]
fn captions_say_whether_accuracies_are_cited_or_measured() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (input, output) = (scratch.path().join("in"), scratch.path().join("out"));
    fs::create_dir_all(&input).expect("a writable folder");
    inputs(&input);
    let mut estimates = fixture::estimates(&[1, 16], 1.0);
    let names: Vec<String> = fixture::counts().networks.iter().map(|network| network.name.clone()).collect();
    for (networks, words) in
        [(&names[..0], "(cited)"), (&names[..1], "(measured here or cited)"), (&names[..], "(measured here)")]
    {
        let score = |correct| Score::of(correct, 2_000).expect("a score");
        let measured = MeasuredAccuracy {
            top_1: score(1_400),
            top_5: score(1_900),
            pictures: 2_000,
            images: "photographs".to_owned(),
            images_sha256: "0".repeat(64),
            weights_sha256: "1".repeat(64),
            decoder: "a decoder".to_owned(),
            agreement: "equal".to_owned(),
        };
        estimates.accuracies.networks = networks.iter().map(|name| (name.clone(), measured.clone())).collect();
        results::json::write(&input.join("estimates.json"), &estimates).expect("a file");
        let ran = program(&["index", "--input", &input.to_string_lossy(), "--output", &output.to_string_lossy()]);
        assert!(ran.status.success(), "{ran:?}");
        let entries: Vec<FigureEntry> = results::json::read(&output.join("index.json")).expect("an index");
        let about: Vec<_> = entries.iter().filter(|entry| entry.caption.starts_with("Top-1 accuracy")).collect();
        assert_eq!(about.len(), 6);
        assert!(about.iter().all(|entry| entry.caption.contains(words)), "{about:?}");
        assert!(entries.iter().all(|entry| !entry.caption.contains('{')), "{entries:?}");
    }
}

#[test]
fn the_list_has_every_file_of_a_figure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let names = fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut files: Vec<String> =
        names.filter(|name| name.starts_with("fig") && name.as_bytes()[3].is_ascii_digit()).collect();
    files.sort();
    let of_every_run = figures::FIGURES.iter().filter(|figure| figure.optional.is_none());
    let listed: Vec<String> = of_every_run.map(figures::Figure::name).collect();
    let files: Vec<String> = files.iter().map(|file| file[..5].to_owned()).collect();
    assert_eq!(files, listed);
}
