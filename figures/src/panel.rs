//! The contents of one frame of points: ours, those of 2016, and the lines behind them. Knows no canvas.

use results::Estimate;

use crate::axis::{Axis, comparable};
use crate::line::Line;
use crate::study::{Network, PANELS, Study};

/// A network at its two values.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The network.
    pub network: &'a Network,
    /// Horizontal.
    pub x: f64,
    /// Vertical.
    pub y: f64,
    /// The intervals of both; from the value to itself where it is exact.
    pub ranges: [(f64, f64); 2],
}

/// One frame.
#[derive(Clone, Debug, Default)]
pub struct Panel<'a> {
    /// Above the frame.
    pub title: String,
    /// Images in one forward pass; none where points are of no batch.
    pub batch: Option<u32>,
    /// Points of ours.
    pub ours: Vec<Spot<'a>>,
    /// Points of 2016.
    pub theirs: Vec<Spot<'a>>,
    /// Lines behind the points.
    pub lines: Vec<Line>,
    /// Points (horizontal, vertical) by ascending cost that nothing beats: what is below and right of their steps is in reach.
    pub frontier: Vec<(f64, f64)>,
    /// Said in the frame.
    pub message: Option<String>,
}

/// The points of all networks that have both values.
pub fn spots<'a>(
    networks: &'a [Network],
    x: impl Fn(&Network) -> Option<Estimate>,
    y: impl Fn(&Network) -> Option<Estimate>,
) -> Vec<Spot<'a>> {
    let spot = |network| {
        let (x, y) = (x(network)?, y(network)?);
        Some(Spot { network, x: x.value, y: y.value, ranges: [(x.low, x.high), (y.low, y.high)] })
    };
    networks.iter().filter_map(spot).collect()
}

/// A panel for each of the two batches, which says so when the batch has no point.
pub fn by_batch(
    study: &Study,
    x: fn(&Network, u32) -> Option<Estimate>,
    y: fn(&Network, u32) -> Option<Estimate>,
) -> Vec<Panel<'_>> {
    let panel = |batch| {
        let at = |networks| spots(networks, |network| x(network, batch), |network| y(network, batch));
        let (ours, theirs) = (at(&study.networks), at(&study.published));
        let message = match () {
            () if !ours.is_empty() => None,
            () if study.points.iter().any(|point| point.batch == batch) => Some(format!("no number at batch {batch}")),
            () => Some(format!("not measured at batch {batch}")),
        };
        Panel { title: format!("Batch {batch}"), batch: Some(batch), ours, theirs, message, ..Panel::default() }
    };
    PANELS.map(panel).into()
}

/// An axis from zero over something counted: ours and that of 2016 have one size.
pub fn axis_of_counts(title: &str, panels: &[Panel<'_>], value: fn(&Spot<'_>) -> f64) -> Axis {
    let spots = panels.iter().flat_map(|panel| panel.ours.iter().chain(&panel.theirs));
    Axis::from_zero(title, spots.map(value))
}

/// An axis from zero over something measured: the machine of 2016 may be off by far, and ours comes first.
pub fn axis_of_measurements(title: &str, panels: &[Panel<'_>], value: fn(&Spot<'_>) -> f64) -> Axis {
    let ours: Vec<f64> = panels.iter().flat_map(|panel| panel.ours.iter().map(value)).collect();
    let theirs: Vec<f64> = panels.iter().flat_map(|panel| panel.theirs.iter().map(value)).collect();
    Axis::from_zero(title, comparable(&ours, &theirs))
}

/// The axis of accuracies, around all of them.
pub fn axis_of_accuracy(panels: &[Panel<'_>]) -> Axis {
    let spots = panels.iter().flat_map(|panel| panel.ours.iter().chain(&panel.theirs));
    Axis::around("Top-1 accuracy [%]", spots.map(|spot| spot.y), 5.0)
}
