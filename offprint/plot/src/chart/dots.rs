//! A chart of rows, each with a name, a marker at its value, and the error bar.

use super::axes::{Spec, check_size, error_bar, horizontal};
use super::surroundings::{Surroundings, methods_of_surroundings};
use super::value::{Value, check_covered, error};
use crate::axis::{Axis, Scale};
use crate::canvas::{Align, Canvas, Stroke, TextStyle};
use crate::error::Error;
use crate::font::{Weight, truncated, width};
use crate::frame::{BELOW, Frame, Labels};
use crate::marker;
use crate::notes::Note;
use crate::number::three;
use crate::rect::Rect;
use crate::rows::{MAX_NAME, bands, height, middle, width_of_names};
use crate::style::{BLACK, Fill, GREY, MarkerStyle, Shape, palette, size};
use crate::tooltip::Region;

/// Gap between the ends of the axis and the frame (pt).
const MARGIN: f64 = 6.0;
/// Minimum width of the frame (pt).
const MIN_FRAME: f64 = 40.0;
/// Printed instead of a missing value.
const NONE: &str = "\u{2013}";

/// One row per value, from the top in the order of addition, with the number at the right.
///
/// ```
/// use offprint_plot::{DotChart, Scale, TEXT_WIDTH, Value};
///
/// let svg = DotChart::new("Time to sort a million numbers", TEXT_WIDTH)
///     .x("Time [ms]", Scale::Linear)
///     .row("radix", Value::new(8.1).interval(8.0, 8.3))
///     .row("merge", Value::new(61.5).interval(60.9, 64.2))
///     .row("bogo", Value::missing("stopped after an hour"))
///     .to_svg()?;
/// assert!(svg.contains("No value: bogo (stopped after an hour)."));
/// # Ok::<(), offprint_plot::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DotChart {
    surroundings: Surroundings,
    rows: Vec<(String, Value)>,
}

impl DotChart {
    /// A chart of that width (pt), as high as its rows need. The title is for readers who do not see the figure.
    pub fn new(title: impl Into<String>, width: f64) -> Self {
        Self { surroundings: Surroundings::new(title.into(), width), rows: Vec::new() }
    }

    /// The axis over all values and intervals: its quantity with the unit, and its scale. A linear one has zero.
    pub fn x(mut self, title: impl Into<String>, scale: Scale) -> Self {
        self.surroundings.x = Spec::Of(title.into(), scale);
        self
    }

    /// Adds a row: its name, and a number, an optional number or a [`Value`].
    pub fn row(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.rows.push((name.into(), value.into()));
        self
    }

    methods_of_surroundings!();

    /// The chart as a canvas. If no row has a value, it has a sentence instead of the frame, and
    /// [`drawn`](Canvas::drawn) is false.
    ///
    /// # Errors
    /// A number that is not finite, that is not positive on a logarithmic axis or is outside an axis of your own, an
    /// interval that does not contain its value, or a width that leaves no room for the frame.
    pub fn to_canvas(&self) -> Result<Canvas, Error> {
        check_size("width", self.surroundings.width)?;
        for (index, (name, value)) in self.rows.iter().enumerate() {
            let covered = || match (&self.surroundings.x, value.known()) {
                (Spec::Given(axis), Some(value)) => check_covered("value", value, axis),
                _ => Ok(()),
            };
            value
                .check(self.surroundings.x.scale())
                .and_then(|()| covered())
                .map_err(|problem| error(name, index, problem))?;
        }
        let points = self.rows.iter().map(|(name, value)| (name.as_str(), value, None));
        self.surroundings.finish(points, || self.draw())
    }

    fn draw(&self) -> Result<Canvas, Error> {
        let count = self.rows.len();
        let figures = |value: &Value| value.known().map_or_else(|| NONE.to_owned(), three);
        let widths = self.rows.iter().map(|(_, value)| width(&figures(value), size::SMALL, Weight::Regular));
        let right = self.surroundings.width - widths.fold(0.0, f64::max) - 10.0;
        let left = width_of_names(self.rows.iter().map(|(name, _)| name.as_str()));
        let area = Rect { left, top: 4.0, right, bottom: 4.0 + height(count) };
        if area.width() < MIN_FRAME {
            return Err(Error::Size(format!(
                "the chart of {} pt has no room for its frame\nhint: make it at least {:.0} pt wide",
                self.surroundings.width,
                (self.surroundings.width - area.width() + MIN_FRAME).ceil()
            )));
        }
        let x = self.surroundings.x.with_zero(self.rows.iter().flat_map(|(_, value)| value.extent()));
        let frame = Frame::new(area, &horizontal(x, area.width() - 2.0 * MARGIN), &Axis::bare(), MARGIN);
        let mut canvas = Canvas::new(self.surroundings.width, area.bottom + BELOW);
        bands(&mut canvas, area, count);
        frame.draw(&mut canvas, Labels::Hidden);
        for (index, (name, value)) in self.rows.iter().enumerate() {
            let y = middle(area, index, count);
            canvas.group("series", name, |canvas| {
                let text = truncated(name, size::SMALL, Weight::Regular, MAX_NAME);
                let end = TextStyle::new(size::SMALL, BLACK).align(Align::End);
                canvas.text((area.left - 6.0, y), &text, end);
                let colour = if value.known().is_some() { BLACK } else { GREY };
                canvas.text((self.surroundings.width - 2.0, y), &figures(value), TextStyle { colour, ..end });
                self.draw_value(canvas, &frame, name, value, y);
            });
        }
        Ok(canvas)
    }

    fn draw_value(&self, canvas: &mut Canvas, frame: &Frame, name: &str, value: &Value, y: f64) {
        let style = MarkerStyle { colour: palette::BLUE, shape: Shape::Circle, fill: Fill::Solid };
        let Some(known) = value.known() else { return };
        let at = |value: f64| (frame.position(value, 0.0).0.clamp(frame.area.left, frame.area.right), y);
        if let Some((low, high)) = value.ends() {
            error_bar(
                canvas,
                at(known),
                (at(low), at(high)),
                marker::RADIUS,
                Stroke { colour: style.colour, width: 0.9 },
            );
        }
        marker::draw(canvas, at(known), style, marker::RADIUS, 1.0);
        let text = value.text(&format!("{name}: {}", self.surroundings.x.title()));
        canvas.add_tooltip(Region::Disc(at(known), marker::RADIUS), text);
    }
}
