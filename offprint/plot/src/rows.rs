//! Rows of equal height in a frame, such as those of a dot chart: their pitch, and the bands that guide the eye.

use crate::canvas::Canvas;
use crate::font::{Weight, width};
use crate::rect::Rect;
use crate::style::{Colour, size};

/// From one row to the next, and at least where there are many (pt).
const PITCH: f64 = 12.0;
const MIN_PITCH: f64 = 8.6;
/// Rows that would need more than this come closer (pt).
const MAX_HEIGHT: f64 = 480.0;
/// Longer names have to be truncated to this (pt).
pub const MAX_NAME: f64 = 110.0;
/// Every second row has a band of this behind it.
const BAND: Colour = Colour { rgb: (0, 0, 0), opacity: 0.035 };

/// Width of the names at the left of rows, each truncated to [`MAX_NAME`], with the gap to the frame (pt).
pub fn width_of_names<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| width(name, size::SMALL, Weight::Regular).min(MAX_NAME)).fold(30.0, f64::max) + 10.0
}

/// From one row to the next, of so many (pt).
fn pitch(rows: usize) -> f64 {
    (MAX_HEIGHT / rows.max(1) as f64).clamp(MIN_PITCH, PITCH)
}

/// Height of the middle of a row in a frame with so many rows (pt).
pub fn middle(area: Rect, row: usize, rows: usize) -> f64 {
    area.top + 2.0 + pitch(rows) * (row as f64 + 0.5)
}

/// Height of a frame with so many rows (pt).
pub fn height(rows: usize) -> f64 {
    pitch(rows) * rows as f64 + 4.0
}

/// Draws the bands behind every second row, which go below everything else.
pub fn bands(canvas: &mut Canvas, area: Rect, rows: usize) {
    for row in (0..rows).step_by(2) {
        let y = middle(area, row, rows) - pitch(rows) / 2.0;
        canvas.rectangle((area.left, y), (area.right, y + pitch(rows)), BAND);
    }
}
