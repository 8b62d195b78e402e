//! A bar for the time of each layer of one network, in the order of execution. Independent of other networks.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke, TextStyle, text_box};
use offprint_plot::font::{Weight, truncated, width};
use offprint_plot::frame::{Frame, Labels};
use offprint_plot::rect::Rect;
use offprint_plot::style::{BLACK, WHITE, size};
use offprint_plot::tooltip::Region;
use results::{Estimate, LayerEstimate, LayersEstimate};

use crate::layer_names::Names;
use crate::style::colour_of_kind;
use crate::wording;

/// Number of the longest layers whose names stand above their bars, if there is room.
pub const NAMED: usize = 3;
/// Maximum width of a name [pt].
pub const MAX_NAME: f64 = 78.0;

/// Bars of at least this pitch [pt] have a gap between them, of this share of the pitch.
const MIN_PITCH: f64 = 3.5;
const GAP: f64 = 0.18;

/// The axis of the layers' numbers.
pub fn across(of: &LayersEstimate) -> Axis {
    Axis::sequence("Layer, in the order of execution", of.layers.len())
}

/// The axis of their times.
pub fn up(of: &LayersEstimate) -> Axis {
    // Room for a name above the longest bar, and for intervals unless they would squeeze the bars.
    const MAX_INTERVAL: f64 = 1.5;
    let times = || of.layers.iter().map(|layer| millis(layer.time.value));
    let longest = times().fold(0.0, f64::max);
    let intervals = of.layers.iter().map(|layer| millis(layer.time.high).min(MAX_INTERVAL * longest));
    Axis::from_zero("Time per layer [ms]", times().chain(intervals).map(|time| 1.1 * time))
}

/// The longest layers, with their indices in the order of execution; the longest first.
pub fn longest(of: &LayersEstimate) -> Vec<(usize, &LayerEstimate)> {
    let mut layers: Vec<_> = of.layers.iter().enumerate().collect();
    layers.sort_by(|a, b| b.1.time.value.total_cmp(&a.1.time.value));
    layers.truncate(NAMED);
    layers
}

/// Draws the bars of a network; their tooltips begin with `subject`.
pub fn draw(plot: &mut Canvas, area: Rect, of: &LayersEstimate, subject: &str) {
    let frame = Frame::new(area, &across(of), &up(of), 0.0);
    frame.draw(plot, Labels::Shown);
    let bars: Vec<Rect> = of.layers.iter().enumerate().map(|(index, layer)| bar(&frame, index, layer)).collect();
    let (names, mut covered) = (Names::of(of), bars.clone());
    for (bar, layer) in bars.iter().zip(&of.layers) {
        plot.rectangle((bar.left, bar.top), (bar.right, bar.bottom), colour_of_kind(layer.kind));
        covered.extend(interval(plot, &frame, *bar, layer));
        // The bar of a short layer is hard to hit, so the tooltip also covers the column above it.
        plot.add_tooltip(Region::Box(Rect { top: area.top, ..*bar }), tooltip(subject, &names, layer));
    }
    // The lower edge of the frame is that of all bars.
    plot.path([(area.left, area.bottom), (area.right, area.bottom)], Stroke { colour: BLACK, width: 0.6 });
    name(plot, area, (of, &names), &bars, &covered);
}

fn millis(seconds: f64) -> f64 {
    1e3 * seconds
}

fn bar(frame: &Frame, index: usize, layer: &LayerEstimate) -> Rect {
    let at = |number: f64| frame.position(number, millis(layer.time.value));
    let number = index as f64 + 1.0;
    let ((left, top), (right, _)) = (at(number - 0.5), at(number + 0.5));
    let gap = if right - left < MIN_PITCH { 0.0 } else { GAP * (right - left) / 2.0 };
    let top = top.clamp(frame.area.top, frame.area.bottom);
    Rect { left: left + gap, top, right: right - gap, bottom: frame.area.bottom }
}

/// A layer's time with its interval, and its share of the whole.
pub fn tooltip(subject: &str, names: &Names, layer: &LayerEstimate) -> String {
    let Estimate { value, low, high } = layer.time;
    let time = Estimate { value: millis(value), low: millis(low), high: millis(high) };
    let LayerEstimate { kind, share, .. } = layer;
    format!(
        "{subject}, {} ({}): {}, {}",
        names.in_full(layer),
        kind.word(),
        wording::number(&time, "ms"),
        wording::share(*share)
    )
}

