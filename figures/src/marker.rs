//! The mark of one point: its shape, full or empty. Knows no axis and no network.

use crate::canvas::{Canvas, Stroke};
use crate::rect::Place;
use crate::style::{Inside, Look, Shape, WHITE};

/// Half the height of a mark in line figures and legends [pt].
pub const RADIUS: f64 = 2.7;

/// No corner of a mark of that size is farther from its middle [pt].
pub const REACH: f64 = 1.4 * RADIUS;

/// Draws a mark of that size [pt], as opaque as asked.
pub fn draw(canvas: &mut Canvas, place: Place, look: Look, radius: f64, opacity: f64) {
    let line = Stroke { colour: look.colour.for_lines().at(opacity), width: 0.9 };
    let fill = match look.inside {
        Inside::Full => line.colour,
        Inside::Open => WHITE,
    };
    if look.shape == Shape::Circle {
        canvas.disc(place, radius, fill);
        canvas.ring(place, radius, line);
        return;
    }
    let corners = outline(look.shape).iter().map(|&(dx, dy)| (place.0 + dx * radius, place.1 + dy * radius));
    let corners: Vec<Place> = corners.collect();
    canvas.area(corners.iter().copied(), fill);
    canvas.path(corners.iter().chain(corners.first()).copied(), line);
}

/// The corners of a shape of radius 1; none of a circle.
fn outline(shape: Shape) -> &'static [Place] {
    match shape {
        Shape::Circle => &[],
        Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Shape::Diamond => &[(0.0, -1.25), (1.1, 0.0), (0.0, 1.25), (-1.1, 0.0)],
        Shape::Up => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
        Shape::Down => &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
        Shape::Left => &[(-1.2, 0.0), (0.8, -1.1), (0.8, 1.1)],
        Shape::Right => &[(1.2, 0.0), (-0.8, -1.1), (-0.8, 1.1)],
        Shape::Plus => &[
            (-0.35, -1.2),
            (0.35, -1.2),
            (0.35, -0.35),
            (1.2, -0.35),
            (1.2, 0.35),
            (0.35, 0.35),
            (0.35, 1.2),
            (-0.35, 1.2),
            (-0.35, 0.35),
            (-1.2, 0.35),
            (-1.2, -0.35),
            (-0.35, -0.35),
        ],
        Shape::Cross => &[
            (0.0, -0.5),
            (0.6, -1.1),
            (1.1, -0.6),
            (0.5, 0.0),
            (1.1, 0.6),
            (0.6, 1.1),
            (0.0, 0.5),
            (-0.6, 1.1),
            (-1.1, 0.6),
            (-0.5, 0.0),
            (-1.1, -0.6),
            (-0.6, -1.1),
        ],
        Shape::Pentagon => &[(0.0, -1.15), (1.09, -0.36), (0.68, 0.93), (-0.68, 0.93), (-1.09, -0.36)],
        Shape::Hexagon => &[(-1.1, 0.0), (-0.55, -0.95), (0.55, -0.95), (1.1, 0.0), (0.55, 0.95), (-0.55, 0.95)],
        Shape::Star => &[
            (0.0, -1.4),
            (0.36, -0.36),
            (1.4, 0.0),
            (0.36, 0.36),
            (0.0, 1.4),
            (-0.36, 0.36),
            (-1.4, 0.0),
            (-0.36, -0.36),
        ],
        Shape::Hourglass => &[(-1.0, -1.1), (1.0, -1.1), (0.25, 0.0), (1.0, 1.1), (-1.0, 1.1), (-0.25, 0.0)],
        Shape::Bowtie => &[(-1.1, -1.0), (0.0, -0.25), (1.1, -1.0), (1.1, 1.0), (0.0, 0.25), (-1.1, 1.0)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shape_reaches_far_beyond_its_radius_or_looks_like_another() {
        for (index, shape) in Shape::ALL.into_iter().enumerate() {
            let corners = outline(shape);
            assert!(corners.iter().all(|(x, y)| x.abs() <= 1.4 && y.abs() <= 1.4), "{shape:?}");
            assert!(Shape::ALL[index + 1..].iter().all(|other| outline(*other) != corners), "{shape:?}");
        }
    }
}
