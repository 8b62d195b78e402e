//! The estimates of other machines, which a study is set beside: `machines/NAME.json` of an input folder. Knows no figure.

use std::path::Path;

use crate::estimates::{Estimate, Estimates};
use crate::json::{self, JsonError};

/// The folder of the files.
pub const FOLDER: &str = "machines";

/// Another machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// As the lock calls it, for example `cpu-3f2a91c0`.
    pub name: String,
    /// What was measured on it.
    pub estimates: Estimates,
}

/// Reads `machines/*.json` of `folder`, by name; none where there is no such folder.
pub fn read(folder: &Path) -> Result<Vec<Machine>, JsonError> {
    let path = folder.join(FOLDER);
    let paths = json::files(&path).map_err(|source| JsonError::Io { path, source })?;
    let name = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    paths.into_iter().map(|path| Ok(Machine { name: name(&path), estimates: json::read(&path)? })).collect()
}

/// How many times as long `other` takes as `one`, with the interval that theirs give it: the relative uncertainty of a ratio of
/// independent estimates is both of theirs in quadrature, on either side for itself. None where a time is not positive.
pub fn ratio(other: Estimate, one: Estimate) -> Option<Estimate> {
    let known = |estimate: Estimate| estimate.low > 0.0 && estimate.value > 0.0 && estimate.high.is_finite();
    if !known(other) || !known(one) {
        return None;
    }
    let (up, down) = (|of: Estimate| of.high / of.value, |of: Estimate| of.value / of.low);
    let together = |a: f64, b: f64| {
        let (a, b) = ((a - 1.0).max(0.0), (b - 1.0).max(0.0));
        1.0 + (a * a + b * b).sqrt()
    };
    let value = other.value / one.value;
    // The ratio is at most what it is with a longer other time and a shorter own one.
    let (low, high) = (value / together(down(other), up(one)), value * together(up(other), down(one)));
    Some(Estimate { value, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_as_uncertain_as_both_times_in_quadrature() {
        let time = |value: f64, up: f64| Estimate { value, low: value / up, high: value * up };
        let found = ratio(time(6.0, 1.03), time(2.0, 1.04)).expect("two times");
        assert_eq!(found.value, 3.0);
        assert!((found.high / 3.0 - 1.05).abs() < 1e-12 && (3.0 / found.low - 1.05).abs() < 1e-12, "{found:?}");
        let exact = ratio(time(6.0, 1.0), time(2.0, 1.0)).expect("two times");
        assert_eq!((exact.low, exact.high), (3.0, 3.0));
    }

    #[test]
    fn sides_of_an_interval_that_differ_keep_their_sides() {
        let skew = Estimate { value: 10.0, low: 10.0, high: 12.0 };
        let sure = Estimate { value: 10.0, low: 10.0, high: 10.0 };
        let (above, below) = (ratio(skew, sure).expect("times"), ratio(sure, skew).expect("times"));
        assert!(above.low == 1.0 && (above.high - 1.2).abs() < 1e-12, "{above:?}");
        assert!(below.high == 1.0 && (below.low - 1.0 / 1.2).abs() < 1e-12, "{below:?}");
    }

    #[test]
    fn no_time_has_no_ratio() {
        let (none, some) = (Estimate { value: 0.0, low: 0.0, high: 0.0 }, Estimate { value: 1.0, low: 1.0, high: 1.0 });
        assert_eq!((ratio(none, some), ratio(some, none)), (None, None));
    }

    #[test]
    fn a_folder_without_machines_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(folder.path()).expect("none").is_empty());
    }
}