/// Draws the interval of a time if it is long enough to be seen, and returns its box.
fn interval(plot: &mut Canvas, frame: &Frame, bar: Rect, layer: &LayerEstimate) -> Option<Rect> {
    const MIN_LENGTH: f64 = 1.5;
    let height = |time: f64| frame.position(1.0, millis(time)).1.clamp(frame.area.top, frame.area.bottom);
    let (low, high) = (height(layer.time.low), height(layer.time.high));
    if low - high <= MIN_LENGTH {
        return None;
    }
    let (middle, width) = ((bar.left + bar.right) / 2.0, (bar.width() / 3.0).clamp(0.3, 0.7));
    plot.path([(middle, low), (middle, high)], Stroke { colour: BLACK, width });
    Some(Rect { left: middle - width, top: high, right: middle + width, bottom: low })
}

/// Names the longest layers where a name covers no bar, no interval and no other name.
fn name(plot: &mut Canvas, area: Rect, (of, names): (&LayersEstimate, &Names), bars: &[Rect], covered: &[Rect]) {
    let mut taken: Vec<Rect> = Vec::new();
    for (index, layer) in longest(of) {
        let Some(bar) = bars.get(index) else { continue };
        let text = truncated(&names.of_layer(layer), size::SMALL, Weight::Regular, MAX_NAME);
        let wide = width(&text, size::SMALL, Weight::Regular);
        // Above the bar and its interval: centred, left-aligned or right-aligned.
        let middle = (bar.left + bar.right) / 2.0;
        let with = TextStyle::new(size::SMALL, BLACK);
        let above =
            |top: f64| [middle - wide / 2.0, bar.left, bar.right - wide].map(|start| (start, top - 0.7 * size::SMALL));
        let tops = covered.iter().filter(|rect| rect.left <= middle && middle <= rect.right).map(|rect| rect.top);
        let highest = tops.fold(bar.top, f64::min);
        let free = above(highest).into_iter().find_map(|position| {
            let rect = text_box(position, &text, with);
            let covers = |other: &Rect| rect.overlaps(other);
            let is_free = area.covers(&rect) && !taken.iter().any(covers) && !covered.iter().any(covers);
            is_free.then_some((position, rect))
        });
        if let Some((position, rect)) = free {
            plot.rectangle((rect.left, rect.top), (rect.right, rect.bottom), WHITE.at(0.6));
            plot.text(position, &text, with);
            taken.push(rect.grown(2.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use results::LayerKind;

    use super::*;

    fn layer(time: f64) -> LayerEstimate {
        let (name, kind) = ("conv".to_owned(), LayerKind::Conv);
        let time = Estimate { value: time, low: 0.9 * time, high: 1.1 * time };
        LayerEstimate { name, kind, macs: 0, bytes: 0, time, share: 0.0 }
    }

    #[test]
    fn the_height_of_a_bar_is_its_time_and_its_position_is_its_number() {
        let area = Rect { left: 0.0, top: 0.0, right: 100.0, bottom: 100.0 };
        let up = Axis::from_zero("", [5.0]);
        let frame = Frame::new(area, &Axis::sequence("", 4), &up, 0.0);
        let bars: Vec<Rect> =
            [1e-3, 2e-3, 4e-3, 1.0].iter().enumerate().map(|(i, time)| bar(&frame, i, &layer(*time))).collect();
        let unit = 100.0 / up.ends().1;
        for (bar, millis) in bars.iter().zip([1.0, 2.0, 4.0]) {
            assert!((bar.height() - millis * unit).abs() < 0.11, "{millis} ms: {bar:?}");
        }
        assert_eq!(bars[3].top, 0.0, "a bar that is too long ends at the frame");
        assert!(bars.windows(2).all(|pair| pair[0].right < pair[1].left));
        assert!(bars[1].left < frame.position(2.0, 0.0).0 && frame.position(2.0, 0.0).0 < bars[1].right);
    }
}
