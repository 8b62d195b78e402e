//! Every figure of a small data set as a file to look at. `UPDATE_GOLDEN=1` writes the files again; `git diff` then shows the
//! changes.

use std::fs;
use std::path::{Path, PathBuf};

use figures::{FIGURES, FigureData};
use results::Outcome;

use crate::fixture::{each, estimates, figure_data, only, without_numbers};
use crate::verdicts;

/// Networks of different families, so that the files stay small.
const NETWORKS: [&str; 6] = ["alexnet", "enet", "googlenet", "resnet-50", "vgg-16", "inception-v3"];

/// Three batches, one point without memory and one without time.
fn small() -> FigureData {
    let some = only(estimates(&[1, 4, 16], 2.0), |point| NETWORKS.contains(&point.network.as_str()));
    let data = figure_data(each(some, |point| match (point.network.as_str(), point.batch) {
        ("vgg-16", 16) => without_numbers(point, Outcome::OutOfMemory { reason: "killed".to_owned() }),
        ("inception-v3", 16) => without_numbers(point, Outcome::OutOfTime { reason: "600 s".to_owned() }),
        _ => {}
    }));
    FigureData { claims: verdicts::few(), ..data }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn every_figure_is_the_one_in_its_golden_file() {
    let (data, update) = (small(), std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1"));
    for figure in FIGURES.iter().filter(|figure| figure.exists(&data)) {
        let (svg, path) = (figure.to_svg(&data).expect("it draws"), golden(&figure.file_name()));
        if update {
            fs::create_dir_all(path.parent().expect("a parent")).expect("a writable checkout");
            fs::write(&path, &svg).expect("a writable checkout");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let line = expected.lines().zip(svg.lines()).position(|(expected, line)| expected != line);
        assert!(
            expected == svg,
            "{} differs from line {}\nhint: compare the images; `UPDATE_GOLDEN=1 cargo test -p figures golden` writes the file anew",
            path.display(),
            line.map_or_else(|| expected.lines().count().min(svg.lines().count()), |line| line + 1),
        );
    }
}
