//! Positions and rectangles on a canvas, and their intersections.

/// A position on a canvas (pt), from its left and top edges.
pub type Position = (f64, f64);

/// A rectangle (pt).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge, from the left of the canvas.
    pub left: f64,
    /// Upper edge, from the top of the canvas.
    pub top: f64,
    /// Right edge, from the left of the canvas.
    pub right: f64,
    /// Lower edge, from the top of the canvas.
    pub bottom: f64,
}

impl Rect {
    /// Its width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Enlarged by `by` on each side (pt).
    pub fn grown(&self, by: f64) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// Whether the position is inside or on the edge.
    pub fn contains(&self, position: Position) -> bool {
        self.left <= position.0 && position.0 <= self.right && self.top <= position.1 && position.1 <= self.bottom
    }

    /// Whether the other rectangle is inside.
    pub fn covers(&self, other: &Self) -> bool {
        self.contains((other.left, other.top)) && self.contains((other.right, other.bottom))
    }

    /// Whether the two share an area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// The position inside that is nearest to another.
    pub fn nearest(&self, to: Position) -> Position {
        (to.0.clamp(self.left, self.right), to.1.clamp(self.top, self.bottom))
    }

    /// Whether a disc overlaps it.
    pub fn meets_disc(&self, centre: Position, radius: f64) -> bool {
        distance(self.nearest(centre), centre) < radius
    }

    /// The part of the straight line between two positions that is inside, if any.
    pub fn clip(&self, from: Position, to: Position) -> Option<(Position, Position)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        // Shares of the line at which it enters and leaves (Liang and Barsky, 1984).
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let edges = [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ];
        for (speed, room) in edges {
            if speed == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if speed < 0.0 {
                enter = enter.max(room / speed);
            } else {
                leave = leave.min(room / speed);
            }
        }
        let at = |share: f64| (from.0 + dx * share, from.1 + dy * share);
        (enter <= leave).then(|| (at(enter), at(leave)))
    }
}

/// The distance between two positions (pt).
pub fn distance(a: Position, b: Position) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// Whether two straight lines cross between their ends.
pub fn cross(a: (Position, Position), b: (Position, Position)) -> bool {
    let side = |line: (Position, Position), to: Position| {
        let ((x0, y0), (x1, y1)) = line;
        (x1 - x0) * (to.1 - y0) - (y1 - y0) * (to.0 - x0)
    };
    side(a, b.0) * side(a, b.1) < 0.0 && side(b, a.0) * side(b, a.1) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Rect = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn touching_is_not_overlapping() {
        assert!(!SQUARE.overlaps(&Rect { left: 10.0, right: 20.0, ..SQUARE }));
        assert!(SQUARE.overlaps(&Rect { left: 9.9, right: 20.0, ..SQUARE }));
    }

    #[test]
    fn a_line_is_clipped_to_the_rectangle() {
        assert_eq!(SQUARE.clip((-5.0, 5.0), (15.0, 5.0)), Some(((0.0, 5.0), (10.0, 5.0))));
        assert_eq!(SQUARE.clip((-5.0, 20.0), (15.0, 20.0)), None);
        assert_eq!(SQUARE.clip((-5.0, -20.0), (30.0, 0.0)), None);
    }

    #[test]
    fn a_disc_meets_it_at_its_nearest_position() {
        assert!(SQUARE.meets_disc((12.0, 12.0), 3.0));
        assert!(!SQUARE.meets_disc((12.5, 12.5), 3.0));
    }

    #[test]
    fn lines_cross_only_between_their_ends() {
        assert!(cross(((0.0, 0.0), (2.0, 2.0)), ((0.0, 2.0), (2.0, 0.0))));
        assert!(!cross(((0.0, 0.0), (2.0, 2.0)), ((3.0, 0.0), (2.5, 9.0))));
    }
}
