//! The contents of one frame: measured points, points of 2016, and the lines behind them. Independent of canvases.

use offprint_plot::axis::Axis;
use results::Estimate;
use results::frontier::frontier;

use crate::figure_data::{FigureData, Network, PANELS};
use crate::line::Line;

/// A network at its two values.
#[derive(Clone, Copy, Debug)]
pub struct DataPoint<'a> {
    /// The network.
    pub network: &'a Network,
    /// Horizontal.
    pub x: f64,
    /// Vertical.
    pub y: f64,
    /// The intervals of both; an exact value is its own interval.
    pub ranges: [(f64, f64); 2],
}

/// One frame.
#[derive(Clone, Debug, Default)]
pub struct Panel<'a> {
    /// Above the frame.
    pub title: String,
    /// Images in one forward pass; `None` if points have no batch.
    pub batch: Option<u32>,
    /// Measured points.
    pub measured: Vec<DataPoint<'a>>,
    /// Measured points without labels.
    pub unlabelled: Vec<DataPoint<'a>>,
    /// Points of 2016.
    pub published: Vec<DataPoint<'a>>,
    /// Whether arrows lead from the points of 2016 to the measured ones.
    pub arrows: bool,
    /// Lines behind the points.
    pub lines: Vec<Line>,
    /// The Pareto frontier as steps, from corner to corner.
    pub steps: Vec<(f64, f64)>,
    /// Text in the frame.
    pub message: Option<String>,
}

/// The points of all networks that have both values.
pub fn data_points<'a>(
    networks: &'a [Network],
    x: impl Fn(&Network) -> Option<Estimate>,
    y: impl Fn(&Network) -> Option<Estimate>,
) -> Vec<DataPoint<'a>> {
    let point = |network| {
        let (x, y) = (x(network)?, y(network)?);
        Some(DataPoint { network, x: x.value, y: y.value, ranges: [(x.low, x.high), (y.low, y.high)] })
    };
    networks.iter().filter_map(point).collect()
}

/// The points of the networks of the study.
pub fn of_study<'a>(points: &[DataPoint<'a>]) -> Vec<DataPoint<'a>> {
    points.iter().copied().filter(|point| !point.network.later).collect()
}

/// A panel for each of the two batches, with a message if the batch has no measured point.
pub fn by_batch(
    data: &FigureData,
    x: fn(&Network, u32) -> Option<Estimate>,
    y: fn(&Network, u32) -> Option<Estimate>,
) -> Vec<Panel<'_>> {
    let panel = |batch| {
        let at = |networks| data_points(networks, |network| x(network, batch), |network| y(network, batch));
        let (measured, published) = (at(&data.networks), at(&data.published));
        let requested = data.points.iter().any(|point| point.batch == batch);
        let message = if !measured.is_empty() {
            None
        } else if requested {
            Some(format!("no number at batch {batch}"))
        } else {
            Some(format!("not measured at batch {batch}"))
        };
        Panel { title: format!("Batch {batch}"), batch: Some(batch), measured, published, message, ..Panel::default() }
    };
    PANELS.map(panel).into()
}

/// The Pareto frontier as [`Panel::steps`]: horizontal from each Pareto-optimal point to the next, then up to it; from the last one to `end`.
pub fn steps(points: &[DataPoint<'_>], end: f64) -> Vec<(f64, f64)> {
    let points: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
    let best: Vec<(f64, f64)> = frontier(&points).into_iter().filter_map(|index| points.get(index).copied()).collect();
    let ends = best.iter().skip(1).map(|next| next.0).chain([end]);
    best.iter().zip(ends).flat_map(|(&(x, y), end)| [(x, y), (end, y)]).collect()
}

/// A logarithmic axis over all points.
pub fn logarithmic(title: &str, panels: &[Panel<'_>], value: fn(&DataPoint<'_>) -> f64) -> Axis {
    Axis::logarithmic(title, all(panels).map(value))
}

/// An axis from zero over all points.
pub fn from_zero(title: &str, panels: &[Panel<'_>], value: fn(&DataPoint<'_>) -> f64) -> Axis {
    Axis::from_zero(title, all(panels).map(value))
}

fn all<'a>(panels: &'a [Panel<'_>]) -> impl Iterator<Item = &'a DataPoint<'a>> {
    panels.iter().flat_map(|panel| panel.measured.iter().chain(&panel.unlabelled).chain(&panel.published))
}

/// The axis of accuracies, around all of them.
pub fn axis_of_accuracy(panels: &[Panel<'_>]) -> Axis {
    Axis::around("Top-1 accuracy [%]", all(panels).map(|point| point.y), 5.0)
}
