//! The roofline of one network (Williams, Waterman and Patterson, 2009): speed of each layer that multiplies over its operations
//! per byte, under the peaks of the device. Independent of other networks.

use std::collections::BTreeSet;

use offprint_plot::axis::{Axis, DECADES_IN_HALF};
use offprint_plot::canvas::{Canvas, Stroke};
use offprint_plot::font::{Weight, truncated};
use offprint_plot::frame::{Frame, Labels};
use offprint_plot::label::{Label, Obstacles, arrange, text_style};
use offprint_plot::number::three;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, WHITE, size};
use offprint_plot::tooltip::Region;
use results::estimates::Peaks;
use results::{LayerEstimate, LayersEstimate, Point};

use crate::layer_bars::{self, MAX_NAME};
use crate::layer_names::Names;
use crate::roofline::{self, SLOPE, giga, ridge};
use crate::style::colour_of_kind;

/// Radius of the layer with the maximum share of its network's time [pt].
const LARGEST: f64 = 9.0;
/// If the maximum share is below this, all discs are smaller.
const MIN_SHARE: f64 = 0.06;
/// Between the axes' ends and the frame, so that discs at the ends stay inside [pt].
const MARGIN: f64 = 10.0;
/// What the frames of all networks share, so that they can be compared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Operations per byte.
    x: Axis,
    /// Operations per second [10^9].
    pub y: Axis,
    /// The maximum share that a layer takes of its network's time.
    share: f64,
    /// The measured peaks of the device.
    peaks: Option<Peaks>,
}

/// A layer that multiplies: operations per byte, operations per second [10^9].
fn roofline_point(layer: &LayerEstimate) -> Option<(f64, f64)> {
    Some((layer.intensity()?, giga(layer.operations_per_second())))
}

impl Shared {
    /// For networks with their layers.
    pub fn of(points: &[Point], networks: &[&LayersEstimate]) -> Self {
        let peaks = networks.first().and_then(|of| roofline::peaks_for_layers(points, of));
        let layers = || networks.iter().flat_map(|of| &of.layers);
        let foot = |(x, y): (f64, f64)| (x / SLOPE, y / SLOPE);
        let ridges = peaks.iter().map(|peaks| ridge(peaks.median()));
        let shown: Vec<(f64, f64)> =
            layers().filter_map(roofline_point).chain(ridges.flat_map(|ridge| [ridge, foot(ridge)])).collect();
        let axis = |title, value: fn(&(f64, f64)) -> f64| Axis::logarithmic(title, shown.iter().map(value));
        let shares = layers().filter(|layer| layer.macs > 0).map(|layer| layer.share);
        Self {
            x: axis("Operations per byte", |point| point.0).with_few_labels(DECADES_IN_HALF),
            y: axis("Speed [G-Op/s]", |point| point.1).with_few_labels(DECADES_IN_HALF),
            share: shares.fold(MIN_SHARE, f64::max),
            peaks,
        }
    }

    /// How many of a network's layers lie above the median roofline, and how many layers multiply.
    pub fn above(&self, of: &LayersEstimate) -> Option<(usize, usize)> {
        let peaks = self.peaks?.median();
        let points = || of.layers.iter().filter_map(roofline_point);
        let limit = |x: f64| giga(peaks.operations_per_second.min(peaks.bytes_per_second * x));
        Some((points().filter(|&(x, y)| y > limit(x)).count(), points().count()))
    }

    /// Radius of a layer's disc [pt]: its area is the layer's share of its network's time.
    fn radius(&self, layer: &LayerEstimate) -> f64 {
        LARGEST * (layer.share / self.share).clamp(0.0, 1.0).sqrt()
    }
}

/// Draws the roofline of a network; the tooltips of its layers begin with `subject`.
pub fn draw(plot: &mut Canvas, area: Rect, shared: &Shared, of: &LayersEstimate, subject: &str) {
    let frame = Frame::new(area, &shared.x, &shared.y, MARGIN);
    let names = Names::of(of);
    if let Some(peaks) = &shared.peaks {
        roofline::band(plot, &frame, &shared.x, peaks);
    }
    frame.draw(plot, Labels::Shown);
    let mut obstacles = Obstacles::default();
    let peaks = shared.peaks.map(|peaks| peaks.median());
    let lines = peaks.map(|peaks| (peaks, roofline::lines(plot, &frame, peaks)));
    let mut discs: Vec<(Position, f64, &LayerEstimate)> = of
        .layers
        .iter()
        .filter_map(|layer| {
            let (x, y) = roofline_point(layer)?;
            Some((frame.position_inside(x, y)?, shared.radius(layer), layer))
        })
        .collect();
    // Longer layers have larger discs and come first, so that no disc hides behind another.
    discs.sort_by(|a, b| b.2.time.value.total_cmp(&a.2.time.value));
    for (position, radius, layer) in &discs {
        let colour = colour_of_kind(layer.kind);
        plot.disc(*position, *radius, colour.at(0.78));
        plot.ring(*position, *radius, Stroke { colour: WHITE, width: 0.4 });
        obstacles.discs.push((*position, *radius));
        plot.add_tooltip(Region::Disc(*position, *radius), tooltip(subject, &names, layer));
    }
    if let Some((peaks, lines)) = lines {
        obstacles.lines = lines.0.into_iter().chain(lines.1).collect();
        roofline::label(plot, area, peaks, lines, &mut obstacles);
    }
    name(plot, area, &names, &discs, &obstacles);
}

