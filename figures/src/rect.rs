//! A rectangle on the sheet, and what it meets. Knows no canvas.

/// A place [pt], from the left and from the top.
pub type Place = (f64, f64);

/// A rectangle [pt].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Least distance from the sheet's left.
    pub left: f64,
    /// Least distance from its top.
    pub top: f64,
    /// Greatest distance from its left.
    pub right: f64,
    /// Greatest distance from its top.
    pub bottom: f64,
}

impl Rect {
    /// From left to right.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// From top to bottom.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Larger by that much on each side.
    pub fn grown(&self, by: f64) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// Whether the place lies inside or on the edge.
    pub fn holds(&self, place: Place) -> bool {
        self.left <= place.0 && place.0 <= self.right && self.top <= place.1 && place.1 <= self.bottom
    }

    /// Whether all of the other lies inside.
    pub fn covers(&self, other: &Self) -> bool {
        self.holds((other.left, other.top)) && self.holds((other.right, other.bottom))
    }

    /// Whether the two share an area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// The place inside that is nearest to another.
    pub fn nearest(&self, to: Place) -> Place {
        (to.0.clamp(self.left, self.right), to.1.clamp(self.top, self.bottom))
    }

    /// Whether a disc reaches into it.
    pub fn meets_disc(&self, centre: Place, radius: f64) -> bool {
        distance(self.nearest(centre), centre) < radius
    }

    /// The part of the straight line from one place to another that lies inside, if any.
    pub fn clip(&self, from: Place, to: Place) -> Option<(Place, Place)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        // Shares of the way at which the line enters and leaves (Liang and Barsky, 1984).
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

/// From one place to another.
pub fn distance(a: Place, b: Place) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// Whether two straight lines cross between their ends.
pub fn cross(a: (Place, Place), b: (Place, Place)) -> bool {
    let side = |line: (Place, Place), place: Place| {
        let ((x0, y0), (x1, y1)) = line;
        (x1 - x0) * (place.1 - y0) - (y1 - y0) * (place.0 - x0)
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
    fn a_line_is_clipped_to_what_lies_inside() {
        assert_eq!(SQUARE.clip((-5.0, 5.0), (15.0, 5.0)), Some(((0.0, 5.0), (10.0, 5.0))));
        assert_eq!(SQUARE.clip((-5.0, 20.0), (15.0, 20.0)), None);
        assert_eq!(SQUARE.clip((-5.0, -20.0), (30.0, 0.0)), None);
    }

    #[test]
    fn a_disc_meets_it_at_its_nearest_place() {
        assert!(SQUARE.meets_disc((12.0, 12.0), 3.0));
        assert!(!SQUARE.meets_disc((12.5, 12.5), 3.0));
    }

    #[test]
    fn lines_cross_between_their_ends_only() {
        assert!(cross(((0.0, 0.0), (2.0, 2.0)), ((0.0, 2.0), (2.0, 0.0))));
        assert!(!cross(((0.0, 0.0), (2.0, 2.0)), ((3.0, 0.0), (2.5, 9.0))));
    }
}
