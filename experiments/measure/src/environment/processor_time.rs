//! The time that all processors together spent since the machine started, by the first line of `/proc/stat`.

use std::path::Path;

use super::text;

/// Processor time [ticks].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Time in which a processor ran any process.
    pub busy: u64,
    /// Time without work, also when waiting for a disk.
    pub idle: u64,
    /// Steal time: time that a hypervisor gave to other machines while this one was runnable.
    pub steal: u64,
}

impl ProcessorTime {
    /// Reads the counters now.
    pub fn read(procfs: &Path) -> Result<Self, String> {
        // proc_stat(5): cpu user nice system idle iowait irq softirq steal …; guests are part of user.
        let text = text(procfs, "stat")?;
        let numbers = text.lines().next().and_then(|line| line.strip_prefix("cpu "));
        let ticks: Vec<u64> =
            numbers.unwrap_or_default().split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [user, nice, system, idle, wait, irq, softirq, steal, ..] = ticks[..] else {
            return Err("stat: fewer than eight numbers in its first line".to_owned());
        };
        let sum = |parts: &[u64]| parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
        Ok(Self { busy: sum(&[user, nice, system, irq, softirq]), idle: sum(&[idle, wait]), steal })
    }

    /// All of it.
    pub fn total(self) -> u64 {
        self.busy.saturating_add(self.idle).saturating_add(self.steal)
    }
}

/// An amount of ticks [s].
pub fn seconds(ticks: u64) -> f64 {
    ticks as f64 / ticks_per_second()
}

#[cfg(unix)]
fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

#[cfg(not(unix))]
fn ticks_per_second() -> f64 {
    100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    fn read(stat: &str) -> Result<ProcessorTime, String> {
        ProcessorTime::read(fixture(&[("stat", stat)]).path())
    }

    #[test]
    fn guests_count_once_and_waiting_for_a_disk_is_idle() {
        let time = read("cpu  10 1 20 300 40 5 6 7 9 9\ncpu0 1 1 1 1 1 1 1 1\n");
        assert_eq!(time, Ok(ProcessorTime { busy: 42, idle: 340, steal: 7 }));
        assert_eq!(time.map(ProcessorTime::total), Ok(389));
    }

    #[test]
    fn a_line_of_one_processor_and_words_are_no_times() {
        for wrong in ["cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3 4 5 6 7\n", "cpu  1 2 nan 4 5 6 7 8\n", "intr 9\n"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let largest = read("cpu  18446744073709551615 9 9 18446744073709551615 9 9 9 9\n").map(ProcessorTime::total);
        assert_eq!(largest, Ok(u64::MAX));
    }
}
