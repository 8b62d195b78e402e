//! Draws a line chart and a dot chart into a folder: `cargo run -p offprint-plot --example charts -- FOLDER`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use offprint_plot::{Chart, DotChart, Point, Scale, TEXT_WIDTH, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: charts FOLDER")?);
    fs::create_dir_all(&folder)?;

    // Numbers sorted, then the median time and its 95 % interval [ms].
    let merge = [(1e3, 0.041, 0.040, 0.043), (3e4, 1.61, 1.38, 1.90), (1e6, 71.2, 50.1, 95.9)];
    let quick = [(1e3, 0.029, 0.021, 0.043), (3e4, 1.21, 1.10, 1.30), (1e6, 52.2, 51.1, 55.9)];
    let heap = [(1e3, 0.061, 0.060, 0.063), (3e4, 2.71, 2.68, 2.80), (1e6, 131.2, 130.1, 135.9)];
    let radix = [(1e3, 0.012, 0.012, 0.013), (3e4, 0.22, 0.21, 0.24)];
    let point = |(n, median, low, high)| Point::new(n, median).interval(low, high);
    let chart = Chart::new("Time to sort", TEXT_WIDTH, 220.0)
        .x("Numbers", Scale::Logarithmic)
        .y("Time [ms]", Scale::Logarithmic)
        .series("merge sort", merge.map(point))
        .series("quicksort", quick.map(point))
        .series("heapsort", heap.map(point))
        .series("radix sort", radix.map(point).into_iter().chain([Point::missing(1e6, "out of memory")]))
        .note("Bars: 95 % intervals of the median.");
    fs::write(folder.join("lines.svg"), chart.to_svg()?)?;

    let rows = DotChart::new("Time to sort a million numbers", TEXT_WIDTH)
        .x("Time [ms]", Scale::Linear)
        .row("radix sort", Value::missing("out of memory"))
        .row("quicksort", Value::new(52.2).interval(51.1, 55.9))
        .row("merge sort", Value::new(71.2).interval(50.1, 95.9))
        .row("heapsort", Value::new(131.2).interval(130.1, 135.9));
    fs::write(folder.join("dots.svg"), rows.to_svg()?)?;
    Ok(())
}
