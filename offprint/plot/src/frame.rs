//! The framed area of two axes: grid, ticks, titles, and the positions of pairs of values.

use plotters::coord::CoordTranslate;
use plotters::coord::cartesian::Cartesian2d;

use crate::axis::Axis;
use crate::canvas::{Align, Canvas, STEPS, Stroke, TextStyle, steps};
use crate::font::{self, Weight};
use crate::rect::{Position, Rect};
use crate::style::{BLACK, FRAME, GRID, size};

/// Length of a tick (pt).
const TICK: f64 = 2.5;
/// Gap between a tick and its label (pt).
const GAP: f64 = 2.5;

/// Height of tick labels and title below a frame (pt).
pub const BELOW: f64 = 28.0;

/// Whether the vertical axis has labels. Of two adjacent frames, only the first has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Title and tick labels.
    Shown,
    /// Only ticks.
    Hidden,
}

/// A frame on a canvas.
pub struct Frame {
    /// Its edges.
    pub area: Rect,
    x: Axis,
    y: Axis,
    coordinates: Cartesian2d<Axis, Axis>,
}

/// Width of title and tick labels left of a vertical axis (pt).
pub fn left_of(y: &Axis) -> f64 {
    size::TEXT * 1.5 + left_of_ticks(y, size::SMALL)
}

/// Width of only the tick labels, in this size (pt).
pub fn left_of_ticks(y: &Axis, size: f64) -> f64 {
    let labels = y.ticks.iter().map(|tick| font::width(&tick.label, size, Weight::Regular));
    labels.fold(0.0, f64::max) + GAP + TICK
}

impl Frame {
    /// A frame whose axes end `margin` inside its edges.
    pub fn new(area: Rect, x: &Axis, y: &Axis, margin: f64) -> Self {
        let inner = area.grown(-margin);
        let across = steps(inner.left)..steps(inner.right);
        let up = steps(inner.bottom)..steps(inner.top);
        let coordinates = Cartesian2d::new(x.clone(), y.clone(), (across, up));
        Self { area, x: x.clone(), y: y.clone(), coordinates }
    }

    /// The position of a pair of values; outside the area when one is beyond its axis.
    pub fn position(&self, x: f64, y: f64) -> Position {
        let (x, y) = self.coordinates.translate(&(x, y));
        (f64::from(x) / STEPS, f64::from(y) / STEPS)
    }

    /// The same; none when it is outside the area.
    pub fn position_inside(&self, x: f64, y: f64) -> Option<Position> {
        Some(self.position(x, y)).filter(|position| self.area.contains(*position))
    }

    /// Draws grid, edges, ticks, labels and titles.
    pub fn draw(&self, canvas: &mut Canvas, labels: Labels) {
        let Rect { left, top, right, bottom } = self.area;
        self.bare(canvas);
        self.label_below(canvas, size::SMALL);
        let title = TextStyle::new(size::TEXT, BLACK).align(Align::Middle);
        canvas.text(((left + right) / 2.0, bottom + BELOW - 0.6 * size::TEXT), &self.x.title, title);
        if labels == Labels::Shown {
            self.label_left(canvas, size::SMALL);
            let x = left - left_of(&self.y) + 0.55 * size::TEXT;
            canvas.text((x, (top + bottom) / 2.0), &self.y.title, title.up());
        }
    }

    /// Draws grid, edges and ticks without any text.
    pub fn bare(&self, canvas: &mut Canvas) {
        let Rect { left, top, right, bottom } = self.area;
        let grid = Stroke { colour: GRID, width: 0.5 };
        let edge = Stroke { colour: FRAME, width: 0.6 };
        let (low_x, low_y) = (self.x.ends().0, self.y.ends().0);
        for tick in &self.x.ticks {
            let x = self.position(tick.value, low_y).0;
            if left < x && x < right {
                canvas.path([(x, top), (x, bottom)], grid);
            }
            canvas.path([(x, bottom), (x, bottom + TICK)], edge);
        }
        for tick in &self.y.ticks {
            let y = self.position(low_x, tick.value).1;
            if top < y && y < bottom {
                canvas.path([(left, y), (right, y)], grid);
            }
            canvas.path([(left - TICK, y), (left, y)], edge);
        }
        canvas.path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], edge);
    }

    /// Draws the tick labels of the horizontal axis.
    pub fn label_below(&self, canvas: &mut Canvas, size: f64) {
        let label = TextStyle::new(size, BLACK).align(Align::Middle);
        for tick in &self.x.ticks {
            let x = self.position(tick.value, self.y.ends().0).0;
            canvas.text((x, self.area.bottom + TICK + GAP + 0.4 * size), &tick.label, label);
        }
    }

    /// Draws the tick labels of the vertical axis.
    pub fn label_left(&self, canvas: &mut Canvas, size: f64) {
        let label = TextStyle::new(size, BLACK).align(Align::End);
        for tick in &self.y.ticks {
            let y = self.position(self.x.ends().0, tick.value).1;
            canvas.text((self.area.left - TICK - GAP, y), &tick.label, label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { left: 50.0, top: 10.0, right: 250.0, bottom: 110.0 };

    #[test]
    fn values_lie_between_the_margins() {
        let axis = Axis::from_zero("", [39.0]);
        let frame = Frame::new(AREA, &axis, &axis, 10.0);
        assert_eq!(frame.position(0.0, 0.0), (60.0, 100.0));
        assert_eq!(frame.position(axis.ends().1, axis.ends().1), (240.0, 20.0));
        assert_eq!(frame.position_inside(-100.0, 0.0), None);
    }
}
