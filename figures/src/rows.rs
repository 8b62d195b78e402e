//! A row a network with its mark, sorted, and its value at the right: the shape of Figures 1 and 10. Knows no quantity.

use results::Estimate;

use crate::axis::Axis;
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::font::{Weight, shortened, width};
use crate::frame::{BELOW, Frame, Side};
use crate::marker;
use crate::number::grouped;
use crate::rect::{Place, Rect};
use crate::sheet::WIDTH;
use crate::study::Network;
use crate::style::{BLACK, Colour, GREY, size};
use crate::told::Reach;

/// From one row to the next, and at the least where there are many [pt].
const PITCH: f64 = 12.0;
const LEAST_PITCH: f64 = 8.6;
/// Rows that would need more than this come closer [pt].
const HIGHEST: f64 = 480.0;
/// No name takes more than this [pt].
pub const WIDEST: f64 = 110.0;
/// Every second row has a band of this behind it, so that the eye keeps to its row.
const BAND: Colour = Colour { rgb: (0, 0, 0), opacity: 0.035 };
/// Half the height of the stroke at a value of 2016 [pt].
const STROKE: f64 = 4.0;

/// One row.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The network.
    pub network: &'a Network,
    /// Ours.
    pub value: Estimate,
    /// That of 2016, if it is another quantity of its own.
    pub published: Option<f64>,
}

/// Room that the names of networks need at the left of a frame [pt].
pub fn room<'a>(titles: impl Iterator<Item = &'a str>) -> f64 {
    titles.map(|title| width(title, size::SMALL, Weight::Regular).min(WIDEST)).fold(30.0, f64::max) + 10.0
}

/// From one row to the next, of so many [pt].
fn pitch(rows: usize) -> f64 {
    (HIGHEST / rows.max(1) as f64).clamp(LEAST_PITCH, PITCH)
}

/// The middle of a row of a frame with so many.
pub fn middle(area: Rect, row: usize, rows: usize) -> f64 {
    area.top + 2.0 + pitch(rows) * (row as f64 + 0.5)
}

/// Height of a frame with so many rows [pt].
pub fn height(rows: usize) -> f64 {
    pitch(rows) * rows as f64 + 4.0
}

/// The bands behind every second row, which go below everything else.
pub fn bands(plot: &mut Canvas, area: Rect, rows: usize) {
    for row in (0..rows).step_by(2) {
        let y = middle(area, row, rows) - pitch(rows) / 2.0;
        plot.rectangle((area.left, y), (area.right, y + pitch(rows)), BAND);
    }
}

/// The name of a network, left of its row.
pub fn name(plot: &mut Canvas, area: Rect, (row, rows): (usize, usize), network: &Network) {
    let text = shortened(&network.title, size::SMALL, Weight::Regular, WIDEST);
    let with = Type::new(size::SMALL, BLACK).align(Align::End);
    plot.of(&network.name, |plot| plot.text((area.left - 6.0, middle(area, row, rows)), &text, with));
}

/// Draws rows from the greatest value to the least; values have so many decimals, and the unit in their titles.
pub fn draw(mut rows: Vec<Row<'_>>, x: &Axis, (digits, unit): (usize, &str)) -> Canvas {
    rows.sort_by(|a, b| b.value.value.total_cmp(&a.value.value));
    let words = |value: f64| grouped(value, digits);
    let values = rows.iter().map(|row| width(&words(row.value.value), size::SMALL, Weight::Regular));
    let values = values.fold(0.0, f64::max) + 10.0;
    let left = room(rows.iter().map(|row| row.network.title.as_str()));
    let area = Rect { left, top: 4.0, right: WIDTH - values, bottom: 4.0 + height(rows.len()) };
    let mut plot = Canvas::new(WIDTH, area.bottom + BELOW);
    bands(&mut plot, area, rows.len());
    let frame = Frame::new(area, x, &Axis::bare(), 0.0);
    frame.draw(&mut plot, Side::Bare);
    for (index, row) in rows.iter().enumerate() {
        let y = middle(area, index, rows.len());
        let at = |value: f64| -> Place { (frame.place(value, 0.0).0.clamp(area.left, area.right), y) };
        name(&mut plot, area, (index, rows.len()), row.network);
        plot.of(&row.network.name, |plot| {
            let Estimate { value, low, high } = row.value;
            let Network { title, look, .. } = row.network;
            if let Some(published) = row.published {
                let (x, _) = at(published);
                plot.path([(x, y - STROKE), (x, y + STROKE)], Stroke { colour: GREY, width: 1.2 });
                let stroke = Rect { left: x - 2.5, top: y - STROKE, right: x + 2.5, bottom: y + STROKE };
                plot.tell(Reach::Box(stroke), format!("{title}, 2016: {}\u{a0}{unit}", words(published)));
            }
            let (from, to) = (at(low), at(high));
            if to.0 - from.0 > 2.0 * marker::RADIUS {
                plot.path([from, to], Stroke { colour: look.colour.for_lines(), width: 0.9 });
            }
            marker::draw(plot, at(value), *look, marker::RADIUS, 1.0);
            let interval = if low < high { format!(" [{}, {}]", words(low), words(high)) } else { String::new() };
            let words = format!("{title}: {}\u{a0}{unit}{interval}", words(value));
            plot.tell(Reach::Disc(at(value), marker::RADIUS), words);
        });
        plot.text((WIDTH - 2.0, y), &words(row.value.value), Type::new(size::SMALL, BLACK).align(Align::End));
    }
    plot
}
