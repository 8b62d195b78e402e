//! Pages that were swapped between memory and disk: a pass that waits for one measures the disk.

use std::path::Path;

use super::{Observations, observation, text};

/// Swapped pages since the machine started.
#[derive(Clone, Debug)]
pub struct Swapping {
    read: Result<u64, String>,
    written: Result<u64, String>,
}

impl Swapping {
    /// Reads the counters now.
    pub fn read(procfs: &Path) -> Self {
        Self { read: counter(procfs, "pswpin"), written: counter(procfs, "pswpout") }
    }

    /// The pages swapped between this moment and a later one.
    pub fn observations_until(&self, after: &Self) -> Observations {
        let moved = |before: &Result<u64, String>, after: &Result<u64, String>| {
            let (before, after) = (before.clone()?, after.clone()?);
            Ok::<_, String>(after.saturating_sub(before))
        };
        Observations::from([
            ("swapped_in_pages".to_owned(), observation(moved(&self.read, &after.read))),
            ("swapped_out_pages".to_owned(), observation(moved(&self.written, &after.written))),
        ])
    }
}

/// A counter of vmstat.
fn counter(procfs: &Path, name: &str) -> Result<u64, String> {
    let all = text(procfs, "vmstat")?;
    let mut pairs = all.lines().filter_map(|line| line.split_once(' '));
    let value = pairs.find(|(own, _)| *own == name).map(|(_, value)| value.trim().parse().ok());
    value.flatten().ok_or_else(|| format!("vmstat: no counter {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{fixture, known};

    #[test]
    fn pages_are_counted_between_two_moments() {
        let read = |text| Swapping::read(fixture(&[("vmstat", text)]).path());
        let before = read("pswpin 5\npswpout 7\npswpinother 1\n");
        let observations = before.observations_until(&read("pswpin 8\npswpout 7\n"));
        assert_eq!((&observations["swapped_in_pages"], &observations["swapped_out_pages"]), (&known(3), &known(0)));
        let unknown = before.observations_until(&read("pswpin many\n"));
        assert!(
            unknown.values().all(|observed| matches!(observed, results::Observation::Unknown { .. })),
            "{unknown:?}"
        );
    }
}
