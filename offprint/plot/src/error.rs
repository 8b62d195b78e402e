//! Why a figure cannot be drawn.

use std::fmt;

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A number of a point is not finite, or has no position on its axis.
    Value {
        /// The series of the point.
        series: String,
        /// The index of the point in its series, from 0.
        point: usize,
        /// The number, and what is wrong with it.
        problem: String,
    },
    /// The size of the figure is not possible.
    Size(String),
    /// plotters failed.
    Drawing(String),
}

impl Error {
    pub(crate) fn drawing(error: impl fmt::Display) -> Self {
        Self::Drawing(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { series, point, problem } => write!(out, "series `{series}`, point {point}: {problem}"),
            Self::Size(problem) => write!(out, "{problem}"),
            Self::Drawing(problem) => write!(out, "the figure cannot be drawn: {problem}"),
        }
    }
}

impl std::error::Error for Error {}
