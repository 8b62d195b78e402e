//! The roofline over layers and networks: memory bandwidth as a slope and the peak of matrix products (GEMM) as a horizontal line.
//! Lines are medians of all probes, the band reaches from minimum to maximum. Independent of layers.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke, TextStyle, text_box};
use offprint_plot::font::{Weight, width};
use offprint_plot::frame::Frame;
use offprint_plot::label::Obstacles;
use offprint_plot::number::three;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{FRAME, GREY, SHADE, size};
use results::PeakRates;
use results::estimates::Peaks;
use results::{Estimate, Estimates, LayersEstimate, Point};

/// The slope is shown at least down to the ridge point divided by this.
pub const SLOPE: f64 = 8.0;
/// Number of pieces of the edges of the band, which are curves.
const PIECES: u32 = 240;

/// A value in units of 10^9.
pub fn giga(value: f64) -> f64 {
    value / 1e9
}

/// The peaks for a network's layers: those of all points, or those of the probe before the layers if no point has any.
pub fn peaks_for_layers(points: &[Point], of: &LayersEstimate) -> Option<Peaks> {
    let exactly = |value: f64| Estimate { value, low: value, high: value };
    Estimates::peaks(points).or_else(|| {
        of.peak_rates.map(|peak| Peaks {
            operations_per_second: exactly(peak.operations_per_second),
            bytes_per_second: exactly(peak.bytes_per_second),
        })
    })
}

/// The ridge point, where memory bandwidth meets peak compute: operations per byte, and operations per second [10^9].
pub fn ridge(peaks: PeakRates) -> (f64, f64) {
    (peaks.operations_per_second / peaks.bytes_per_second, giga(peaks.operations_per_second))
}

/// A line from one position to another.
pub type Line = (Position, Position);

/// Draws the band from minimum to maximum, behind everything else.
pub fn band(plot: &mut Canvas, frame: &Frame, x: &Axis, peaks: &Peaks) {
    // The axis ends inside the frame.
    let (low, high) = (x.ends().0 / 2.0, x.ends().1 * 2.0);
    let (area, span) = (frame.area, libm::log(high / low));
    let xs = (0..=PIECES).map(|piece| low * libm::exp(span * f64::from(piece) / f64::from(PIECES)));
    let (operations, bytes) = (peaks.operations_per_second, peaks.bytes_per_second);
    let edges = xs.filter(|x| (area.left..=area.right).contains(&frame.position(*x, 1.0).0)).map(|x| {
        let at = |operations: f64, bytes: f64| {
            let position = frame.position(x, giga(operations.min(bytes * x)));
            (position.0.clamp(area.left, area.right), position.1.clamp(area.top, area.bottom))
        };
        (at(operations.low, bytes.low), at(operations.high, bytes.high))
    });
    let (below, above): (Vec<Position>, Vec<Position>) = edges.unzip();
    plot.area(below.into_iter().chain(above.into_iter().rev()), SHADE);
}

/// Draws the lines of memory bandwidth (sloped) and GEMM (horizontal), as far as they lie in the frame, and returns them.
pub fn lines(plot: &mut Canvas, frame: &Frame, peaks: PeakRates) -> (Option<Line>, Option<Line>) {
    let area = frame.area;
    let (x, y) = ridge(peaks);
    let corner = frame.position(x, y);
    // On logarithmic axes the slope is a straight line; it continues below its foot in the same direction.
    let foot = frame.position(x / SLOPE, y / SLOPE);
    let far = (corner.0 + 100.0 * (foot.0 - corner.0), corner.1 + 100.0 * (foot.1 - corner.1));
    let (slope, horizontal) = (area.clip(far, corner), area.clip(corner, (area.right, corner.1)));
    for (from, to) in slope.into_iter().chain(horizontal) {
        plot.path([from, to], Stroke { colour: FRAME, width: 1.1 });
    }
    (slope, horizontal)
}

/// Labels the lines with their peaks, where that covers the fewest discs; the labels are added to the obstacles.
pub fn label(
    plot: &mut Canvas,
    area: Rect,
    peaks: PeakRates,
    lines: (Option<Line>, Option<Line>),
    obstacles: &mut Obstacles,
) {
    let with = TextStyle::new(size::NOTE, GREY);
    let above = 0.7 * size::NOTE;
    let gemm = format!("GEMM {}\u{a0}G-Op/s", three(giga(peaks.operations_per_second)));
    let bandwidth = format!("bandwidth {}\u{a0}GB/s", three(giga(peaks.bytes_per_second)));
    let (slope, horizontal) = lines;
    let on_horizontal = horizontal.map(|(from, to)| {
        let wide = width(&gemm, size::NOTE, Weight::Regular);
        [area.left + 4.0, from.0 + 2.0, to.0 - wide - 3.0].map(|start| (start, from.1 - above)).to_vec()
    });
    let on_slope = slope.map(|(from, to)| {
        // Left of the line, at several heights; its lower right corner keeps clear.
        let wide = width(&bandwidth, size::NOTE, Weight::Regular);
        let at = |share: f64| (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
        [0.45, 0.55, 0.65, 0.75, 0.85].map(at).map(|(x, y)| (x - wide - 5.0, y - 1.0)).to_vec()
    });
    for (text, positions) in [(gemm, on_horizontal), (bandwidth, on_slope)] {
        let free = |position: &Position| {
            let rect = text_box(*position, &text, with);
            area.grown(-2.0).covers(&rect) && !obstacles.boxes.iter().any(|other| other.overlaps(&rect))
        };
        let covered = |position: &Position| {
            let rect = text_box(*position, &text, with);
            obstacles.discs.iter().filter(|(centre, radius)| rect.meets_disc(*centre, *radius)).count()
        };
        let Some(position) = positions.unwrap_or_default().into_iter().filter(free).min_by_key(covered) else {
            continue;
        };
        plot.text(position, &text, with);
        obstacles.boxes.push(text_box(position, &text, with));
    }
}
