//! The marker of one point: its shape, solid or open.

use crate::canvas::{Canvas, Stroke};
use crate::rect::Position;
use crate::style::{Fill, MarkerStyle, Shape, WHITE};

/// Half the height of a normal marker (pt).
pub const RADIUS: f64 = 2.7;

/// Maximum distance of a corner of such a marker from its centre (pt).
pub const EXTENT: f64 = 1.4 * RADIUS;

/// Draws a marker of this radius (pt) and opacity (0 to 1).
pub fn draw(canvas: &mut Canvas, position: Position, style: MarkerStyle, radius: f64, opacity: f64) {
    let line = Stroke { colour: style.colour.for_lines().at(opacity), width: 0.9 };
    let fill = match style.fill {
        Fill::Solid => line.colour,
        Fill::Open => WHITE,
    };
    if style.shape == Shape::Circle {
        canvas.disc(position, radius, fill);
        canvas.ring(position, radius, line);
        return;
    }
    let corners = outline(style.shape).iter().map(|&(dx, dy)| (position.0 + dx * radius, position.1 + dy * radius));
    let corners: Vec<Position> = corners.collect();
    canvas.area(corners.iter().copied(), fill);
    canvas.path(corners.iter().chain(corners.first()).copied(), line);
}

/// The corners of a shape of radius 1; none for a circle.
fn outline(shape: Shape) -> &'static [Position] {
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
    fn no_shape_extends_far_beyond_its_radius_or_equals_another() {
        for (index, shape) in Shape::ALL.into_iter().enumerate() {
            let corners = outline(shape);
            assert!(corners.iter().all(|(x, y)| x.abs() <= 1.4 && y.abs() <= 1.4), "{shape:?}");
            assert!(Shape::ALL[index + 1..].iter().all(|other| outline(*other) != corners), "{shape:?}");
        }
    }
}
