//! A legend: one line an entry, beside the plot. Knows no network.

use crate::canvas::{Canvas, Stroke, Type};
use crate::font::{Weight, shortened, width};
use crate::marker;
use crate::rect::Place;
use crate::style::{BLACK, FAINT, GREY, Inside, Look, Shape, size};

/// From one entry to the next [pt].
pub const LEADING: f64 = 12.2;

/// Length of the piece of line before a name, and the blank after it [pt].
const SAMPLE: f64 = 15.0;
const GAP: f64 = 4.0;
/// No name takes more than this [pt].
const WIDEST: f64 = 130.0;

/// An entry.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A network with values of ours.
    Ours(String, Look),
    /// A network of which only the 2016 values are shown.
    Theirs(String, Look),
    /// What the faint lines are.
    FaintLines(String),
    /// What the faint marks are.
    FaintMarks(String),
}

impl Entry {
    fn text(&self) -> &str {
        match self {
            Self::Ours(text, _) | Self::Theirs(text, _) | Self::FaintLines(text) | Self::FaintMarks(text) => text,
        }
    }
}

/// Width of the legend [pt].
pub fn room(entries: &[Entry]) -> f64 {
    let names = entries.iter().map(|entry| width(entry.text(), size::SMALL, Weight::Regular).min(WIDEST));
    if entries.is_empty() { 0.0 } else { names.fold(0.0, f64::max) + SAMPLE + GAP + 1.0 }
}

/// Draws the entries below each other, the first one's middle at `place`.
pub fn draw(canvas: &mut Canvas, place: Place, entries: &[Entry]) {
    for (index, entry) in entries.iter().enumerate() {
        let (x, y) = (place.0, place.1 + LEADING * index as f64);
        let line = |colour, width| Stroke { colour, width };
        let sample = [(x, y), (x + SAMPLE, y)];
        let middle = (x + SAMPLE / 2.0, y);
        let colour = match entry {
            Entry::Ours(_, look) => {
                canvas.path(sample, line(look.colour.for_lines(), 1.0));
                marker::draw(canvas, middle, *look, marker::RADIUS, 1.0);
                BLACK
            }
            Entry::Theirs(_, look) => {
                canvas.path(sample, line(look.colour.for_lines().at(FAINT), 0.9));
                marker::draw(canvas, middle, *look, marker::RADIUS, FAINT);
                GREY
            }
            Entry::FaintMarks(_) => {
                let look = Look { colour: GREY, shape: Shape::Circle, inside: Inside::Full };
                marker::draw(canvas, middle, look, marker::RADIUS, FAINT);
                GREY
            }
            Entry::FaintLines(_) => {
                canvas.path(sample, line(GREY.at(FAINT), 0.9));
                GREY
            }
        };
        let text = shortened(entry.text(), size::SMALL, Weight::Regular, WIDEST);
        canvas.text((x + SAMPLE + GAP, y), &text, Type::new(size::SMALL, colour));
    }
}
