//! Figure 13: the roofline of whole networks (Williams, Waterman and Patterson, 2009): the speed of each network over its operations per byte, from its
//! smallest batch to its largest. Its bound is the sum of the minimum times of its layers under the roofline. The original has no such figure.

use std::collections::BTreeMap;

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke};
use offprint_plot::frame::{BELOW, Frame, Labels, left_of};
use offprint_plot::label::{Label, Obstacles, arrange, text_style};
use offprint_plot::marker;
use offprint_plot::number::{percent, three};
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{FRAME, WHITE};
use offprint_plot::tooltip::Region;
use results::counts::bytes_per_number;
use results::{Estimates, Origin};

use crate::figure::Figure;
use crate::figure_data::{FigureData, Network};
use crate::finish::{WIDTH, absent, finish};
use crate::missing;
use crate::roofline::{self, giga};
use crate::wording;

/// Height of the frame [pt].
const HEIGHT: f64 = 236.0;
/// Between the axes' ends and the frame, so that marks at the ends stay inside [pt].
const MARGIN: f64 = 10.0;
/// Radius of the dot at each batch but the largest [pt].
const DOT: f64 = 1.1;

/// See the module.
pub const FIGURE: Figure = Figure {
    number: 13,
    title: "Speed over operations per byte",
    caption: "Speed of each network over its operations per byte moved, from batch 1 (the first dot) to the largest batch (the mark). \
              The stem above a mark ends at the network's bound: every layer takes the time of its arithmetic or of its traffic under the roofline, whichever is longer, and these times add up. \
              Roofline: the device's memory bandwidth in copies (sloped) and its peak in matrix products (GEMM, horizontal), medians of all probes; shaded: from minimum to maximum.",
    data: &["points.csv", "networks.csv"],
    origin: Origin::New,
    optional: None,
    draw,
};

/// The line of a network from batch to batch.
struct Trajectory<'a> {
    network: &'a Network,
    /// By ascending batch: operations per byte, operations per second [10^9].
    at: BTreeMap<u32, (f64, f64)>,
    /// The bound at the largest batch: operations per second [10^9].
    bound: Option<f64>,
}

/// Lines in one frame, under the roofline.
fn draw(data: &FigureData) -> Canvas {
    let peaks = Estimates::peaks(&data.points);
    let trajectories: Vec<Trajectory<'_>> =
        data.networks.iter().filter_map(|network| trajectory(data, network)).collect();
    if trajectories.is_empty() {
        return absent(data, &data.nothing_measured().unwrap_or_else(|| "no network has a time".to_owned()), &[]);
    }
    let all = || trajectories.iter().flat_map(|trajectory| trajectory.at.values().copied());
    let bounds = trajectories.iter().filter_map(|trajectory| trajectory.bound);
    let gemm = peaks.iter().map(|peaks| giga(peaks.operations_per_second.value));
    let x = Axis::logarithmic("Operations per byte moved", all().map(|point| point.0));
    let y = Axis::logarithmic("Speed [G-Op/s]", all().map(|point| point.1).chain(bounds).chain(gemm));
    let area = Rect { left: left_of(&y), top: 6.0, right: WIDTH - 10.0, bottom: 6.0 + HEIGHT };
    let frame = Frame::new(area, &x, &y, MARGIN);
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    if let Some(peaks) = &peaks {
        roofline::band(&mut plot, &frame, &x, peaks);
    }
    frame.draw(&mut plot, Labels::Shown);

    let mut obstacles = Obstacles::default();
    for trajectory in &trajectories {
        plot.group("network", &trajectory.network.name, |plot| add_tooltips(plot, data, &frame, trajectory));
    }
    let roofline = peaks.map(|peaks| (peaks.median(), roofline::lines(&mut plot, &frame, peaks.median())));
    let mut labels = Vec::new();
    for trajectory in &trajectories {
        labels.extend(plot.group("network", &trajectory.network.name, |plot| {
            draw_trajectory(plot, &frame, trajectory, &mut obstacles)
        }));
    }
    if let Some((peaks, lines)) = roofline {
        obstacles.lines.extend(lines.0.into_iter().chain(lines.1));
        roofline::label(&mut plot, area, peaks, lines, &mut obstacles);
    }
    let unnamed = name(&mut plot, area, &labels, &obstacles);

    let mut notes = Vec::new();
    if peaks.is_none() {
        notes.push("No roofline: the peaks of this device were not measured.".to_owned());
    }
    if !unnamed.is_empty() {
        notes.push(format!("Not labelled for lack of space: {}.", unnamed.join(", ")));
    }
    notes.extend(missing::sentences(data, |_| true));
    finish(data, plot, |point| point.time.is_some() || missing::is_explained(point), &notes)
}

