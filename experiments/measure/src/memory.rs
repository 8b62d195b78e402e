//! Resident memory of this process as the kernel counts it, what of the machine's is available, and the limit that keeps a
//! process within that. On machines whose devices share the processor's memory this is the whole of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use results::Bytes;
use results::record::Covers;

use crate::environment::{limits, text};

/// Resident set now (VmRSS).
pub fn resident(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmRSS")
}

/// The largest resident set since the process started, or since [`reset_peak`] (VmHWM).
pub fn peak(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmHWM")
}

/// Sets the kernel's mark of the largest resident set back to what it is now.
pub fn reset_peak(procfs: &Path) -> Covers {
    // proc_pid_clear_refs(5): 5 resets the peak resident set size. A kernel without CONFIG_PROC_PAGE_MONITOR has no such file.
    match fs::write(procfs.join("self/clear_refs"), "5") {
        Ok(()) => Covers::Passes,
        Err(_) => Covers::Process,
    }
}

/// What a process can have now without anything being swapped: of the machine, or of the control group it runs in.
pub fn available(procfs: &Path, sysfs: &Path) -> Option<Bytes> {
    let machine = text(procfs, "meminfo").ok().and_then(|text| parse(&text, "MemAvailable"));
    let group = limits::room(procfs, sysfs).map(Bytes);
    machine.into_iter().chain(group).min()
}

/// Refuses this process more private memory than `most`: an allocation beyond it fails, before the machine swaps or the kernel
/// ends something else.
#[cfg(target_os = "linux")]
pub fn limit(max: Bytes) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // Of the limits of getrlimit(2) this one counts what a process may write to and has not reserved alone, so that the address
    // space that an allocator or a stack holds in reserve does not count.
    let old = getrlimit(Resource::Data);
    let max = old.maximum.map_or(max.0, |maximum| maximum.min(max.0));
    setrlimit(Resource::Data, Rlimit { current: Some(max), maximum: old.maximum })
        .context("no limit of memory can be set")
}

#[cfg(not(target_os = "linux"))]
pub fn limit(_most: Bytes) -> Result<()> {
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
    fn fields_are_kibibytes() {
        let text = "Name:\tmeasure\nVmPeak:\t  9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t     1 kB\n";
        assert_eq!(parse(text, "VmHWM"), Some(Bytes(2 << 20)));
        assert_eq!(parse(text, "VmRSS"), Some(Bytes(1024)));
        assert_eq!(parse(text, "VmSwap"), None);
        assert_eq!(parse("VmHWM: 99999999999999999999 kB", "VmHWM"), None);
    }

    #[test]
    fn a_control_group_may_allow_less_than_the_machine_has() {
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
    fn the_peak_of_what_is_gone_can_be_forgotten() {
        let procfs = Path::new("/proc");
        let large = vec![1_u8; 64 << 20];
        let with = peak(procfs).expect("the kernel tells");
        drop(std::hint::black_box(large));
        if reset_peak(procfs) == Covers::Passes {
            let without = peak(procfs).expect("the kernel tells");
            assert!(without.0 + (32 << 20) < with.0, "{without:?} {with:?}");
        }
    }
}
