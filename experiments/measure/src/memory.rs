//! The resident memory of a process according to the kernel, the available memory of the machine, and a limit that
//! keeps a process within it. Where devices share the processor's memory, this includes theirs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use results::Bytes;
use results::record::Covers;
use serde::{Deserialize, Serialize};

use crate::environment::{control_groups, limits, text};

/// Memory that a process can allocate, and what leaves it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Available {
    /// The amount.
    pub bytes: Bytes,
    /// What leaves no more.
    pub within: Within,
}

/// What leaves a process no more memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// The memory of the machine, and what other programs use of it.
    Machine,
    /// The limit of its control group or of an enclosing one.
    ControlGroup,
}

impl Available {
    /// The amount and its reason, worded to follow "failed, since only".
    pub fn words(self) -> String {
        let within = match self.within {
            Within::Machine => "on this machine",
            Within::ControlGroup => "in its control group",
        };
        format!("{:.0} MB were available {within}", self.bytes.megabytes())
    }
}

/// The process that calls, as a name in procfs.
pub const THIS: &str = "self";

/// The present resident set (VmRSS) of `process`, a name in procfs.
pub fn resident(procfs: &Path, process: &str) -> Result<Bytes> {
    status(procfs, process, "VmRSS")
}

/// The largest resident set since the process started, or since [`reset_peak`] (VmHWM).
pub fn peak(procfs: &Path, process: &str) -> Result<Bytes> {
    status(procfs, process, "VmHWM")
}

/// Resets the kernel's peak of the resident set to its present value. Returns what the peak then covers.
pub fn reset_peak(procfs: &Path, process: &str) -> Covers {
    // proc_pid_clear_refs(5): 5 resets the peak resident set size. A kernel without CONFIG_PROC_PAGE_MONITOR has no
    // such file.
    match fs::write(procfs.join(process).join("clear_refs"), "5") {
        Ok(()) => Covers::Passes,
        Err(_) => Covers::Process,
    }
}

/// The memory that a process can allocate now without swapping, within the machine and its control groups. What the
/// kernel reclaims first, such as page cache, is available.
pub fn available(procfs: &Path, sysfs: &Path) -> Option<Available> {
    let available = |bytes, within| Available { bytes: Bytes(bytes), within };
    let machine = of_machine(procfs).map(|bytes| available(bytes, Within::Machine));
    let group = control_groups::available(procfs, sysfs).map(|bytes| available(bytes, Within::ControlGroup));
    machine.into_iter().chain(group).min_by_key(|available| available.bytes)
}

fn of_machine(procfs: &Path) -> Option<u64> {
    let meminfo = text(procfs, "meminfo").ok()?;
    let field = |name: &str| parse(&meminfo, name).map(|bytes| bytes.0);
    // Kernels before 3.14 have no MemAvailable.
    let reclaimed = ["Active(file)", "Inactive(file)", "SReclaimable"].into_iter().filter_map(field);
    let available = field("MemAvailable").or_else(|| Some(reclaimed.fold(field("MemFree")?, u64::saturating_add)))?;
    let available = available.saturating_add(arc(procfs).unwrap_or_default());
    Some(field("MemTotal").map_or(available, |total| available.min(total)))
}

/// What ZFS gives back of its adaptive replacement cache (ARC), which the kernel counts as used [bytes].
fn arc(procfs: &Path) -> Option<u64> {
    let stats = text(procfs, "spl/kstat/zfs/arcstats").ok()?;
    // In a container whose meminfo is replaced (LXCFS), that is the container's, and the cache is the host's.
    let is_replaced = text(procfs, "self/mountinfo").is_ok_and(|mounts| mounts.contains(" /proc/meminfo "));
    let value = |name: &str| {
        stats.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == name).then(|| words.nth(1)?.parse::<u64>().ok())?
        })
    };
    (!is_replaced).then(|| value("size")?.checked_sub(value("c_min")?))?
}

/// The resource limit of the shell, in words, if it may be why an allocation failed; `available` is the limit that this
/// program gave the process.
pub fn limit_of_shell(procfs: &Path, available: Option<Available>) -> Option<String> {
    let bytes = Bytes(limits::of_shell(procfs).ok()??);
    // A limit on address space also counts what allocators only reserve, so it is reached earlier.
    const RESERVED: u64 = 2;
    let may_be = available.is_none_or(|available| bytes.0 / RESERVED < available.bytes.0);
    may_be.then(|| {
        format!("the shell limits each process to {:.0} MB of memory (`ulimit -v`, `ulimit -d`)", bytes.megabytes())
    })
}

