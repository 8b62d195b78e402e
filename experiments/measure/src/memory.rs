//! The resident memory of this process according to the kernel, the available memory of the machine, and a limit that
//! keeps a process within it. Where devices share the processor's memory, this includes theirs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use results::Bytes;
use results::record::Covers;

use crate::environment::{limits, text};

/// The present resident set (VmRSS).
pub fn resident(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmRSS")
}

/// The largest resident set since the process started, or since [`reset_peak`] (VmHWM).
pub fn peak(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmHWM")
}

/// Resets the kernel's peak of the resident set to its present value. Returns what the peak then covers.
pub fn reset_peak(procfs: &Path) -> Covers {
    // proc_pid_clear_refs(5): 5 resets the peak resident set size. A kernel without CONFIG_PROC_PAGE_MONITOR has no
    // such file.
    match fs::write(procfs.join("self/clear_refs"), "5") {
        Ok(()) => Covers::Passes,
        Err(_) => Covers::Process,
    }
}

/// The memory that a process can allocate now without swapping, within the machine and its control group.
pub fn available(procfs: &Path, sysfs: &Path) -> Option<Bytes> {
    let machine = text(procfs, "meminfo").ok().and_then(|text| parse(&text, "MemAvailable"));
    let group = limits::room(procfs, sysfs).map(Bytes);
    machine.into_iter().chain(group).min()
}

/// Limits the private memory of this process to `max`. Larger allocations fail before the machine swaps or the kernel
/// ends another process.
#[cfg(target_os = "linux")]
pub fn limit(max: Bytes) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // This limit of getrlimit(2) counts writable private memory. Address space that an allocator or a stack only
    // reserves does not count.
    let old = getrlimit(Resource::Data);
    let max = old.maximum.map_or(max.0, |maximum| maximum.min(max.0));
    setrlimit(Resource::Data, Rlimit { current: Some(max), maximum: old.maximum }).context("cannot set a memory limit")
}

#[cfg(not(target_os = "linux"))]
pub fn limit(_max: Bytes) -> Result<()> {
    Ok(())
}

fn status(procfs: &Path, field: &str) -> Result<Bytes> {
    let path = procfs.join("self/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, field).with_context(|| format!("{} has no field {field}", path.display()))
}

/// A line such as `VmHWM:  123456 kB`.
fn parse(text: &str, field: &str) -> Option<Bytes> {
    let (_, value) = text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| *name == field)?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024).map(Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn fields_are_in_kibibytes() {
        let text = "Name:\tmeasure\nVmPeak:\t  9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t     1 kB\n";
        assert_eq!(parse(text, "VmHWM"), Some(Bytes(2 << 20)));
        assert_eq!(parse(text, "VmRSS"), Some(Bytes(1024)));
        assert_eq!(parse(text, "VmSwap"), None);
        assert_eq!(parse("VmHWM: 99999999999999999999 kB", "VmHWM"), None);
    }

    #[test]
    fn a_control_group_may_limit_available_memory() {
        let meminfo = ("meminfo", "MemTotal: 4096 kB\nMemAvailable: 2048 kB\n");
        let group = [("self/cgroup", "0::/a\n"), ("fs/cgroup/cgroup.controllers", "memory\n")];
        let available = |files: &[(&str, &str)]| {
            let folder = fixture(files);
            available(folder.path(), folder.path())
        };
        assert_eq!(available(&[]), None);
        assert_eq!(available(&[meminfo]), Some(Bytes(2 << 20)));
        let unlimited = [("fs/cgroup/a/memory.max", "max\n"), ("fs/cgroup/a/memory.current", "500000\n")];
        assert_eq!(available(&[&[meminfo], &group[..], &unlimited].concat()), Some(Bytes(2 << 20)));
        let limited = [("fs/cgroup/a/memory.max", "1500000\n"), ("fs/cgroup/a/memory.current", "500000\n")];
        assert_eq!(available(&[&[meminfo], &group[..], &limited].concat()), Some(Bytes(1_000_000)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_can_be_reset_after_memory_was_freed() {
        let procfs = Path::new("/proc");
        let large = vec![1_u8; 64 << 20];
        let with = peak(procfs).expect("a peak");
        drop(std::hint::black_box(large));
        if reset_peak(procfs) == Covers::Passes {
            let without = peak(procfs).expect("a peak");
            assert!(without.0 + (32 << 20) < with.0, "{without:?} {with:?}");
        }
    }
}
