//! The style of a line of text: size, weight, colour, alignment, direction.

use crate::font::Weight;
use crate::style::Colour;

/// The part of a text that is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Across,
    /// Upwards.
    Up,
}

/// The style of a line of text.
#[derive(Clone, Copy, Debug)]
pub struct TextStyle {
    /// Its size, the em (pt).
    pub size: f64,
    /// Its weight.
    pub weight: Weight,
    /// Its colour.
    pub colour: Colour,
    /// Its alignment.
    pub align: Align,
    /// Its direction.
    pub direction: Direction,
}

impl TextStyle {
    /// Regular text from left to right, beginning at its position.
    pub fn new(size: f64, colour: Colour) -> Self {
        Self { size, weight: Weight::Regular, colour, align: Align::Start, direction: Direction::Across }
    }

    /// The same, bold.
    pub fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// The same, aligned.
    pub fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// The same, upwards.
    pub fn up(self) -> Self {
        Self { direction: Direction::Up, ..self }
    }
}
