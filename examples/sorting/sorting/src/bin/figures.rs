//! The program `figures`: draws `time.svg` and `per_number.svg` from `estimates.json`, and lists them with their
//! captions.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use offprint_plot::{Chart, Point, Scale};
use serde_json::json;
use sorting::algorithms;
use sorting::analysis::estimate::Estimate;
use sorting::analysis::text;

/// Draws the figures
#[derive(Parser)]
struct Arguments {
    /// Folder with `estimates.json`
    #[arg(long)]
    input: PathBuf,
    /// Folder for `figures/`
    #[arg(long)]
    output: PathBuf,
}

/// A figure: its file, title, caption, axis and values.
struct Figure {
    name: &'static str,
    title: &'static str,
    caption: &'static str,
    axis: &'static str,
    /// Unit of the axis [s], divided by the numbers sorted where `per_number`.
    unit: f64,
    per_number: bool,
    scale: Scale,
}

const FIGURES: [Figure; 2] = [
    Figure {
        name: "time",
        title: "Time of a sort",
        caption: "Medians; the bars are their 95 % intervals. Both axes are logarithmic.",
        axis: "time [ms]",
        unit: 1e-3,
        per_number: false,
        scale: Scale::Logarithmic,
    },
    Figure {
        name: "per_number",
        title: "Time per number",
        caption: "The same times divided by the numbers sorted: what grows is slower than linear.",
        axis: "time per number [ns]",
        unit: 1e-9,
        per_number: true,
        scale: Scale::Linear,
    },
];

fn main() -> Result<()> {
    let Arguments { input, output } = Arguments::parse();
    let path = input.join("estimates.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let estimates: Vec<Estimate> =
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    let folder = output.join("figures");
    fs::create_dir_all(&folder)?;
    for figure in &FIGURES {
        fs::write(folder.join(format!("{}.svg", figure.name)), draw(figure, &estimates)?)?;
    }
    let entries = FIGURES.iter().zip(1..).map(|(Figure { name, title, caption, .. }, number)| {
        json!({ "number": number, "name": name, "title": title, "caption": caption, "data": ["estimates.json"] })
    });
    let index = serde_json::to_string_pretty(&entries.collect::<Vec<_>>())? + "\n";
    Ok(fs::write(folder.join("index.json"), index)?)
}

/// The figure as SVG, wide enough for half of the text.
fn draw(figure: &Figure, estimates: &[Estimate]) -> Result<String> {
    let point = |estimate: &Estimate| {
        let unit = if figure.per_number { figure.unit * estimate.size as f64 } else { figure.unit };
        let tooltip = format!(
            "{} sort, {} numbers: {}",
            estimate.algorithm,
            text::whole(estimate.size),
            text::time(estimate.median, Some((estimate.low, estimate.high)))
        );
        Point::new(estimate.size as f64, estimate.median / unit)
            .interval(estimate.low / unit, estimate.high / unit)
            .tooltip(tooltip)
    };
    let chart = Chart::new(figure.title, 222.0, 132.0).x("numbers", Scale::Logarithmic).y(figure.axis, figure.scale);
    let chart = algorithms::ALL.iter().fold(chart, |chart, (name, _)| {
        let mut points = estimates.iter().filter(|estimate| estimate.algorithm == *name).map(point).peekable();
        if points.peek().is_some() { chart.series(*name, points) } else { chart }
    });
    let mut outdated: Vec<String> = estimates.iter().filter(|of| of.outdated).map(|of| of.algorithm.clone()).collect();
    outdated.dedup();
    let note = format!("Measured by earlier versions of the programs: {}.", text::list(&outdated));
    let chart = if outdated.is_empty() { chart } else { chart.note(note) };
    Ok(chart.to_svg()?)
}
