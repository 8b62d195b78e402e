//! A limit as a person writes it: a number with its unit. Independent of points.

use std::str::FromStr;

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// Time per image [s].
    Time,
    /// Maximum net memory of the process [bytes].
    Memory,
    /// Net power: load minus idle [W].
    Power,
    /// Net energy of one image [J].
    Energy,
}

/// The maximum of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The limited quantity.
    pub quantity: Quantity,
    /// The maximum, in the SI unit of the quantity.
    pub max: f64,
}

impl Quantity {
    /// All quantities, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Time, Self::Memory, Self::Power, Self::Energy];

    /// Its name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "time per image",
            Self::Memory => "net memory",
            Self::Power => "net power",
            Self::Energy => "net energy per image",
        }
    }

    /// The unit in which it is shown, and that unit in SI units.
    pub fn shown_in(self) -> (&'static str, f64) {
        match self {
            Self::Time => ("ms", 1e-3),
            Self::Memory => ("MB", 1e6),
            Self::Power => ("W", 1.0),
            Self::Energy => ("J", 1.0),
        }
    }

    /// The units that are read, each in SI units.
    fn units(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Time => &[("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6)],
            Self::Memory => {
                &[("MB", 1e6), ("GB", 1e9), ("kB", 1e3), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0), ("B", 1.0)]
            }
            Self::Power => &[("W", 1.0), ("mW", 1e-3), ("kW", 1e3)],
            Self::Energy => &[("J", 1.0), ("mJ", 1e-3), ("kJ", 1e3), ("Wh", 3600.0), ("mWh", 3.6)],
        }
    }

    /// Parses a limit, for example `30ms`, `1 GB`, `0.5J`.
    pub fn limit(self, text: &str) -> Result<Limit, String> {
        let text = text.trim();
        let end = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number = f64::from_str(number).ok().filter(|number| number.is_finite() && *number > 0.0);
        let factor = self.units().iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| factor);
        match (number, factor) {
            (Some(number), Some(factor)) => Ok(Limit { quantity: self, max: number * factor }),
            _ => {
                let units: Vec<&str> = self.units().iter().map(|(name, _)| *name).collect();
                Err(format!("expected a number above 0 with its unit, one of {}", units.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn max(quantity: Quantity, text: &str) -> Result<f64, String> {
        quantity.limit(text).map(|limit| limit.max)
    }

    #[test]
    fn a_number_with_its_unit_is_a_limit_in_si_units() {
        assert_eq!(max(Quantity::Time, "30ms"), Ok(0.03));
        assert_eq!(max(Quantity::Time, " 2 s"), Ok(2.0));
        assert_eq!(max(Quantity::Memory, "1GB"), Ok(1e9));
        assert_eq!(max(Quantity::Memory, "1GiB"), Ok(1024.0 * 1024.0 * 1024.0));
        assert_eq!(max(Quantity::Energy, "0.5J"), Ok(0.5));
        assert_eq!(max(Quantity::Energy, "1 mWh"), Ok(3.6));
        assert_eq!(max(Quantity::Power, "500mW"), Ok(0.5));
    }

    #[test]
    fn an_error_lists_the_units() {
        for text in ["30", "ms", "-1ms", "0s", "1e400s", "30 MS", "1.2.3s", "", "30ms twice"] {
            assert!(max(Quantity::Time, text).is_err_and(|error| error.contains("s, ms, us")), "{text}");
        }
        // Units are case-sensitive: milli and mega differ, as do bits and bytes.
        assert!(max(Quantity::Memory, "500mb").is_err());
    }
}
