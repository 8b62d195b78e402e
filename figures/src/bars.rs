//! Bars lying below each other, sorted, each with its value at its end: the shape of Figures 1 and 10. Knows no quantity.

use crate::axis::Axis;
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::font::{Weight, shortened, width};
use crate::frame::{BELOW, Frame, Side};
use crate::number::grouped;
use crate::rect::Rect;
use crate::sheet::WIDTH;
use crate::style::{BLACK, Colour, FRAME, GREY, size};
use crate::told::Reach;

/// From one bar to the next, and a bar's own height [pt].
const PITCH: f64 = 14.0;
const THICK: f64 = 9.0;
/// As near as this one has to point at a stroke [pt].
const NEAR: f64 = 2.5;
/// No name takes more than this [pt].
const WIDEST: f64 = 150.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The network.
    pub title: String,
    /// Its colour.
    pub colour: Colour,
    /// Ours.
    pub value: f64,
    /// That of 2016, if it is another quantity of its own.
    pub published: Option<f64>,
}

/// Draws bars from the greatest to the least; values get so many decimals, and the unit where one points at them.
pub fn draw(mut bars: Vec<Bar>, x: &Axis, (digits, unit): (usize, &str), none: &str) -> Canvas {
    bars.sort_by(|a, b| b.value.total_cmp(&a.value));
    let names = bars.iter().map(|bar| width(&bar.title, size::SMALL, Weight::Regular).min(WIDEST));
    let left = names.fold(30.0, f64::max) + 8.0;
    let height = PITCH * bars.len().max(2) as f64 + 4.0;
    let area = Rect { left, top: 4.0, right: WIDTH - 10.0, bottom: 4.0 + height };
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    frame.draw(&mut plot, Side::Bare);
    if bars.is_empty() {
        let middle = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
        plot.text(middle, none, Type::new(size::TEXT, GREY).align(Align::Middle));
    }
    for (index, bar) in bars.iter().enumerate() {
        let y = area.top + 2.0 + PITCH * (index as f64 + 0.5);
        let at = |value: f64| frame.place(value, 0.0).0.clamp(area.left, area.right);
        let end = at(bar.value);
        plot.rectangle((area.left, y - THICK / 2.0), (end, y + THICK / 2.0), bar.colour);
        let edge = Stroke { colour: bar.colour.for_lines(), width: 0.5 };
        let (top, bottom) = (y - THICK / 2.0, y + THICK / 2.0);
        plot.path([(area.left, top), (end, top), (end, bottom), (area.left, bottom)], edge);
        let words = |value: f64| format!("{}\u{a0}{unit}", grouped(value, digits));
        plot.tell(
            Reach::Box(Rect { left: area.left, top, right: end, bottom }),
            format!("{}: {}", bar.title, words(bar.value)),
        );
        let mark = bar.published.map(at);
        if let Some((mark, value)) = mark.zip(bar.published) {
            let stroke = Rect { left: mark - NEAR, top: top - 1.5, right: mark + NEAR, bottom: bottom + 1.5 };
            plot.tell(Reach::Box(stroke), format!("{}, 2016: {}", bar.title, words(value)));
            plot.path([(mark, top - 1.5), (mark, bottom + 1.5)], Stroke { colour: FRAME, width: 1.4 });
        }
        let after = mark.map_or(end, |mark| mark.max(end)) + 4.0;
        plot.text((after, y), &grouped(bar.value, digits), Type::new(size::SMALL, BLACK));
        let name = shortened(&bar.title, size::SMALL, Weight::Regular, WIDEST);
        plot.text((area.left - 6.0, y), &name, Type::new(size::SMALL, BLACK).align(Align::End));
    }
    plot
}
