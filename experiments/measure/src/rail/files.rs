//! Rails that are read from files of the kernel: a power, a voltage and a current, or an energy counter.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::formula::Formula;
use super::source::{Access, Rail, Reading, Readings, Source};
use crate::environment::{clock, words};

/// The longest value that is read.
pub(super) const MAX_BYTES: u64 = 64;

/// The rails of a source, read from its files.
pub struct Files {
    rails: Vec<OfRail>,
}

struct OfRail {
    formula: Formula,
    counter: Counter,
}

/// A counter that may wrap or be reset.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counter {
    /// The last value, when it was read [s], and its growth per second.
    last: Option<(f64, f64, f64)>,
    /// The growth since the first value, without wraps and resets.
    sum: f64,
}

impl Files {
    /// All rails of the source that are read from files.
    pub fn of(source: &Source) -> Self {
        let of = |rail: &Rail| match &rail.access {
            Access::Files(formula) => Some(OfRail { formula: formula.clone(), counter: Counter::default() }),
            _ => None,
        };
        Self { rails: source.rails.iter().filter_map(of).collect() }
    }
}

impl Readings for Files {
    fn take(&mut self) -> Vec<Reading> {
        let Ok(before) = clock::now() else { return Vec::new() };
        let mut values: Vec<Result<f64, String>> = Vec::with_capacity(self.rails.len());
        for rail in &mut self.rails {
            values.push(value(&rail.formula, &mut rail.counter));
        }
        // On a slow bus, each rail may take a millisecond.
        let Ok(after) = clock::now() else { return Vec::new() };
        vec![Reading { at: f64::midpoint(before, after), values }]
    }
}

/// The value of a rail now [W or J].
fn value(formula: &Formula, counter: &mut Counter) -> Result<f64, String> {
    match formula {
        Formula::Power { file, unit } => Ok(number(file)? * unit),
        Formula::Product { voltage, current, unit, magnitude } => {
            let current = number(current)?;
            Ok(number(voltage)? * if *magnitude { current.abs() } else { current } * unit)
        }
        Formula::Energy { file, unit, range } => {
            let now = clock::now().map_err(|error| error.to_string())?;
            let range = range.as_deref().and_then(|file| number(file).ok());
            Ok(counter.add(number(file)?, now, range)? * unit)
        }
    }
}

impl Counter {
    /// The growth since the first value. A decrease without a known range is a reset, and so is one where more than
    /// half of the range would have passed, since a counter is read far more often than it wraps. After a reset the
    /// last rate is assumed.
    fn add(&mut self, value: f64, now: f64, range: Option<f64>) -> Result<f64, String> {
        if value < 0.0 {
            return Err(format!("{value} is not a count"));
        }
        let Some((last, when, rate)) = self.last else {
            self.last = Some((value, now, 0.0));
            return Ok(self.sum);
        };
        let passed = now - when;
        let step = match range {
            _ if value >= last => value - last,
            Some(range) if range >= last && value + range - last <= range / 2.0 => value + range - last,
            _ => rate * passed,
        };
        let rate = if passed > 0.0 { step / passed } else { rate };
        self.sum += step;
        self.last = Some((value, now, rate));
        Ok(self.sum)
    }
}

/// The number in a file of the kernel.
pub fn number(file: &Path) -> Result<f64, String> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    let length = read.map_err(|error| words(&error))?;
    if length as u64 > MAX_BYTES {
        return Err("too long for a number".to_owned());
    }
    let text = text.trim();
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{}` is not a number", text.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_wraps_continues_by_its_range() {
        let mut counter = Counter::default();
        let counted = [900.0, 990.0, 40.0, 60.0].map(|value| counter.add(value, value, Some(1000.0)));
        assert_eq!(counted, [0.0, 90.0, 140.0, 160.0].map(Ok));
    }

    #[test]
    fn a_counter_that_is_reset_did_not_wrap() {
        let mut counter = Counter::default();
        let counted = [(100.0, 1.0), (120.0, 2.0), (0.0, 3.0), (5.0, 4.0)]
            .map(|(value, now)| counter.add(value, now, Some(1000.0)));
        assert_eq!(counted, [0.0, 20.0, 40.0, 45.0].map(Ok));
    }

    #[test]
    fn a_decrease_without_a_range_is_replaced_by_the_last_step() {
        let mut counter = Counter::default();
        let counted =
            [(500.0, 1.0), (520.0, 2.0), (10.0, 3.0), (30.0, 4.0)].map(|(value, now)| counter.add(value, now, None));
        assert_eq!(counted, [0.0, 20.0, 40.0, 60.0].map(Ok));
        assert!(counter.add(-1.0, 5.0, None).is_err());
    }

    #[test]
    fn the_error_quotes_the_content_of_a_file_without_a_number() {
        let folder =
            crate::environment::fixture(&[("a", "12 \n"), ("b", "32760 ma\n"), ("c", "nan\n"), ("d", "\u{1b}[2J")]);
        let of = |name: &str| number(&folder.path().join(name));
        assert_eq!(of("a"), Ok(12.0));
        assert_eq!(of("b"), Err("`32760 ma` is not a number".to_owned()));
        assert!(of("c").is_err() && of("d").is_err_and(|reason| !reason.contains('\u{1b}')));
        assert_eq!(of("e"), Err("No such file or directory".to_owned()));
    }
}