/// Limits the private memory of this process to `max`. Larger allocations fail before the machine swaps or the kernel
/// ends another process.
#[cfg(target_os = "linux")]
pub fn limit(max: Bytes) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // This limit of getrlimit(2) counts writable private memory. Address space that an allocator or a stack only
    // reserves does not count.
    let old = getrlimit(Resource::Data);
    let max = [old.current, old.maximum].into_iter().flatten().fold(max.0, u64::min);
    setrlimit(Resource::Data, Rlimit { current: Some(max), maximum: old.maximum }).context("cannot set a memory limit")
}

#[cfg(not(target_os = "linux"))]
pub fn limit(_max: Bytes) -> Result<()> {
    Ok(())
}

fn status(procfs: &Path, process: &str, field: &str) -> Result<Bytes> {
    let path = procfs.join(process).join("status");
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

    fn available_in(files: &[(&str, &str)]) -> Option<Available> {
        let folder = fixture(files);
        available(folder.path(), folder.path())
    }

    const MEMINFO: (&str, &str) = ("meminfo", "MemTotal: 4096 kB\nMemFree: 9 kB\nMemAvailable: 2048 kB\n");

    #[test]
    fn a_control_group_may_limit_available_memory() {
        let group = [("self/cgroup", "0::/a\n"), ("fs/cgroup/cgroup.controllers", "memory\n")];
        let machine = Some(Available { bytes: Bytes(2 << 20), within: Within::Machine });
        assert_eq!(available_in(&[]), None);
        assert_eq!(available_in(&[MEMINFO]), machine);
        let unlimited = [("fs/cgroup/a/memory.max", "max\n"), ("fs/cgroup/a/memory.current", "500000\n")];
        assert_eq!(available_in(&[&[MEMINFO], &group[..], &unlimited].concat()), machine);
        let limited = [("fs/cgroup/a/memory.max", "1500000\n"), ("fs/cgroup/a/memory.current", "500000\n")];
        let found = available_in(&[&[MEMINFO], &group[..], &limited].concat()).expect("both");
        assert_eq!(found, Available { bytes: Bytes(1_000_000), within: Within::ControlGroup });
        assert_eq!(found.words(), "1 MB were available in its control group");
    }

    #[test]
    fn the_cache_of_zfs_is_available_down_to_its_minimum_and_never_more_than_the_machine_has() {
        let arc = |size: &str| {
            let stats = format!(
                "9 1 0x01 147 39984 5 9\nname type data\nc_min 4 524288\nc_max 4 9\nsize 4 {size}\nhdr_size 4 7\n"
            );
            let files = [MEMINFO, ("spl/kstat/zfs/arcstats", stats.as_str())];
            (available_in(&files).map(|available| available.bytes.0), stats)
        };
        assert_eq!(arc("1572864").0, Some(3 << 20));
        assert_eq!(arc("99999999999").0, Some(4 << 20));
        assert_eq!(arc("5").0, Some(2 << 20));
        assert_eq!(arc("many").0, Some(2 << 20));
        // The cache of the host is not a container's.
        let stats = arc("1572864").1;
        let mounts = ("self/mountinfo", "511 490 0:44 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n");
        let files = [MEMINFO, mounts, ("spl/kstat/zfs/arcstats", stats.as_str())];
        assert_eq!(available_in(&files).map(|available| available.bytes.0), Some(2 << 20));
    }

    #[test]
    fn a_kernel_without_an_estimate_has_its_free_memory_and_the_pages_of_files() {
        let old = "MemTotal: 4096 kB\nMemFree: 1024 kB\nActive(file): 256 kB\nInactive(file): 512 kB\nShmem: 9 kB\n";
        assert_eq!(available_in(&[("meminfo", old)]).map(|available| available.bytes.0), Some(1792 << 10));
        assert_eq!(available_in(&[("meminfo", "MemTotal: 4096 kB\n")]), None);
    }

    #[test]
    fn a_limit_of_the_shell_may_be_the_cause_if_it_is_less_than_twice_the_available_memory() {
        let cause = |limit: &str, available| {
            let text = format!("Max address space  {limit}  unlimited  bytes\n");
            let available = Available { bytes: Bytes(available), within: Within::Machine };
            limit_of_shell(fixture(&[("self/limits", &text)]).path(), Some(available))
        };
        assert_eq!(cause("unlimited", 1_000_000), None);
        assert_eq!(cause("2000000", 1_000_000), None);
        assert!(
            cause("1990000", 1_000_000).is_some_and(|words| words.starts_with("the shell limits each process to 2 MB"))
        );
        assert_eq!(limit_of_shell(Path::new("/nowhere"), None), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_can_be_reset_after_memory_was_freed() {
        let procfs = Path::new("/proc");
        let large = vec![1_u8; 64 << 20];
        let with = peak(procfs, THIS).expect("a peak");
        drop(std::hint::black_box(large));
        if reset_peak(procfs, THIS) == Covers::Passes {
            let without = peak(procfs, THIS).expect("a peak");
            assert!(without.0 + (32 << 20) < with.0, "{without:?} {with:?}");
        }
    }
}
