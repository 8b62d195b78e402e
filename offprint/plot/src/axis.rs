//! One axis: its scale, range and ticks, as a coordinate of plotters.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};

use crate::number::{grouped, power, scientific};

/// The scale of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Linear.
    Linear,
    /// Logarithmic.
    Logarithmic,
}

/// Maximum number of decades with labels at 1, 2 and 5 below a frame of half the usual width.
pub const DECADES_IN_HALF: f64 = 2.25;

/// A tick: its value and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The value.
    pub value: f64,
    /// Its label; empty where it would be too close to its neighbours.
    pub label: String,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Quantity and unit.
    pub title: String,
    scale: Scale,
    low: f64,
    high: f64,
    /// Ascending.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// From zero, or the minimum of the values if that is below, to a round number a little above their maximum.
    pub fn from_zero(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self::from_zero_in(title, values, 5.0)
    }

    /// The same with about this many ticks.
    pub fn from_zero_in(title: &str, values: impl IntoIterator<Item = f64>, steps: f64) -> Self {
        let (low, high) = extent(values).unwrap_or((0.0, 1.0));
        let (low, high) = (low.min(0.0), if high > 0.0 { high } else { 1.0 });
        let step = round_step((high - low) / steps);
        let first = if low < 0.0 { (low / step).floor() * step } else { 0.0 };
        Self::linear(title, first, ((high * 1.04) / step * 2.0).ceil() * step / 2.0, step)
    }

    /// Around the values, from one multiple of `margin` to another.
    pub fn around(title: &str, values: impl IntoIterator<Item = f64>, margin: f64) -> Self {
        let (low, high) = extent(values).unwrap_or((margin, 2.0 * margin));
        let (low, high) = ((low / margin).floor() * margin, (high / margin).floor() * margin + margin);
        Self::linear(title, low, high, round_step((high - low) / 5.0))
    }

    /// Around the values, from tick to tick; from zero if that is near. Whole numbers, such as years, have ticks at
    /// whole numbers.
    pub fn tight(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (low, high) = extent(values.iter().copied()).unwrap_or((0.0, 1.0));
        let range = if high > low { high - low } else { high.abs() };
        let low = if 0.0 <= low && low <= range { 0.0 } else { low };
        let mut step = round_step((high - low).max(range / 5.0) / 5.0);
        if values.iter().all(|value| value.fract() == 0.0) {
            step = step.max(1.0);
            step = if step.fract() == 0.0 { step } else { 5.0 };
        }
        let (first, last) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        Self::linear(title, first, if last > first { last } else { first + step }, step)
    }

    fn linear(title: &str, low: f64, high: f64, step: f64) -> Self {
        let digits = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 12.0) as usize;
        // A step of 0.25 has one digit more than its power of ten.
        let digits = if (step * power(digits as i32)).fract().abs() > 1e-6 { digits + 1 } else { digits };
        let plain = high.abs().max(low.abs()) < 1e6 && step > 1e-5;
        let first = (low / step - 1e-9).ceil() * step;
        let count = (((high - first) / step) + 1e-9).clamp(0.0, 40.0) as u32;
        let ticks = (0..=count).map(|index| {
            let value = first + f64::from(index) * step;
            Tick { value, label: if plain { grouped(value, digits) } else { scientific(value, 1) } }
        });
        Self { title: title.to_owned(), scale: Scale::Linear, low, high, ticks: ticks.collect() }
    }

    /// Logarithmic, a little wider than the positive values.
    pub fn logarithmic(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values.into_iter().filter(|&value| value > 0.0)).unwrap_or((1.0, 10.0));
        let (low, high) = (low / 1.25, high * 1.25);
        let decades = libm::log10(high) - libm::log10(low);
        // All digits within a decade; 1, 2 and 5 per decade while that is readable; else decades, or every few decades.
        let (digits, stride): (&[f64], i32) = match decades {
            ..0.7 => (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1),
            ..3.2 => (&[1.0, 2.0, 5.0], 1),
            ..8.0 => (&[1.0], 1),
            _ => (&[1.0], (decades / 6.0).ceil() as i32),
        };
        let (first, last) = (libm::floor(libm::log10(low)) as i32, libm::ceil(libm::log10(high)) as i32);
        let ticks = (first..=last)
            .filter(|exponent| exponent.rem_euclid(stride) == 0)
            .flat_map(|exponent| digits.iter().map(move |digit| (digit * power(exponent), exponent)))
            .filter(|&(value, _)| low <= value && value <= high)
            .map(|(value, exponent)| Tick { value, label: short(value, exponent) })
            .collect();
        Self { title: title.to_owned(), scale: Scale::Logarithmic, low, high, ticks }
    }

    /// Ratios on a logarithmic scale that is symmetric around 1.
    pub fn ratios(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        /// The largest ratio shown.
        const MAX: f64 = 1e12;
        let away = values.into_iter().filter(|&value| value > 0.0).map(|value| value.max(1.0 / value));
        let extreme = extent(away).map_or(1.1, |(_, high)| high).clamp(1.05, MAX);
        let high = extreme * (1.0 + 0.06 * (extreme - 1.0).min(1.0));
        // Readable steps on both sides of 1, finer for smaller ranges; powers of ten for large ones.
        let above: &[f64] = match high {
            ..1.13 => &[1.02, 1.04, 1.06, 1.08, 1.1, 1.12],
            ..1.32 => &[1.05, 1.1, 1.15, 1.2, 1.25, 1.3],
            ..1.85 => &[1.1, 1.2, 1.4, 1.6, 1.8],
            ..4.5 => &[1.25, 1.5, 2.0, 3.0, 4.0],
            ..30.0 => &[1.5, 2.0, 5.0, 10.0, 20.0],
            _ => &[],
        };
        let below: &[f64] = match high {
            ..1.13 => &[0.98, 0.96, 0.94, 0.92, 0.9],
            ..1.32 => &[0.95, 0.9, 0.85, 0.8],
            ..1.85 => &[0.9, 0.8, 0.7, 0.6],
            ..4.5 => &[0.8, 0.65, 0.5, 0.35, 0.25],
            ..30.0 => &[0.7, 0.5, 0.2, 0.1, 0.05],
            _ => &[],
        };
        let decades = libm::log10(high);
        let stride = (decades / 3.0).ceil().max(1.0);
        let tens = (1..=3).flat_map(|step| [power(step * stride as i32), power(-step * stride as i32)]);
        let label = |value: f64| {
            let digits = usize::from(value.fract() != 0.0) + usize::from((value * 10.0 + 1e-9).fract() > 1e-6);
            if (0.05..100.0).contains(&value) { grouped(value, digits) } else { scientific(value, 0) }
        };
        let tens: Vec<f64> = if above.is_empty() { tens.collect() } else { Vec::new() };
        let mut ticks: Vec<Tick> = [1.0]
            .into_iter()
            .chain(above.iter().chain(below).copied())
            .chain(tens)
            .filter(|value| (1.0 / high..=high).contains(value))
            .map(|value| Tick { value, label: label(value) })
            .collect();
        ticks.sort_by(|one, other| one.value.total_cmp(&other.value));
        Self { title: title.to_owned(), scale: Scale::Logarithmic, low: 1.0 / high, high, ticks }
    }

    /// Powers of two at equal distances, each with a tick, from 1 to at least `max`.
    pub fn powers_of_two(title: &str, max: u32) -> Self {
        let exponents = 32 - max.max(2).saturating_sub(1).leading_zeros();
        // More than ten labels would touch, so only every second or third one has a label.
        let stride = (exponents / 10 + 1) as usize;
        let tick = |exponent: u32| {
            let value = 1_u64 << exponent;
            Tick { value: value as f64, label: grouped(value as f64, 0) }
        };
        Self {
            title: title.to_owned(),
            scale: Scale::Logarithmic,
            low: 1.0 / 1.25,
            high: tick(exponents).value * 1.25,
            ticks: (0..=exponents).step_by(stride).map(tick).collect(),
        }
    }

    /// Counts on a linear scale from 0 to `max`, with ticks at 1, half of `max` and `max`.
    pub fn counts(title: &str, max: u32) -> Self {
        let max = max.max(2);
        let mut ticks = [1, max / 2, max].to_vec();
        ticks.dedup();
        let tick = |count: u32| Tick { value: f64::from(count), label: grouped(f64::from(count), 0) };
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low: 0.0,
            high: 1.05 * f64::from(max),
            ticks: ticks.into_iter().map(tick).collect(),
        }
    }

    /// Items in sequence, numbered from 1: each takes one unit of the axis, with its number in the middle.
    pub fn sequence(title: &str, count: usize) -> Self {
        let count = count.max(1) as f64;
        let step = round_step((count / 4.0).max(1.0)).ceil();
        let rounds = (1..=5).map(|index| f64::from(index) * step).filter(|value| (2.0..=count).contains(value));
        let tick = |value: f64| Tick { value, label: grouped(value, 0) };
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low: 0.5,
            high: count + 0.5,
            ticks: [1.0].into_iter().chain(rounds).map(tick).collect(),
        }
    }

    /// The same, but with labels only at powers of ten if it spans more than `max_decades`: for small frames.
    pub fn with_few_labels(mut self, max_decades: f64) -> Self {
        if self.scale == Scale::Logarithmic && libm::log10(self.high / self.low) > max_decades {
            for tick in &mut self.ticks {
                let exponent = libm::log10(tick.value);
                if (exponent - exponent.round()).abs() > 1e-9 {
                    tick.label.clear();
                }
            }
        }
        self
    }

    /// The same, but with a label only at every `stride`-th tick, beginning with the first.
    pub fn with_label_every(mut self, stride: usize) -> Self {
        let between = self.ticks.iter_mut().enumerate().filter(|(index, _)| index % stride.max(1) != 0);
        between.for_each(|(_, tick)| tick.label.clear());
        self
    }

    /// A linear axis between two ends, without ticks.
    pub fn between(low: f64, high: f64) -> Self {
        Self { title: String::new(), scale: Scale::Linear, low, high, ticks: Vec::new() }
    }

    /// The vertical axis of rows or bars, without ticks.
    pub fn bare() -> Self {
        Self { ticks: Vec::new(), ..Self::from_zero("", []) }
    }

    /// Both ends.
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Its scale.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// 0 at the low end, 1 at the high end.
    pub(crate) fn share(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Logarithmic => {
                libm::log10(value.max(f64::MIN_POSITIVE) / self.low) / libm::log10(self.high / self.low)
            }
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let length = f64::from(limit.1) - f64::from(limit.0);
        (f64::from(limit.0) + (self.share(*value) * length).clamp(-1e6, 1e6)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `min`.
fn round_step(min: f64) -> f64 {
    let min = if min.is_finite() && min > 1e-12 { min } else { 1e-12 };
    let unit = power(libm::floor(libm::log10(min)) as i32);
    [1.0, 2.0, 2.5, 5.0].into_iter().map(|digit| digit * unit).find(|step| *step >= min * 0.999).unwrap_or(10.0 * unit)
}

/// A logarithmic tick's label: plain from 0.001 to 500 000, a power of ten beyond.
fn short(value: f64, exponent: i32) -> String {
    if (-3..6).contains(&exponent) { grouped(value, (-exponent).max(0) as usize) } else { scientific(value, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn powers_of_two_lie_at_equal_distances() {
        let axis = Axis::powers_of_two("", 64);
        assert_eq!(labels(&axis), ["1", "2", "4", "8", "16", "32", "64"]);
        let positions: Vec<i32> = axis.ticks.iter().map(|tick| axis.map(&tick.value, (0, 6000))).collect();
        let steps: Vec<i32> = positions.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.iter().all(|step| (step - steps[0]).abs() <= 1), "{steps:?}");
        assert_eq!(labels(&Axis::powers_of_two("", 48)).last(), Some(&"64"));
        assert!(Axis::powers_of_two("", u32::MAX).ticks.len() <= 11);
        assert_eq!(labels(&Axis::powers_of_two("", 0)), ["1", "2"]);
    }

    #[test]
    fn a_linear_axis_covers_its_values_with_round_ticks() {
        let axis = Axis::from_zero("", [39.29]);
        assert_eq!(labels(&axis), ["0", "10", "20", "30", "40"]);
        assert!(axis.ends().1 > 39.29 && axis.ends().1 <= 45.0);
        assert_eq!(labels(&Axis::around("", [54.61, 80.1], 10.0)), ["50", "60", "70", "80", "90"]);
        assert_eq!(labels(&Axis::around("", [59.0, 81.0], 5.0)), ["60", "70", "80"]);
        assert_eq!(labels(&Axis::from_zero("", [1.2])), ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]);
    }

    #[test]
    fn a_tight_axis_lies_between_ticks_and_whole_numbers_have_whole_ticks() {
        for (values, wanted) in [
            (vec![2010.0, 2021.0], "2010 2015 2020 2025"),
            (vec![2010.5, 2012.0], "2010.5 2011.0 2011.5 2012.0"),
            (vec![1.0, 8.0], "0 2 4 6 8"),
            (vec![-20.0, 30.0], "\u{2212}20 \u{2212}10 0 10 20 30"),
            (vec![3.0], "0 1 2 3"),
            (vec![0.0], "0 1"),
            (vec![-4.0], "\u{2212}4 \u{2212}3"),
            (vec![], "0 1"),
        ] {
            let axis = Axis::tight("", values.clone());
            assert_eq!(labels(&axis).join(" "), wanted, "{values:?}");
            assert!(values.iter().all(|value| (axis.ends().0..=axis.ends().1).contains(value)), "{values:?}");
        }
    }

    #[test]
    fn a_logarithmic_axis_is_readable_over_any_range() {
        assert_eq!(labels(&Axis::logarithmic("", [5.8, 220.5])), ["5", "10", "20", "50", "100", "200"]);
        assert_eq!(labels(&Axis::logarithmic("", [0.5, 40_000.0])), ["1", "10", "100", "1000", "10\u{2009}000"]);
        assert!(labels(&Axis::logarithmic("", [1e-9, 1e9])).len() <= 10);
    }

    #[test]
    fn items_in_sequence_have_round_numbers_and_the_first() {
        for (count, wanted) in
            [(0, "1"), (1, "1"), (4, "1 2 3 4"), (10, "1 3 6 9"), (36, "1 10 20 30"), (174, "1 50 100 150")]
        {
            let axis = Axis::sequence("", count);
            assert_eq!(labels(&axis).join(" "), wanted, "{count}");
            assert_eq!(axis.ends(), (0.5, count.max(1) as f64 + 0.5));
        }
    }

    #[test]
    fn few_labels_are_at_powers_of_ten() {
        // It goes from 0.4 to 500 and has a tick at 1, 2 and 5 of each decade.
        let axis = Axis::logarithmic("", [0.5, 400.0]).with_few_labels(2.0);
        let shown: Vec<&str> = labels(&axis).into_iter().filter(|label| !label.is_empty()).collect();
        assert_eq!((shown, axis.ticks.len()), (vec!["1", "10", "100"], 10));
        let short = Axis::logarithmic("", [5.8, 100.0]);
        assert_eq!(short.clone().with_few_labels(2.0), short);
    }

    #[test]
    fn an_axis_of_ratios_has_one_in_its_middle_and_round_ticks_on_both_sides() {
        for values in [vec![], vec![1.01], vec![0.9, 1.2], vec![1.5], vec![0.3], vec![12.0], vec![1e-9, 4.0]] {
            let axis = Axis::ratios("", values.clone());
            let (low, high) = axis.ends();
            assert!((low * high - 1.0).abs() < 1e-12, "{values:?}: {low} {high}");
            let (above, below) = (|tick: &&Tick| tick.value > 1.0, |tick: &&Tick| tick.value < 1.0);
            assert!(axis.ticks.iter().filter(above).count() >= 2 && axis.ticks.iter().filter(below).count() >= 2);
            assert!(values.iter().all(|value| low < *value && *value < high), "{values:?}");
        }
        assert_eq!(labels(&Axis::ratios("", [1.2])), ["0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15", "1.2"]);
        assert_eq!(labels(&Axis::ratios("", [3.0])), ["0.35", "0.5", "0.65", "0.8", "1", "1.25", "1.5", "2", "3"]);
    }

    #[test]
    fn missing_and_unusual_values_still_give_an_axis() {
        for values in
            [vec![], vec![0.0], vec![-5.0, -3.0], vec![1e300], vec![1e-300], vec![f64::NAN], vec![f64::INFINITY]]
        {
            let logarithmic = [Axis::logarithmic("", values.clone()), Axis::ratios("", values.clone())];
            for axis in [Axis::from_zero("", values.clone())].into_iter().chain(logarithmic) {
                let (low, high) = axis.ends();
                assert!(low < high && axis.ticks.len() < 60, "{values:?}: {axis:?}");
            }
        }
    }
}