/// The tooltip of a layer: that of its bar, and its speed.
fn tooltip(subject: &str, names: &Names, layer: &LayerEstimate) -> String {
    let speed = roofline_point(layer)
        .map(|(intensity, speed)| format!(", {} G-Op/s at {} operations per byte", three(speed), three(intensity)));
    layer_bars::tooltip(subject, names, layer) + &speed.unwrap_or_default()
}

/// Names the longest layer of each kind that multiplies, as far as there is room.
fn name(
    plot: &mut Canvas,
    area: Rect,
    names: &Names,
    discs: &[(Position, f64, &LayerEstimate)],
    obstacles: &Obstacles,
) {
    // Discs are sorted by time, so the first of a kind is its longest layer.
    let mut seen = BTreeSet::new();
    let labels: Vec<Label> = discs
        .iter()
        .filter(|(_, _, layer)| seen.insert(layer.kind))
        .map(|(position, radius, layer)| {
            Label::new(&truncated(&names.of_layer(layer), size::SMALL, Weight::Regular, MAX_NAME), *position, *radius)
        })
        .collect();
    for (placed, label) in arrange(&labels, area, obstacles).into_iter().zip(&labels) {
        let Some(placed) = placed else { continue };
        if let Some((from, to)) = placed.leader {
            plot.path([from, to], Stroke { colour: BLACK, width: 0.45 });
        }
        plot.rectangle((placed.rect.left, placed.rect.top), (placed.rect.right, placed.rect.bottom), WHITE.at(0.6));
        plot.text(placed.position, &label.text, text_style());
    }
}

#[cfg(test)]
mod tests {
    use results::PeakRates;
    use results::{DeviceIdentity, Estimate, LayerKind, Outcome};

    use super::*;
    use offprint_plot::rect::distance;

    const PEAK_RATES: PeakRates = PeakRates::best(1e11, 1e10);
    const AREA: Rect = Rect { left: 0.0, top: 0.0, right: 160.0, bottom: 100.0 };

    /// A layer on the roofline: it takes the time of its arithmetic or of its traffic, whichever is longer.
    fn layer(macs: u64, bytes: u64) -> LayerEstimate {
        let value =
            (2.0 * macs as f64 / PEAK_RATES.operations_per_second).max(bytes as f64 / PEAK_RATES.bytes_per_second);
        let (name, kind, time) = ("conv".to_owned(), LayerKind::Conv, Estimate { value, low: value, high: value });
        LayerEstimate { name, kind, macs, bytes, time, share: 0.1 }
    }

    fn network(layers: Vec<LayerEstimate>) -> LayersEstimate {
        let text = String::new;
        LayersEstimate {
            network: text(),
            batch: 1,
            device: DeviceIdentity { kind: text(), hardware: text(), backend: text(), simulated: false },
            outcome: Outcome::Measured,
            peak_rates: Some(PEAK_RATES),
            watched: None,
            difference: None,
            whole: None,
            passes: (0, 0),
            layers,
            measured_on: None,
            outdated: false,
        }
    }

    #[test]
    fn a_layer_at_its_limit_lies_on_the_roofline() {
        // 0.5, 2 and 10 operations a byte are on the slope, which ends at 10; 10, 40 and 300 on the horizontal.
        let work = [1, 4, 20, 80, 600].map(|macs| layer(macs * 1_000_000, 4_000_000));
        let of = network(work.to_vec());
        let shared = Shared::of(&[], &[&of]);
        let frame = Frame::new(AREA, &shared.x, &shared.y, MARGIN);
        let (slope, horizontal) = roofline::lines(&mut Canvas::new(160.0, 100.0), &frame, PEAK_RATES);
        let ((foot, ridge), (_, end)) = (slope.expect("a slope"), horizontal.expect("a horizontal line"));
        let off = |layer: &LayerEstimate| {
            let (x, y) = roofline_point(layer).expect("it multiplies");
            let position = frame.position_inside(x, y).expect("it is in the frame");
            let (from, to) = if position.0 < ridge.0 { (foot, ridge) } else { (ridge, end) };
            // A position lies on the line if its distances to both ends add up to the length of the line.
            distance(from, position) + distance(position, to) - distance(from, to)
        };
        for layer in &of.layers {
            assert!(off(layer) < 0.02, "{:?}: {}", roofline_point(layer), off(layer));
        }
        let mut slow = of.layers[1].clone();
        slow.time.value *= 2.0;
        assert!(off(&slow) > 0.5, "half as fast is below the roofline");
    }

    #[test]
    fn areas_are_shares_of_the_time() {
        let of = network([0.4, 0.1].map(|share| LayerEstimate { share, ..layer(1_000_000, 4_000_000) }).to_vec());
        let shared = Shared::of(&[], &[&of]);
        let radii: Vec<f64> = of.layers.iter().map(|layer| shared.radius(layer)).collect();
        assert_eq!((radii[0], radii[1]), (LARGEST, LARGEST / 2.0));
    }

    #[test]
    fn a_layer_that_does_not_multiply_has_no_point() {
        assert_eq!(roofline_point(&layer(0, 100)), None);
    }
}
