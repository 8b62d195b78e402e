//! Numbers and their bound as a small drawing: the values that meet the bound as a band, an interval as a line, values as marks. The text
//! next to it states the same. Independent of claims.

use results::verdicts::Number;

/// Its size in units of the view box.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 16.0;
/// Free space at either end of the scale, as a share of the range shown.
const MARGIN: f64 = 0.12;

/// The scale of a bar, from its minimum to its maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale wide enough for the values, intervals and bounds of all numbers; `None` if all are equal.
    fn over<'a>(numbers: impl IntoIterator<Item = &'a Number>) -> Option<Self> {
        let shown = |number: &'a Number| {
            let ends = number.interval.map(|interval| [interval.low, interval.high]);
            let limits = number.limits.map(|limits| [limits.low, limits.high].into_iter().flatten());
            [number.value].into_iter().chain(ends.into_iter().flatten()).chain(limits.into_iter().flatten())
        };
        let all = numbers.into_iter().flat_map(shown).filter(|value| value.is_finite());
        let (low, high) =
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let margin = (high - low) * MARGIN;
        (margin.is_finite() && margin > 0.0).then_some(Self { low: low - margin, high: high + margin })
    }

    fn position(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low) * WIDTH).clamp(0.0, WIDTH)
    }
}

/// Whose number a mark shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This report's: a dot, with its interval.
    Ours,
    /// Another machine's: a ring.
    Another,
    /// That of 2016: a cross.
    Published,
}

/// The bar of some numbers with one bound, that of the first.
pub fn svg(numbers: &[(Whose, &Number)]) -> String {
    let Some(scale) = Scale::over(numbers.iter().map(|(_, number)| *number)) else { return String::new() };
    let middle = HEIGHT / 2.0;
    let mut out = format!("<svg class=\"bar\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\">");
    if let Some(limits) = numbers.iter().find_map(|(_, number)| number.limits) {
        let low = limits.low.map_or(0.0, |low| scale.position(low));
        let high = limits.high.map_or(WIDTH, |high| scale.position(high));
        let width = (high - low).max(0.0);
        out += &format!("<rect class=\"met\" x=\"{low:.1}\" y=\"0\" width=\"{width:.1}\" height=\"{HEIGHT}\"/>");
        for end in [limits.low, limits.high].into_iter().flatten().map(|end| scale.position(end)) {
            out += &format!("<line class=\"limit\" x1=\"{end:.1}\" y1=\"0\" x2=\"{end:.1}\" y2=\"{HEIGHT}\"/>");
        }
    }
    out += &format!("<line class=\"axis\" x1=\"0\" y1=\"{middle}\" x2=\"{WIDTH}\" y2=\"{middle}\"/>");
    // Ours is drawn last, on top of the others.
    for (whose, number) in numbers.iter().rev() {
        out += &mark(*whose, number, scale);
    }
    out + "</svg>"
}

fn mark(whose: Whose, number: &Number, scale: Scale) -> String {
    let (x, middle) = (scale.position(number.value), HEIGHT / 2.0);
    let line = |class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)| {
        format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>")
    };
    let disc = |class: &str| format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{middle}\" r=\"4.5\"/>");
    match whose {
        Whose::Ours => {
            let range =
                number.interval.map(|interval| [interval.low, interval.high].map(|end| (scale.position(end), middle)));
            range.map(|[low, high]| line("range", low, high)).unwrap_or_default() + &disc("ours")
        }
        Whose::Another => disc("another"),
        Whose::Published => {
            let (left, right, top, bottom) = (x - 4.0, x + 4.0, middle - 4.0, middle + 4.0);
            line("published", (left, top), (right, bottom)) + &line("published", (left, bottom), (right, top))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::verdicts::{Interval, IntervalKind, Limits};

    fn number(value: f64, interval: Option<(f64, f64)>, limits: Option<Limits>) -> Number {
        Number {
            quantity: "R²".to_owned(),
            value,
            unit: String::new(),
            decimals: 2,
            interval: interval.map(|(low, high)| Interval { low, high, kind: IntervalKind::Influence }),
            limits,
            bound: None,
            text: String::new(),
        }
    }

    #[test]
    fn a_scale_covers_all_values_intervals_and_bounds_with_a_margin() {
        let numbers = [number(0.7, Some((0.5, 0.9)), None), number(0.8, None, Some(Limits::at_least(1.0)))];
        let scale = Scale::over(&numbers).expect("a scale");
        assert!((scale.low - 0.44).abs() < 1e-12 && (scale.high - 1.06).abs() < 1e-12, "{scale:?}");
        assert_eq!(Scale::over(&[number(1.0, None, None)]), None, "one value has no scale");
        assert_eq!(Scale::over(&[]), None);
    }

    #[test]
    fn the_band_of_an_open_bound_reaches_the_edge_and_ours_lies_on_top() {
        let ours = number(5.0, Some((4.0, 6.0)), Some(Limits::at_least(5.0)));
        let (minimum, maximum) = (number(0.0, None, None), number(1e300, None, None));
        let drawn =
            svg(&[(Whose::Ours, &ours), (Whose::Another, &number(10.0, None, None)), (Whose::Published, &minimum)]);
        for part in [
            "<rect class=\"met\" x=\"160.0\" y=\"0\" width=\"160.0\"",
            "<line class=\"limit\" x1=\"160.0\"",
            "<line class=\"range\" x1=\"134.2\" y1=\"8.0\" x2=\"185.8\"",
            "<circle class=\"another\" cx=\"289.0\"",
            "<circle class=\"ours\" cx=\"160.0\" cy=\"8\" r=\"4.5\"/></svg>",
        ] {
            assert!(drawn.contains(part), "{part} in {drawn}");
        }
        assert_eq!(drawn.matches("published").count(), 2);
        assert_eq!(svg(&[(Whose::Ours, &minimum)]), "");
        assert!(!svg(&[(Whose::Ours, &ours), (Whose::Another, &maximum)]).contains("NaN"));
    }
}
