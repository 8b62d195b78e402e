//! The axes of a chart: chosen by the caller or derived from the values, with no more labels than fit.

use crate::axis::{Axis, Scale};
use crate::canvas::{Canvas, Stroke};
use crate::error::Error;
use crate::font::{Weight, width};
use crate::frame::Frame;
use crate::lines::Segment;
use crate::rect::{Position, Rect, distance};
use crate::style::size;

/// Maximum width and height of a chart (pt).
const MAX_SIZE: f64 = 9000.0;
/// Gap between two tick labels in a row (pt).
const BLANK: f64 = 5.0;
/// Distance of tick labels in a column (em).
const LEADING: f64 = 1.3;

/// An axis before its values are known.
#[derive(Clone, Debug)]
pub(super) enum Spec {
    /// Derived from all values: title and scale.
    Of(String, Scale),
    /// Chosen by the caller.
    Given(Axis),
}

impl Spec {
    pub(super) fn scale(&self) -> Scale {
        match self {
            Self::Of(_, scale) => *scale,
            Self::Given(axis) => axis.scale(),
        }
    }

    pub(super) fn title(&self) -> &str {
        match self {
            Self::Of(title, _) => title,
            Self::Given(axis) => &axis.title,
        }
    }

    /// The axis over the values; a linear one includes zero, so that lengths are in proportion to values.
    pub(super) fn with_zero(&self, values: impl IntoIterator<Item = f64>) -> Axis {
        match self {
            Self::Of(title, Scale::Linear) => Axis::from_zero(title, values),
            Self::Of(title, Scale::Logarithmic) => Axis::logarithmic(title, values),
            Self::Given(axis) => axis.clone(),
        }
    }

    /// The axis over the values; a linear one need not include zero.
    pub(super) fn around(&self, values: impl IntoIterator<Item = f64>) -> Axis {
        match self {
            Self::Of(title, Scale::Linear) => Axis::tight(title, values),
            _ => self.with_zero(values),
        }
    }
}

/// Checks the width or height of a chart (pt).
pub(super) fn check_size(what: &str, size: f64) -> Result<(), Error> {
    if (1.0..=MAX_SIZE).contains(&size) {
        return Ok(());
    }
    Err(Error::Size(format!("the {what} of the chart is {size} pt\nhint: give it a {what} of at most {MAX_SIZE} pt")))
}

/// The horizontal axis with as many tick labels as fit next to each other on `length` (pt).
pub(super) fn horizontal(axis: Axis, length: f64) -> Axis {
    let half = |label: &str| width(label, size::SMALL, Weight::Regular) / 2.0 + BLANK / 2.0;
    thinned(axis, length, half)
}

/// The vertical axis with as many tick labels as fit above each other on `length` (pt).
pub(super) fn vertical(axis: Axis, length: f64) -> Axis {
    thinned(axis, length, |_| LEADING * size::SMALL / 2.0)
}

/// Removes labels until neighbours no longer overlap. `half` is half the extent of a label.
fn thinned(axis: Axis, length: f64, half: impl Fn(&str) -> f64) -> Axis {
    let fits = |axis: &Axis| {
        let labelled: Vec<_> = axis.ticks.iter().filter(|tick| !tick.label.is_empty()).collect();
        labelled.windows(2).all(|pair| {
            let distance = (axis.share(pair[1].value) - axis.share(pair[0].value)) * length;
            distance >= half(&pair[0].label) + half(&pair[1].label)
        })
    };
    let labelled = |axis: &Axis| axis.ticks.iter().filter(|tick| !tick.label.is_empty()).count();
    let powers = axis.clone().with_few_labels(0.0);
    let start = if fits(&axis) || labelled(&powers) < 2 { axis } else { powers };
    (1..=labelled(&start)).map(|stride| every(&start, stride)).find(fits).unwrap_or(start)
}

/// Keeps every `stride`-th label. On a logarithmic axis, that of 1 is kept, which is the middle of ratios.
fn every(axis: &Axis, stride: usize) -> Axis {
    let mut axis = axis.clone();
    let is_logarithmic = axis.scale() == Scale::Logarithmic;
    let mut labelled: Vec<_> = axis.ticks.iter_mut().filter(|tick| !tick.label.is_empty()).collect();
    let one = labelled.iter().position(|tick| is_logarithmic && tick.value == 1.0).unwrap_or(0);
    let dropped = labelled.iter_mut().enumerate().filter(|(index, _)| index.abs_diff(one) % stride != 0);
    dropped.for_each(|(_, tick)| tick.label.clear());
    axis
}

/// How far the labels below the axis extend beyond the frame's right edge (pt).
pub(super) fn overhang(axis: &Axis, area: Rect, margin: f64) -> f64 {
    let frame = Frame::new(area, axis, &Axis::bare(), margin);
    let end = |value: f64, label: &str| frame.position(value, 0.0).0 + width(label, size::SMALL, Weight::Regular) / 2.0;
    let ends = axis.ticks.iter().map(|tick| end(tick.value, &tick.label) - area.right);
    ends.fold(0.0, f64::max)
}

/// Draws the error bar of a value, with a cap at each end. An end that a marker of this radius hides is not drawn.
pub(super) fn error_bar(canvas: &mut Canvas, at: Position, ends: Segment, radius: f64, stroke: Stroke) {
    const CAP: f64 = 1.8;
    for end in [ends.0, ends.1].into_iter().filter(|end| distance(*end, at) > radius) {
        canvas.path([at, end], stroke);
        let (across, down) = if end.1 == at.1 { (0.0, CAP) } else { (CAP, 0.0) };
        canvas.path([(end.0 - across, end.1 - down), (end.0 + across, end.1 + down)], stroke);
    }
}
