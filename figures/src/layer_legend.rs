//! The legend of kinds of layers: colour samples, each with its kind and share of the time. Independent of axes.

use offprint_plot::canvas::{Canvas, TextStyle};
use offprint_plot::font::{Weight, width};
use offprint_plot::number::percent;
use offprint_plot::rect::Position;
use offprint_plot::style::{BLACK, GREY, size};
use results::KindEstimate;

use crate::style::colour_of_kind;

/// From one row to the next [pt].
pub const LEADING: f64 = 12.0;

/// Title before the samples.
const TITLE: &str = "Share of the layers' time:";
/// Edge of a sample, the gap after it, and the gap after an entry [pt].
const SAMPLE: f64 = 7.0;
const GAP: f64 = 3.0;
const BETWEEN: f64 = 11.0;

/// Draws the kinds from `position` to the right, in as many rows as they need, and returns the number of rows.
pub fn draw(canvas: &mut Canvas, position: Position, right: f64, kinds: &[KindEstimate]) -> usize {
    let (left, mut y) = position;
    canvas.text((left, y), TITLE, TextStyle::new(size::SMALL, GREY));
    let start = left + width(TITLE, size::SMALL, Weight::Regular) + BETWEEN - GAP;
    let (mut x, mut rows) = (start, 1);
    for kind in kinds {
        let text = format!("{}\u{a0}{}", kind.kind.word(), percent(kind.share));
        let wide = SAMPLE + GAP + width(&text, size::SMALL, Weight::Regular);
        if x + wide > right {
            (x, y, rows) = (start, y + LEADING, rows + 1);
        }
        let half = SAMPLE / 2.0;
        canvas.rectangle((x, y - half), (x + SAMPLE, y + half), colour_of_kind(kind.kind));
        canvas.text((x + SAMPLE + GAP, y), &text, TextStyle::new(size::SMALL, BLACK));
        x += wide + BETWEEN;
    }
    rows
}
