//! The kernel's counters for the process that computes, and their differences: what may have interfered with a timed window.

use std::fs;
use std::path::Path;

use results::Seconds;
use results::record::Interference;

use crate::environment::processor_time::{ProcessorTime, seconds};
use crate::environment::{observation, text, throttling, words};
use crate::memory::THIS;

/// Counters of a process and of the machine, each a number or the reason why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Counters {
    processor: Result<f64, String>,
    waiting: Result<f64, String>,
    machine: Result<ProcessorTime, String>,
    psi: Result<f64, String>,
    swapped: Result<u64, String>,
    major_faults: Result<u64, String>,
    throttled: Result<u64, String>,
}

impl Counters {
    /// Reads the counters now, for `process`, a name in procfs.
    pub fn read(procfs: &Path, sysfs: &Path, process: &str) -> Self {
        Self {
            processor: if process == THIS { processor_time() } else { scheduled(procfs, process, RAN) },
            waiting: scheduled(procfs, process, WAITED),
            machine: ProcessorTime::read(procfs),
            psi: psi(procfs),
            swapped: swapped(procfs),
            major_faults: major_faults(procfs, process),
            throttled: throttling::events(sysfs),
        }
    }

    /// The differences from these counters to later ones. A counter that decreased gives 0.
    pub fn until(&self, after: &Self, wall: Seconds, processors: usize) -> Interference {
        let time = |before: &Result<f64, String>, after: &Result<f64, String>| {
            observation(before.clone().and_then(|before| Ok(rounded((after.clone()? - before).max(0.0)))))
        };
        let count = |before: &Result<u64, String>, after: &Result<u64, String>| {
            observation(before.clone().and_then(|before| Ok(after.clone()?.saturating_sub(before))))
        };
        let steal = |counters: &Self| counters.machine.clone().map(|machine| seconds(machine.steal));
        // The process's own clock is finer than the machine's ticks, so this difference may be negative.
        let others = |counters: &Self| Ok(seconds(counters.machine.clone()?.busy) - counters.processor.clone()?);
        Interference {
            wall_seconds: wall.0,
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            processor_seconds: time(&self.processor, &after.processor),
            waiting_seconds: time(&self.waiting, &after.waiting),
            others_seconds: time(&others(self), &others(after)),
            steal_seconds: time(&steal(self), &steal(after)),
            psi_seconds: time(&self.psi, &after.psi),
            swapped_pages: count(&self.swapped, &after.swapped),
            major_faults: count(&self.major_faults, &after.major_faults),
            throttle_events: count(&self.throttled, &after.throttled),
        }
    }
}

/// Rounds to the microsecond; no counter is finer.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// The processor time of this process, over all threads [s].
#[cfg(unix)]
fn processor_time() -> Result<f64, String> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn processor_time() -> Result<f64, String> {
    Err("this kernel does not report the time of a process".to_owned())
}

/// The columns of `schedstat` (Documentation/scheduler/sched-stats.rst of the kernel): time on the processor, time in the run queue.
const RAN: usize = 0;
const WAITED: usize = 1;

/// The time of a column, over all threads of a process [s].
fn scheduled(procfs: &Path, process: &str, column: usize) -> Result<f64, String> {
    let folder = procfs.join(process);
    let tasks = fs::read_dir(folder.join("task")).map_err(|error| format!("{process}/task: {}", words(&error)))?;
    let mut nanoseconds = 0;
    for task in tasks.flatten() {
        // A thread may end between listing and reading.
        let Ok(of_thread) = text(&task.path(), "schedstat") else { continue };
        let time = of_thread.split_whitespace().nth(column).and_then(|number| number.parse::<u64>().ok());
        nanoseconds += time.ok_or_else(|| format!("{process}/task: schedstat has no such number"))?;
    }
    if nanoseconds == 0 && !folder.join("schedstat").exists() {
        return Err(format!("{process}/schedstat: the kernel does not count it"));
    }
    Ok(nanoseconds as f64 / 1e9)
}

/// Pressure stall information (PSI): the time in which some process waited for a processor [s].
fn psi(procfs: &Path) -> Result<f64, String> {
    // Documentation/accounting/psi.rst of the kernel: `some avg10=… avg60=… avg300=… total=MICROSECONDS`.
    let text = text(procfs, "pressure/cpu")?;
    let total = text.lines().find(|line| line.starts_with("some ")).and_then(|line| line.split_once("total="));
    let micros: Option<u64> = total.and_then(|(_, number)| number.trim().parse().ok());
    micros.map(|micros| micros as f64 / 1e6).ok_or_else(|| "pressure/cpu: no total".to_owned())
}

