//! The figures of a report from fixture data: an empty sheet for each, with its entry in the index.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use results::{FigureEntry, Inputs, Origin, PowerEstimate};

/// The figures of every run, and those of power.
pub const FIGURES: RangeInclusive<u32> = 0..=14;
const POWER: [u32; 3] = [4, 8, 12];

/// Writes all sheets and the index.
pub fn write(top: &Path, read: &Inputs) {
    fs::create_dir(top.join("figures")).expect("a folder");
    let has_power = read.estimates.points.iter().any(|point| matches!(point.power, PowerEstimate::Measured { .. }));
    let own = &read.estimates.device;
    let later = read.counts.networks.iter().any(|network| network.later);
    let optional = [
        ("later", later),
        ("frontier", later),
        ("libraries", read.machines.iter().any(|machine| machine.is_other_software_on(own))),
    ];
    let mut index: Vec<FigureEntry> = FIGURES.map(|number| figure(number, has_power)).collect();
    let mut next = index.len() as u32;
    for (name, exists) in optional {
        let drawn = exists;
        index.push(FigureEntry { name: name.to_owned(), exists, drawn, ..figure(next, has_power) });
        next += u32::from(exists);
    }
    results::json::write(&top.join("figures/index.json"), &index).expect("it writes");
    for entry in index {
        // The text needs a sheet of each number; the figures have tests of their own.
        let sheet = r#"<svg xmlns="http://www.w3.org/2000/svg" width="160mm" height="80mm" viewBox="0 0 160 80"/>"#;
        fs::write(top.join(format!("figures/{}.svg", entry.name)), sheet).expect("a file");
    }
}

/// The figures of power are drawn only if power was measured.
fn figure(number: u32, has_power: bool) -> FigureEntry {
    FigureEntry {
        number,
        name: format!("fig{number:02}"),
        title: format!("Title of sheet {number}"),
        caption: "A caption.".to_owned(),
        data: vec!["points.csv".to_owned()],
        origin: Origin::New,
        remark: None,
        exists: true,
        drawn: has_power || !POWER.contains(&number),
    }
}

#[test]
fn the_figure_of_later_networks_stands_in_their_section() {
    let folder = tempfile::tempdir().expect("a folder");
    tests::write_inputs(folder.path(), &tests::tx1_estimates());
    let path = folder.path().join("counts.json");
    let mut counts: results::Counts = results::json::read(&path).expect("counts");
    let mut later = counts.networks[0].clone();
    (later.name, later.title, later.later) = ("later".to_owned(), "A later network".to_owned(), true);
    counts.networks.push(later);
    results::json::write(&path, &counts).expect("it writes");
    super::finish(folder.path());
    let text = super::letters(&super::set(&folder, super::PaperSize::A4).pages.concat());
    for part in ["Figure 15 Title of sheet 15", "Figure 15 shows both groups", "figures/later", "of the study: none."] {
        assert!(text.contains(&super::letters(part)), "{part} in {text}");
    }
}
