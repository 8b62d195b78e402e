//! Lines on a canvas, clipped to an area: through positions, and as arrows.

use crate::canvas::{Canvas, Stroke};
use crate::rect::{Position, Rect, distance};

/// A straight line between two positions.
pub type Segment = (Position, Position);

/// Draws the parts of a line through positions that are inside the area, and returns them.
pub fn polyline(canvas: &mut Canvas, area: Rect, positions: &[Position], stroke: Stroke) -> Vec<Segment> {
    let pieces = positions.windows(2).filter_map(|pair| area.clip(pair[0], pair[1]));
    let pieces: Vec<Segment> = pieces.collect();
    pieces.iter().for_each(|(from, to)| canvas.path([*from, *to], stroke));
    pieces
}

/// Draws an arrow from one point to another if there is room for one, and returns its line.
pub fn arrow(canvas: &mut Canvas, from: Position, to: Position, stroke: Stroke) -> Option<Segment> {
    const HEAD: f64 = 3.0;
    /// Gap between the ends of an arrow and the points.
    const FREE: f64 = 1.0;
    let length = distance(from, to);
    if length < HEAD + 2.0 * FREE {
        return None;
    }
    let (dx, dy) = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let at = |way: f64| (from.0 + dx * way, from.1 + dy * way);
    let (start, back, end) = (at(FREE), at(length - FREE - HEAD), at(length - FREE));
    canvas.path([start, end], stroke);
    canvas.path([(back.0 - 1.8 * dy, back.1 + 1.8 * dx), end, (back.0 + 1.8 * dy, back.1 - 1.8 * dx)], stroke);
    Some((start, end))
}