fn swapped(procfs: &Path) -> Result<u64, String> {
    let text = text(procfs, "vmstat")?;
    let counter = |name: &str| {
        let found =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok());
        found.ok_or_else(|| format!("vmstat: no {name}"))
    };
    Ok(counter("pswpin")?.saturating_add(counter("pswpout")?))
}

fn major_faults(procfs: &Path, process: &str) -> Result<u64, String> {
    // proc_pid_stat(5): the twelfth field; the second is a name in parentheses that may contain blanks.
    let text = text(procfs, &format!("{process}/stat"))?;
    let after_name = text.rsplit_once(')').map(|(_, rest)| rest);
    let faults = after_name.and_then(|rest| rest.split_whitespace().nth(9)?.parse().ok());
    faults.ok_or_else(|| format!("{process}/stat: no twelfth field"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(stat: &str, psi: u64, swapped: u64) -> Counters {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("stat", stat);
        write("pressure/cpu", &format!("some avg10=0.00 avg60=0.00 avg300=0.00 total={psi}\nfull total=0\n"));
        write("vmstat", &format!("pgfault 7\npswpin {swapped}\npswpout 1\noom_kill 0\n"));
        write("self/stat", "12 (a (bad) name) S 1 12 12 0 -1 4194560 900 0 42 0 5 5 0 0\n");
        write("self/schedstat", "5 7 9\n");
        write("self/task/12/schedstat", "1000 2000000000 3\n");
        write("self/task/13/schedstat", "1000 500000000 3\n");
        Counters { processor: Ok(100.0), ..Counters::read(folder.path(), folder.path(), THIS) }
    }

    #[test]
    fn the_kernels_counters_become_seconds_and_counts() {
        let ticks = 1.0 / seconds(1);
        let stat = |busy: f64, steal: f64| {
            format!("cpu  {:.0} 0 0 999 9 0 0 {:.0} 0 0\ncpu0 1 2 3 4 5 6 7 8\n", busy * ticks, steal * ticks)
        };
        let (before, after) = (counters(&stat(150.0, 3.0), 1_000_000, 4), counters(&stat(157.0, 3.5), 1_250_000, 10));
        let after = Counters { processor: Ok(104.0), ..after };
        let between = before.until(&after, Seconds(4.0), 2);
        let numbers = [
            &between.processor_seconds,
            &between.others_seconds,
            &between.steal_seconds,
            &between.psi_seconds,
            &between.swapped_pages,
        ];
        let numbers = numbers.map(|observation| observation.number());
        // The machine was busy for 7 s, this process for 4 s of them.
        assert_eq!(numbers, [4.0, 3.0, 0.5, 0.25, 6.0].map(Some));
        assert_eq!((before.waiting.clone(), before.major_faults.clone()), (Ok(2.5), Ok(42)));
        assert_eq!((between.wall_seconds, between.processors), (4.0, 2));
    }

    #[test]
    fn missing_counters_give_a_reason_and_decreasing_counters_give_zero() {
        let folder = tempfile::tempdir().expect("a folder");
        let nothing = Counters::read(folder.path(), folder.path(), THIS);
        let between = nothing.until(&nothing, Seconds(1.0), 1);
        let unknown = [&between.waiting_seconds, &between.others_seconds, &between.swapped_pages];
        assert!(unknown.into_iter().all(|observation| observation.number().is_none()), "{between:?}");
        let (more, less) = (counters("cpu 9 0 0 0 0 0 0 9\n", 9, 9), counters("cpu 8 0 0 0 0 0 0 8\n", 8, 8));
        let fell = more.until(&less, Seconds(1.0), 1);
        assert_eq!((fell.swapped_pages.number(), fell.psi_seconds.number()), (Some(0.0), Some(0.0)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_processor_time_of_this_process_includes_its_work() {
        let (proc, nowhere) = (Path::new("/proc"), Path::new("/nowhere"));
        let before = Counters::read(proc, nowhere, THIS);
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 50 {}
        let spent = before.until(&Counters::read(proc, nowhere, THIS), Seconds(0.05), 1).processor_seconds;
        assert!(spent.number().is_some_and(|seconds| seconds > 0.005), "{spent:?}");
    }
}
