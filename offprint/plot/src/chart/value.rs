//! Values with their intervals, and the reasons why one cannot be drawn.

use crate::axis::{Axis, Scale};
use crate::error::Error;
use crate::number::{grouped, three};

/// A value with its interval and tooltip, or the reason why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    value: Result<f64, String>,
    interval: Option<(f64, f64)>,
    tooltip: Option<String>,
}

impl Value {
    /// A value without an interval.
    pub fn new(value: f64) -> Self {
        Self { value: Ok(value), interval: None, tooltip: None }
    }

    /// No value, and the reason for a note, such as `out of memory`.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self { value: Err(reason.into()), interval: None, tooltip: None }
    }

    /// Adds an interval, which must contain the value. It becomes the error bar.
    pub fn interval(self, low: f64, high: f64) -> Self {
        Self { interval: Some((low, high)), ..self }
    }

    /// Replaces the default tooltip, which has the names, the value and the interval.
    pub fn tooltip(self, text: impl Into<String>) -> Self {
        Self { tooltip: Some(text.into()), ..self }
    }

    /// The value, if there is one.
    pub(super) fn known(&self) -> Option<f64> {
        self.value.as_ref().ok().copied()
    }

    /// The reason why there is none.
    pub(super) fn reason(&self) -> Option<&str> {
        self.value.as_ref().err().map(String::as_str)
    }

    /// The ends of the interval, if there is one.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        self.interval
    }

    /// The value and the ends of its interval, which the axis must cover.
    pub(super) fn extent(&self) -> impl Iterator<Item = f64> {
        let ends = self.interval.filter(|_| self.value.is_ok());
        self.known().into_iter().chain(ends.into_iter().flat_map(|(low, high)| [low, high]))
    }

    /// Checks that it can be drawn on the scale.
    pub(super) fn check(&self, scale: Scale) -> Result<(), String> {
        let Some(value) = self.known() else { return Ok(()) };
        check_number("value", value, scale)?;
        let Some((low, high)) = self.interval else { return Ok(()) };
        for (what, end) in [("low end", low), ("high end", high)] {
            if !end.is_finite() {
                return Err(format!(
                    "the {what} of the interval is {end}\nhint: call `interval` only where both ends are finite"
                ));
            }
        }
        if !(low <= value && value <= high) {
            return Err(format!(
                "the interval from {low} to {high} does not contain the value {value}\n\
                 hint: pass the ends themselves, not distances from the value"
            ));
        }
        Ok(())
    }

    /// The tooltip: its own, or `name` and the value with its interval.
    pub(super) fn text(&self, name: &str) -> String {
        let interval = self.interval.map(|(low, high)| format!(" [{}, {}]", three(low), three(high)));
        let usual =
            || format!("{name} {}{}", self.known().map_or_else(String::new, three), interval.unwrap_or_default());
        self.tooltip.clone().unwrap_or_else(usual)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

/// A value, or none with the reason `not measured`.
impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        value.map_or_else(|| Self::missing("not measured"), Self::new)
    }
}

/// A value at a horizontal position.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub(super) x: f64,
    pub(super) y: Value,
}

impl Point {
    /// The value `y` at `x`: a number, an optional number or a [`Value`].
    pub fn new(x: f64, y: impl Into<Value>) -> Self {
        Self { x, y: y.into() }
    }

    /// No value at `x`, and the reason for a note, such as `out of memory`.
    pub fn missing(x: f64, reason: impl Into<String>) -> Self {
        Self { x, y: Value::missing(reason) }
    }

    /// Adds an interval, which must contain the value. It becomes the error bar.
    pub fn interval(self, low: f64, high: f64) -> Self {
        Self { y: self.y.interval(low, high), ..self }
    }

    /// Replaces the default tooltip, which has the names, the value and the interval.
    pub fn tooltip(self, text: impl Into<String>) -> Self {
        Self { y: self.y.tooltip(text), ..self }
    }
}

/// Checks that a number has a position on an axis of this scale.
pub(super) fn check_number(what: &str, number: f64, scale: Scale) -> Result<(), String> {
    if !number.is_finite() {
        return Err(format!(
            "the {what} is {number}\nhint: use `missing` with the reason where there is no finite number"
        ));
    }
    if scale == Scale::Logarithmic && number <= 0.0 {
        return Err(format!(
            "the {what} is {number}, which a logarithmic axis cannot show\nhint: use `Scale::Linear`, or `missing`"
        ));
    }
    Ok(())
}

/// Checks that an axis chosen by the caller covers a number.
pub(super) fn check_covered(what: &str, number: f64, axis: &Axis) -> Result<(), String> {
    let (low, high) = axis.ends();
    if (low..=high).contains(&number) {
        return Ok(());
    }
    Err(format!("the {what} {number} lies outside the axis from {low} to {high}\nhint: make the axis from all values"))
}

/// The error for a point of a series, or for a row.
pub(super) fn error(series: &str, point: usize, problem: String) -> Error {
    Error::Value { series: series.to_owned(), point, problem }
}

/// A horizontal value: all digits of a whole number, else three significant digits.
pub(super) fn position_text(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 { grouped(x, 0) } else { three(x) }
}
