//! Figure 14: time per image of every network on this machine and on the machines it is compared with, at two batches. The original has
//! no such figure: it had one board.

use std::collections::BTreeMap;

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::{Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, truncated};
use offprint_plot::frame::{BELOW, Frame, Labels};
use offprint_plot::marker;
use offprint_plot::message;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::rows::{bands, height, middle, width_of_names};
use offprint_plot::style::{BLACK, Fill, GREY, MarkerStyle, Shape, size};
use offprint_plot::tooltip::Region;
use results::{Estimate, Estimates, Machine, Origin};

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network, PANELS, PUBLISHED_NAME};
use crate::finish::{WIDTH, absent, finish};
use crate::machine_styles::machine_styles;
use crate::missing;
use crate::outdated;
use crate::rows::name;
use crate::wording;

/// From one line of the legend to the next [pt].
const LEADING: f64 = 11.0;
/// Maximum number of machines in one column of the legend; more take two columns.
const ONE_COLUMN: usize = 4;
/// Follows the name of a machine that earlier versions of the programs measured.
const OUTDATED: &str = " (earlier)";
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 14,
    title: "Time per image on several machines",
    caption: "Time per image of every network on this machine and on those it is compared with, at batches 1 and 16; \
              both axes are logarithmic, and networks are sorted by their time here. Crosses: the values of 2016.",
    data: &["machines/*.json", "points.csv"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// Times of an image [ms] by network and batch.
type Times<'a> = BTreeMap<(&'a str, u32), Estimate>;

/// One machine's marks.
struct Marks<'a> {
    /// Its name in legend and tooltips.
    label: String,
    style: MarkerStyle,
    times: Times<'a>,
    /// Flagged marks of this machine are open.
    is_this_machine: bool,
}

/// Rows of marks in two panels.
fn draw(data: &FigureData) -> Canvas {
    if data.networks.is_empty() {
        return absent(data, "there is no network", &[]);
    }
    let machines = machines(data);
    let networks = sorted(data, &machines);
    let columns = if machines.len() > ONE_COLUMN { 2 } else { 1 };
    let left = width_of_names(networks.iter().map(|network| network.title.as_str()));
    let top = 4.0 + LEADING * machines.len().div_ceil(columns) as f64 + 16.0;
    let bottom = top + height(networks.len());
    let each = (WIDTH - left - 10.0 - BETWEEN) / 2.0;
    let mut plot = Canvas::new(WIDTH, bottom + BELOW);
    legend(&mut plot, &machines, columns);

    let is_shown =
        |(name, batch): (&str, u32)| PANELS.contains(&batch) && networks.iter().any(|network| network.name == name);
    let times = machines.iter().flat_map(|marks| &marks.times).filter(|(key, _)| is_shown(**key));
    let x = Axis::logarithmic("Time per image [ms]", times.flat_map(|(_, time)| [time.low, time.high]));
    let x = x.with_few_labels(DECADES_IN_HALF);
    for (index, batch) in PANELS.into_iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom };
        panel(&mut plot, data, (&machines, &networks), (area, &x), batch);
    }
    let names = Rect { left, top, right: left, bottom };
    for (row, network) in networks.iter().enumerate() {
        name(&mut plot, names, (row, networks.len()), network);
    }

    let mut notes = Vec::new();
    if data.machines.is_empty() {
        notes.push("No other machine has published measurements of these points.".to_owned());
    }
    let outdated = data.machines.iter().filter_map(|machine| {
        Some(format!("{} ({})", machine.estimates.device.hardware, outdated::of_machine(&machine.estimates)?))
    });
    let outdated: Vec<String> = outdated.collect();
    if !outdated.is_empty() {
        notes.push(format!("Earlier: measured by earlier versions of the programs, {}.", outdated.join("; ")));
    }
    notes.extend(wording::bars(data));
    notes.extend(missing::sentences(data, |batch| PANELS.contains(&batch)));
    finish(data, plot, |point| PANELS.contains(&point.batch) && point.time.is_some(), &notes)
}

