//! Rows of equal height in a frame, such as those of a dot chart: their pitch, and the bands behind them.

use crate::canvas::Canvas;
use crate::font::{Weight, width};
use crate::rect::Rect;
use crate::style::{Colour, size};

/// Pitch of rows, and minimum pitch of many rows (pt).
const PITCH: f64 = 12.0;
const MIN_PITCH: f64 = 8.6;
/// Maximum height; if rows would need more, their pitch is reduced (pt).
const MAX_HEIGHT: f64 = 480.0;
/// Maximum width of a name; longer ones are truncated (pt).
pub const MAX_NAME: f64 = 110.0;
/// Colour of the band behind every second row.
const BAND: Colour = Colour { rgb: (0, 0, 0), opacity: 0.035 };

/// Width of the names at the left of rows, each truncated to [`MAX_NAME`], with the gap to the frame (pt).
pub fn width_of_names<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| width(name, size::SMALL, Weight::Regular).min(MAX_NAME)).fold(30.0, f64::max) + 10.0
}

/// Pitch of `count` rows (pt).
fn pitch(rows: usize) -> f64 {
    (MAX_HEIGHT / rows.max(1) as f64).clamp(MIN_PITCH, PITCH)
}

/// Vertical position of the middle of a row in a frame with `count` rows (pt).
pub fn middle(area: Rect, row: usize, rows: usize) -> f64 {
    area.top + 2.0 + pitch(rows) * (row as f64 + 0.5)
}

/// Height of a frame with `count` rows (pt).
pub fn height(rows: usize) -> f64 {
    pitch(rows) * rows as f64 + 4.0
}

/// Draws the bands behind every second row, before everything else.
pub fn bands(canvas: &mut Canvas, area: Rect, rows: usize) {
    for row in (0..rows).step_by(2) {
        let y = middle(area, row, rows) - pitch(rows) / 2.0;
        canvas.rectangle((area.left, y), (area.right, y + pitch(rows)), BAND);
    }
}
