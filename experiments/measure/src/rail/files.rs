//! Rails that are read from files of the kernel: a power, a voltage and a current, or a counter of energy. Knows no driver.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::formula::Formula;
use super::source::{Access, Rail, Reading, Readings, Source};
use crate::environment::clock;

/// No value of the kernel is longer.
pub(super) const MAX_BYTES: u64 = 64;

/// The rails of a source, read from its files.
pub struct Files {
    rails: Vec<OfRail>,
}

struct OfRail {
    formula: Formula,
    counter: Counter,
}

/// A counter that may start again.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counter {
    /// The last value, when it was seen [s], and what it grew by in a second.
    last: Option<(f64, f64, f64)>,
    /// What it would be if it had never started again.
    sum: f64,
}

impl Files {
    /// Of all rails of the source that are files.
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
        // Reading may take a millisecond a rail over a slow bus.
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
    /// What the counter would be had it never started again. A step back by which nobody knows how far it had come is replaced by
    /// what the last step says; so is one from the lower half of the range, since a counter is read far more often than it fills and
    /// so was set back.
    fn add(&mut self, value: f64, now: f64, range: Option<f64>) -> Result<f64, String> {
        if value < 0.0 {
            return Err(format!("{value} is no count"));
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
    let length = read.map_err(|error| error.kind().to_string())?;
    if length as u64 > MAX_BYTES {
        return Err("longer than any number".to_owned());
    }
    let text = text.trim();
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{}` is no number", text.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_starts_again_goes_on_by_its_own_range() {
        let mut counter = Counter::default();
        let counted = [900.0, 990.0, 40.0, 60.0].map(|value| counter.add(value, value, Some(1000.0)));
        assert_eq!(counted, [0.0, 90.0, 140.0, 160.0].map(Ok));
    }

    #[test]
    fn a_counter_that_is_set_back_did_not_fill() {
        let mut counter = Counter::default();
        let counted = [(100.0, 1.0), (120.0, 2.0), (0.0, 3.0), (5.0, 4.0)]
            .map(|(value, now)| counter.add(value, now, Some(1000.0)));
        assert_eq!(counted, [0.0, 20.0, 40.0, 45.0].map(Ok));
    }

    #[test]
    fn a_step_back_without_a_range_is_replaced_by_the_last_step() {
        let mut counter = Counter::default();
        let counted =
            [(500.0, 1.0), (520.0, 2.0), (10.0, 3.0), (30.0, 4.0)].map(|(value, now)| counter.add(value, now, None));
        assert_eq!(counted, [0.0, 20.0, 40.0, 60.0].map(Ok));
        assert!(counter.add(-1.0, 5.0, None).is_err());
    }

    #[test]
    fn a_file_without_a_number_says_what_it_holds() {
        let folder =
            crate::environment::fixture(&[("a", "12 \n"), ("b", "32760 ma\n"), ("c", "nan\n"), ("d", "\u{1b}[2J")]);
        let of = |name: &str| number(&folder.path().join(name));
        assert_eq!(of("a"), Ok(12.0));
        assert_eq!(of("b"), Err("`32760 ma` is no number".to_owned()));
        assert!(of("c").is_err() && of("d").is_err_and(|reason| !reason.contains('\u{1b}')));
        assert_eq!(of("e"), Err("entity not found".to_owned()));
    }
}