/// The networks from the fastest to the slowest: by their time here at batch 1, else by any other.
fn sorted<'a>(data: &'a FigureData, machines: &[Marks<'_>]) -> Vec<&'a Network> {
    let time = |network: &Network| {
        let of = |marks: &Marks<'_>| {
            PANELS.iter().find_map(|batch| marks.times.get(&(network.name.as_str(), *batch)).map(|time| time.value))
        };
        machines.iter().find_map(of).unwrap_or(f64::INFINITY)
    };
    let mut networks: Vec<&Network> = data.networks.iter().collect();
    networks.sort_by(|one, other| time(one).total_cmp(&time(other)));
    networks
}

/// This machine, the others, and that of 2016.
fn machines(data: &FigureData) -> Vec<Marks<'_>> {
    let this_machine = Marks {
        label: format!("{}, {} (this report)", data.device.hardware, data.device.backend),
        style: MarkerStyle { colour: BLACK, shape: Shape::Circle, fill: Fill::Solid },
        times: of_networks(&data.networks),
        is_this_machine: true,
    };
    let age = |machine: &Machine| if outdated::of_machine(&machine.estimates).is_some() { OUTDATED } else { "" };
    let others = data.machines.iter().zip(machine_styles()).map(|(machine, style)| Marks {
        label: format!("{}, {}{}", machine.estimates.device.hardware, machine.estimates.device.backend, age(machine)),
        style,
        times: of_points(&machine.estimates),
        is_this_machine: false,
    });
    let published = Marks {
        label: format!("{PUBLISHED_NAME}, Torch7 with cuDNN"),
        style: MarkerStyle { colour: GREY, shape: Shape::Cross, fill: Fill::Solid },
        times: of_networks(&data.published),
        is_this_machine: false,
    };
    [this_machine].into_iter().chain(others).chain([published]).collect()
}

fn of_networks(networks: &[Network]) -> Times<'_> {
    let times = |network: &'_ Network| network.time.clone().into_iter();
    networks
        .iter()
        .flat_map(|network| times(network).map(|(batch, time)| ((network.name.as_str(), batch), time)))
        .collect()
}

fn of_points(estimates: &Estimates) -> Times<'_> {
    let millis = |time: Estimate| Estimate { value: time.value * 1e3, low: time.low * 1e3, high: time.high * 1e3 };
    let times =
        estimates.points.iter().filter_map(|point| Some(((point.network.as_str(), point.batch), millis(point.time?))));
    times.filter(|(_, time)| time.low > 0.0 && time.high.is_finite()).collect()
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
    (area, x): (Rect, &Axis),
    batch: u32,
) {
    bands(plot, area, networks.len());
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    frame.draw(plot, Labels::Hidden);
    plot.text((area.left, area.top - 8.0), &format!("Batch {batch}"), TextStyle::new(size::TEXT, BLACK).bold());
    // This machine is drawn last, on top of the others.
    for marks in machines.iter().rev() {
        for (row, network) in networks.iter().enumerate() {
            let Some(time) = marks.times.get(&(network.name.as_str(), batch)) else { continue };
            let at = |value: f64| -> Position { (frame.position(value, 0.0).0, middle(area, row, networks.len())) };
            let (low, high) = (at(time.low), at(time.high));
            let style = marks.style.open_if(marks.is_this_machine && network.flagged.contains(&batch));
            plot.group("network", &network.name, |plot| {
                if high.0 - low.0 > 2.0 * marker::RADIUS {
                    plot.path([low, high], Stroke { colour: style.colour, width: 0.8 });
                }
                marker::draw(plot, at(time.value), style, marker::RADIUS, 1.0);
                let tooltip =
                    format!("{}, batch {batch}, {}: {}", network.title, marks.label, wording::number(time, "ms"));
                plot.add_tooltip(Region::Disc(at(time.value), marker::RADIUS), tooltip);
            });
        }
    }
    let requested = data.points.iter().any(|point| point.batch == batch);
    if !requested {
        message::draw(plot, area, &format!("not measured here at batch {batch}"), &[]);
    }
}
