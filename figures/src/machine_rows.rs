//! Rows of marks, one row for each network and one mark for each machine or library, in two panels side by side, as in Figure 14.
//! Independent of quantities.

use std::collections::BTreeMap;

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated};
use offprint_plot::frame::{BELOW, Frame, Labels};
use offprint_plot::marker;
use offprint_plot::message;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::rows::{bands, height, middle, width_of_names};
use offprint_plot::style::{BLACK, GREY, MarkerStyle, size};
use offprint_plot::tooltip::Region;
use results::Estimate;

use crate::figure_data::{FigureData, Network, PANELS};
use crate::finish::WIDTH;
use crate::rows::name;
use crate::wording;

/// From one line of the legend to the next [pt].
const LEADING: f64 = 11.0;
/// Maximum number of machines in one column of the legend; more take two columns.
const ONE_COLUMN: usize = 4;
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;
/// Follows the name of a machine that earlier versions of the programs measured.
pub const OUTDATED: &str = " (earlier)";

/// Values by network and batch.
pub type Marked<'a> = BTreeMap<(&'a str, u32), Estimate>;

/// One machine's marks.
pub struct Marks<'a> {
    /// Its name in legend and tooltips.
    pub label: String,
    /// The marks.
    pub style: MarkerStyle,
    /// Their values.
    pub values: Marked<'a>,
    /// Flagged marks of this machine are open.
    pub is_this_machine: bool,
}

/// The horizontal axis, and what its values are.
pub struct Across {
    /// Its scale over the values.
    pub axis: fn(Vec<f64>) -> Axis,
    /// The unit in tooltips.
    pub unit: &'static str,
    /// A vertical line at this value.
    pub line: Option<f64>,
}

/// Rows of marks in two panels, with the networks in this order.
pub fn draw(data: &FigureData, machines: &[Marks<'_>], networks: &[&Network], across: &Across) -> Canvas {
    let columns = if machines.len() > ONE_COLUMN { 2 } else { 1 };
    let left = width_of_names(networks.iter().map(|network| network.title.as_str()));
    let top = 4.0 + LEADING * machines.len().div_ceil(columns) as f64 + 16.0;
    let bottom = top + height(networks.len());
    let each = (WIDTH - left - 10.0 - BETWEEN) / 2.0;
    let mut plot = Canvas::new(WIDTH, bottom + BELOW);
    legend(&mut plot, machines, columns);

    let is_shown =
        |(name, batch): (&str, u32)| PANELS.contains(&batch) && networks.iter().any(|network| network.name == name);
    let values = machines.iter().flat_map(|marks| &marks.values).filter(|(key, _)| is_shown(**key));
    let x = (across.axis)(values.flat_map(|(_, of)| [of.low, of.high]).chain(across.line).collect());
    for (index, batch) in PANELS.into_iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom };
        panel(&mut plot, data, (machines, networks), (area, &x, across), batch);
    }
    let names = Rect { left, top, right: left, bottom };
    for (row, network) in networks.iter().enumerate() {
        name(&mut plot, names, (row, networks.len()), network);
    }
    plot
}

/// The networks from the fastest to the slowest: by the time of the first machine at batch 1, else by any other.
pub fn sorted<'a>(data: &'a FigureData, machines: &[Marks<'_>]) -> Vec<&'a Network> {
    let time = |network: &Network| {
        let of = |marks: &Marks<'_>| {
            PANELS.iter().find_map(|batch| marks.values.get(&(network.name.as_str(), *batch)).map(|time| time.value))
        };
        machines.iter().find_map(of).unwrap_or(f64::INFINITY)
    };
    let mut networks: Vec<&Network> = data.networks.iter().collect();
    networks.sort_by(|one, other| time(one).total_cmp(&time(other)));
    networks
}

/// The legend: one entry per machine, in this number of columns.
fn legend(plot: &mut Canvas, machines: &[Marks<'_>], columns: usize) {
    let (rows, wide) = (machines.len().div_ceil(columns), WIDTH / columns as f64);
    for (index, marks) in machines.iter().enumerate() {
        let (x, y) = (wide * (index / rows) as f64, 7.0 + LEADING * (index % rows) as f64);
        marker::draw(plot, (x + 6.0, y), marks.style, marker::RADIUS, 1.0);
        let label = truncated(&marks.label, size::SMALL, Weight::Regular, wide - 20.0);
        plot.text((x + 14.0, y), &label, TextStyle::new(size::SMALL, BLACK));
    }
}

fn panel(
    plot: &mut Canvas,
    data: &FigureData,
    (machines, networks): (&[Marks<'_>], &[&Network]),
    (area, x, across): (Rect, &Axis, &Across),
    batch: u32,
) {
    bands(plot, area, networks.len());
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    frame.draw(plot, Labels::Hidden);
    plot.text((area.left, area.top - 8.0), &format!("Batch {batch}"), TextStyle::new(size::TEXT, BLACK).bold());
    if let Some((x, _)) = across.line.map(|value| frame.position(value, 0.0)) {
        plot.path([(x, area.top), (x, area.bottom)], Stroke { colour: GREY, width: 0.9 });
    }
    // This machine is drawn last, on top of the others.
    for marks in machines.iter().rev() {
        for (row, network) in networks.iter().enumerate() {
            let Some(value) = marks.values.get(&(network.name.as_str(), batch)) else { continue };
            let at = |x: f64| -> Position { (frame.position(x, 0.0).0, middle(area, row, networks.len())) };
            let (low, high) = (at(value.low), at(value.high));
            let style = marks.style.open_if(marks.is_this_machine && network.flagged.contains(&batch));
            plot.group("network", &network.name, |plot| {
                if high.0 - low.0 > 2.0 * marker::RADIUS {
                    plot.path([low, high], Stroke { colour: style.colour, width: 0.8 });
                }
                marker::draw(plot, at(value.value), style, marker::RADIUS, 1.0);
                let tooltip = format!(
                    "{}, batch {batch}, {}: {}",
                    network.title,
                    marks.label,
                    wording::number(value, across.unit)
                );
                plot.add_tooltip(Region::Disc(at(value.value), marker::RADIUS), tooltip);
            });
        }
    }
    let requested = data.points.iter().any(|point| point.batch == batch);
    if !requested {
        message::draw(plot, area, &format!("not measured here at batch {batch}"), &[]);
    }
}
