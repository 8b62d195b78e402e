//! The parts around the frame that all charts share: title, width, horizontal axis, notes and watermark.

use super::axes::Spec;
use super::missing;
use super::value::Value;
use crate::axis::Scale;
use crate::canvas::Canvas;
use crate::error::Error;
use crate::notes::{Note, with_notes};

/// The surroundings of a chart.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) x: Spec,
    pub(super) notes: Vec<Note>,
    pub(super) watermark: Option<String>,
}

impl Surroundings {
    pub(super) fn new(title: String, width: f64) -> Self {
        Self { title, width, x: Spec::Of(String::new(), Scale::Linear), notes: Vec::new(), watermark: None }
    }

    /// The frame that `draw` draws, with notes and watermark. Without any value, a sentence instead of the frame. A
    /// point is given by the name of its series, its value and its position, which a row lacks.
    pub(super) fn finish<'a>(
        &self,
        points: impl Iterator<Item = (&'a str, &'a Value, Option<String>)>,
        draw: impl FnOnce() -> Result<Canvas, Error>,
    ) -> Result<Canvas, Error> {
        let points: Vec<_> = points.collect();
        let has_points = !points.is_empty();
        let is_empty = points.iter().all(|(_, value, _)| value.known().is_none());
        let missing = points.into_iter().filter_map(|(name, value, position)| Some((name, value.reason()?, position)));
        let mut notes = self.notes.clone();
        notes.extend(missing::note(missing).map(Note::Plain));
        let watermark = self.watermark.as_deref();
        if is_empty {
            return Ok(missing::nothing(self.width, has_points, notes, watermark));
        }
        Ok(with_notes(draw()?, &notes, watermark))
    }
}

/// The methods of a chart for its field `surroundings`.
macro_rules! methods_of_surroundings {
    () => {
        /// A horizontal axis of your own, for example with powers of two as ticks.
        pub fn x_axis(mut self, axis: Axis) -> Self {
            self.surroundings.x = Spec::Given(axis);
            self
        }

        /// A sentence below the chart, for example what the error bars are.
        pub fn note(mut self, text: impl Into<String>) -> Self {
            self.surroundings.notes.push(Note::Plain(text.into()));
            self
        }

        /// A sentence below the chart that must not be overlooked.
        pub fn warning(mut self, text: impl Into<String>) -> Self {
            self.surroundings.notes.push(Note::Warning(text.into()));
            self
        }

        /// A text across the whole figure, for example `SIMULATED`.
        pub fn watermark(mut self, text: impl Into<String>) -> Self {
            self.surroundings.watermark = Some(text.into());
            self
        }

        /// The chart as a self-contained SVG: the same bytes for the same values.
        ///
        /// # Errors
        /// Those of [`to_canvas`](Self::to_canvas).
        pub fn to_svg(&self) -> Result<String, Error> {
            self.to_canvas()?.to_svg(&self.surroundings.title)
        }
    };
}

pub(super) use methods_of_surroundings;