fn trajectory<'a>(data: &FigureData, network: &'a Network) -> Option<Trajectory<'a>> {
    let counts = network.counts.as_ref()?;
    let width = bytes_per_number(&data.device.kind);
    // Operations per millisecond are 10^3 per second; the speed is in 10^9.
    let speed = |millis: f64| counts.arithmetic() / millis / 1e6;
    let at = network.time.iter().map(|(&batch, time)| (batch, (counts.intensity(batch, width), speed(time.value))));
    let is_drawable = |(x, y): (f64, f64)| x.is_finite() && y.is_finite() && x > 0.0 && y > 0.0;
    let at: BTreeMap<u32, (f64, f64)> = at.filter(|(_, point)| is_drawable(*point)).collect();
    let (&last, _) = at.last_key_value()?;
    let bound = Estimates::peaks(&data.points).map(|peaks| counts.bound(last, width, peaks.median()).time);
    let bound = bound.map(|seconds| giga(counts.arithmetic() / seconds)).filter(|speed| speed.is_finite());
    Some(Trajectory { network, at, bound })
}

/// Draws the line, a dot at each batch and the mark at the largest; returns its label.
fn draw_trajectory(
    plot: &mut Canvas,
    frame: &Frame,
    trajectory: &Trajectory<'_>,
    obstacles: &mut Obstacles,
) -> Option<Label> {
    let Network { style, title, .. } = trajectory.network;
    let positions: Vec<Position> = trajectory.at.values().map(|&(x, y)| frame.position(x, y)).collect();
    let (last, before) = positions.split_last()?;
    plot.path(positions.iter().copied(), Stroke { colour: style.colour.for_lines(), width: 0.9 });
    for position in before {
        plot.disc(*position, DOT, style.colour.for_lines());
    }
    if let Some((x, bound)) =
        trajectory.at.values().next_back().zip(trajectory.bound).map(|((x, _), bound)| (*x, bound))
    {
        let top = frame.position(x, bound);
        let stem = Stroke { colour: style.colour.for_lines(), width: 0.5 };
        plot.path([*last, top], stem);
        plot.path([(top.0 - 2.0, top.1), (top.0 + 2.0, top.1)], Stroke { width: 1.0, ..stem });
        obstacles.lines.push((*last, top));
    }
    let batch = trajectory.at.keys().next_back().copied();
    marker::draw(plot, *last, trajectory.network.style_at(batch), marker::RADIUS, 1.0);
    obstacles.lines.extend(positions.windows(2).map(|pair| (pair[0], pair[1])));
    obstacles.discs.push((*last, marker::RADIUS));
    Some(Label::new(title, *last, marker::RADIUS))
}

/// Adds a tooltip at each batch.
fn add_tooltips(plot: &mut Canvas, data: &FigureData, frame: &Frame, trajectory: &Trajectory<'_>) {
    for (&batch, &(x, y)) in &trajectory.at {
        let subject = wording::measured_label(data, trajectory.network, Some(batch));
        let last = trajectory.at.keys().next_back() == Some(&batch);
        let bound = trajectory.bound.filter(|_| last).map(|bound| format!(", {} of its bound", percent(y / bound)));
        let bound = bound.unwrap_or_default();
        let tooltip = format!("{subject}: {} G-Op/s{bound}, {} operations per byte", three(y), three(x));
        plot.add_tooltip(Region::Disc(frame.position(x, y), marker::RADIUS), tooltip);
    }
}

/// Labels the networks; returns the names that did not fit.
fn name(plot: &mut Canvas, area: Rect, labels: &[Label], obstacles: &Obstacles) -> Vec<String> {
    let mut unnamed = Vec::new();
    for (placed, label) in arrange(labels, area, obstacles).into_iter().zip(labels) {
        let Some(placed) = placed else {
            unnamed.push(label.text.clone());
            continue;
        };
        if let Some((from, to)) = placed.leader {
            plot.path([from, to], Stroke { colour: FRAME, width: 0.45 });
        }
        plot.rectangle((placed.rect.left, placed.rect.top), (placed.rect.right, placed.rect.bottom), WHITE.at(0.6));
        plot.text(placed.position, &label.text, text_style());
    }
    unnamed
}
