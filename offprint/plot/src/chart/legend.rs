//! The legend of a chart: inside the frame where it covers nothing, else above the frame.

use crate::canvas::{Canvas, Stroke, TextStyle};
use crate::font::{Weight, truncated, width};
use crate::label::Obstacles;
use crate::marker;
use crate::rect::{Position, Rect};
use crate::style::{BLACK, MarkerStyle, WHITE, size};

/// Distance of entries in a column, and gap between entries in a row (pt).
const LEADING: f64 = 11.0;
const BETWEEN: f64 = 14.0;
/// Length of the sample line, and the gap after it (pt).
const SAMPLE: f64 = 16.0;
const GAP: f64 = 4.0;
/// Padding around the entries (pt).
const PADDING: f64 = 3.0;
/// Distance from the edges of the frame, and step between tried positions (pt).
const INSIDE: f64 = 4.0;
const STRIDE: f64 = 6.0;

/// The names of series and their styles.
pub(super) struct Legend {
    entries: Vec<Entry>,
}

struct Entry {
    series: String,
    /// The name of the series, truncated to fit.
    text: String,
    style: MarkerStyle,
}

impl Legend {
    /// Truncates names so that each fits into `room` (pt).
    pub(super) fn new<'a>(entries: impl Iterator<Item = (&'a str, MarkerStyle)>, room: f64) -> Self {
        let room = room - SAMPLE - GAP - 2.0 * PADDING;
        let entry = |(name, style): (&str, MarkerStyle)| Entry {
            series: name.to_owned(),
            text: truncated(name, size::SMALL, Weight::Regular, room),
            style,
        };
        Self { entries: entries.map(entry).collect() }
    }

    /// A rectangle inside the area that covers no obstacle: in a corner if one is free, else as near to one as
    /// possible.
    pub(super) fn find_room(&self, area: Rect, obstacles: &Obstacles) -> Option<Rect> {
        let widths = self.entries.iter().map(Entry::width);
        let wide = widths.fold(0.0, f64::max) + 2.0 * PADDING;
        let high = LEADING * self.entries.len() as f64 + 2.0 * PADDING;
        let inner = area.grown(-INSIDE);
        let (columns, rows) = ((inner.width() - wide) / STRIDE, (inner.height() - high) / STRIDE);
        if columns < 0.0 || rows < 0.0 {
            return None;
        }
        let (columns, rows) = (columns.min(300.0) as u32, rows.min(300.0) as u32);
        let mut positions: Vec<(u32, Rect)> = Vec::new();
        for (column, row) in (0..=columns).flat_map(|column| (0..=rows).map(move |row| (column, row))) {
            let (x, y) = (STRIDE * f64::from(column), STRIDE * f64::from(row));
            // The distance to the nearest corner. The legend keeps its distance from both edges there.
            let left = if 2 * column <= columns {
                inner.left + x
            } else {
                inner.right - wide - STRIDE * f64::from(columns - column)
            };
            let top =
                if 2 * row <= rows { inner.top + y } else { inner.bottom - high - STRIDE * f64::from(rows - row) };
            let effort = column.min(columns - column) + row.min(rows - row);
            positions.push((effort, Rect { left, top, right: left + wide, bottom: top + high }));
        }
        positions.sort_by_key(|(effort, _)| *effort);
        let free = |rect: &Rect| {
            !obstacles.discs.iter().any(|(centre, radius)| rect.meets_disc(*centre, *radius))
                && !obstacles.lines.iter().any(|(from, to)| rect.grown(1.0).clip(*from, *to).is_some())
        };
        positions.into_iter().map(|(_, rect)| rect).find(free)
    }

    /// Draws the entries in a column.
    pub(super) fn draw_inside(&self, canvas: &mut Canvas, room: Rect) {
        canvas.rectangle((room.left, room.top), (room.right, room.bottom), WHITE.at(0.85));
        for (index, entry) in self.entries.iter().enumerate() {
            let y = room.top + PADDING + LEADING * (index as f64 + 0.5);
            entry.draw(canvas, (room.left + PADDING, y));
        }
    }

    /// The entries in rows no wider than `room` (pt): the position of each from the upper left, and the height of all.
    fn flow(&self, room: f64) -> (Vec<Position>, f64) {
        let (mut x, mut row) = (0.0, 0);
        let mut positions = Vec::new();
        for entry in &self.entries {
            let wide = entry.width();
            if x > 0.0 && x + wide > room {
                (x, row) = (0.0, row + 1);
            }
            positions.push((x, LEADING * (f64::from(row) + 0.5)));
            x += wide + BETWEEN;
        }
        (positions, LEADING * f64::from(row + 1))
    }

    /// Height of the entries in rows (pt).
    pub(super) fn height_above(&self, room: f64) -> f64 {
        self.flow(room).1
    }

    /// Draws the entries in rows from a position on.
    pub(super) fn draw_above(&self, canvas: &mut Canvas, from: Position, room: f64) {
        for (entry, (x, y)) in self.entries.iter().zip(self.flow(room).0) {
            entry.draw(canvas, (from.0 + x, from.1 + y));
        }
    }
}

impl Entry {
    fn width(&self) -> f64 {
        SAMPLE + GAP + width(&self.text, size::SMALL, Weight::Regular)
    }

    /// Draws the sample and the name, from a position on the left.
    fn draw(&self, canvas: &mut Canvas, (x, y): Position) {
        canvas.group("series", &self.series, |canvas| {
            canvas.path([(x, y), (x + SAMPLE, y)], Stroke { colour: self.style.colour.for_lines(), width: 1.0 });
            marker::draw(canvas, (x + SAMPLE / 2.0, y), self.style, marker::RADIUS, 1.0);
            canvas.text((x + SAMPLE + GAP, y), &self.text, TextStyle::new(size::SMALL, BLACK));
        });
    }
}
