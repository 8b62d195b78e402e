//! The mark of one point: its shape, full or empty. Knows no axis and no network.

use crate::canvas::{Canvas, Stroke};
use crate::rect::Place;
use crate::style::{Inside, Look, Shape, WHITE};

/// Half the height of a mark in line figures and legends [pt].
pub const RADIUS: f64 = 2.7;

/// Draws a mark of that size [pt], as opaque as said.
pub fn draw(canvas: &mut Canvas, place: Place, look: Look, radius: f64, opacity: f64) {
    let line = Stroke { colour: look.colour.for_lines().at(opacity), width: 0.9 };
    let fill = match look.inside {
        Inside::Full => line.colour,
        Inside::Empty => WHITE.at(opacity),
    };
    let at = |dx: f64, dy: f64| (place.0 + dx * radius, place.1 + dy * radius);
    let mut polygon = |corners: &[(f64, f64)]| {
        let places: Vec<Place> = corners.iter().map(|&(dx, dy)| at(dx, dy)).collect();
        canvas.area(places.iter().copied(), fill);
        canvas.path(places.iter().chain(places.first()).copied(), line);
    };
    match look.shape {
        Shape::Circle => {
            canvas.disc(place, radius, fill);
            canvas.ring(place, radius, line);
        }
        Shape::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Shape::Diamond => polygon(&[(0.0, -1.25), (1.1, 0.0), (0.0, 1.25), (-1.1, 0.0)]),
        Shape::Up => polygon(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        Shape::Down => polygon(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
        Shape::Left => polygon(&[(-1.2, 0.0), (0.8, -1.1), (0.8, 1.1)]),
        Shape::Right => polygon(&[(1.2, 0.0), (-0.8, -1.1), (-0.8, 1.1)]),
        Shape::Plus => {
            let line = Stroke { width: 1.3, ..line };
            canvas.path([at(-1.2, 0.0), at(1.2, 0.0)], line);
            canvas.path([at(0.0, -1.2), at(0.0, 1.2)], line);
        }
        Shape::Cross => {
            let line = Stroke { width: 1.3, ..line };
            canvas.path([at(-0.95, -0.95), at(0.95, 0.95)], line);
            canvas.path([at(-0.95, 0.95), at(0.95, -0.95)], line);
        }
    }
}
