//! Whether there is memory for a point, whether the shell limits it, and whether memory is swapped to disk.

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::environment::limits;

/// The fraction of memory that must be available.
const MIN_AVAILABLE: f64 = 0.5;

/// Checks memory and swap in use, and the limit of the shell.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    // In a container, its limit is all that there is.
    let total =
        ["memory_bytes", "memory_limit_bytes"].into_iter().filter_map(|name| snapshot.number(name)).reduce(f64::min);
    let available = snapshot.number("memory_available_bytes");
    let mut findings = Vec::new();
    if let (Some(total), Some(available)) = (total, available)
        && available < MIN_AVAILABLE * total
    {
        findings.push(Finding::fix(
            format!("other programs use memory: {:.1} of {:.1} GB are available", available / 1e9, total / 1e9),
            "networks and batches that would otherwise fit run out of memory or cause swapping",
            "ps -e -o rss,comm --sort=-rss | head    # end what is not needed",
        ));
    }
    if let Some(limit) = snapshot.number(limits::SHELL)
        && total.is_none_or(|total| limit < 2.0 * total)
    {
        findings.push(Finding::fix(
            format!("the shell limits each process to {:.1} GB of memory", limit / 1e9),
            "points that fit into the memory of this machine are refused",
            "ulimit -v unlimited && ulimit -d unlimited    # or ask your administrator",
        ));
    }
    if let Some(used) = snapshot.number("swap_used_bytes").filter(|used| *used > 0.0) {
        let fits = available.is_none_or(|available| available > used);
        let command = "sudo swapoff -a";
        findings.push(Finding::fix(
            format!("{:.1} MB of memory are swapped out", used / 1e6),
            "a pass that waits for a page measures the disk, and its memory is underestimated",
            // Otherwise the kernel would end programs to make room.
            if fits {
                command.to_owned()
            } else {
                format!("{command}    # after ending programs: it does not fit now")
            },
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;

    fn found(meminfo: &str) -> Vec<Finding> {
        check(&of(&[("meminfo", meminfo)]))
    }

    #[test]
    fn memory_in_use_is_a_problem() {
        let found = found("MemTotal: 4000000 kB\nMemAvailable: 1900000 kB\n");
        assert_eq!((found.len(), found[0].severity), (1, Severity::Fix));
        assert_eq!(found[0].what, "other programs use memory: 1.9 of 4.1 GB are available");
    }

    #[test]
    fn page_cache_of_a_container_is_not_used_by_other_programs() {
        let of_group = |cache: &str| {
            check(&of(&[
                ("meminfo", "MemTotal: 64000000 kB\nMemAvailable: 60000000 kB\n"),
                ("self/cgroup", "0::/\n"),
                ("fs/cgroup/cgroup.controllers", "memory\n"),
                ("fs/cgroup/memory.max", "4000000000\n"),
                ("fs/cgroup/memory.current", "3900000000\n"),
                ("fs/cgroup/memory.stat", cache),
            ]))
        };
        assert!(of_group("inactive_file 3800000000\n").is_empty());
        let found = of_group("inactive_file 900000000\n");
        assert_eq!(found[0].what, "other programs use memory: 1.0 of 4.0 GB are available");
    }

    #[test]
    fn a_limit_of_the_shell_below_the_memory_is_a_problem() {
        let limited = |limit: &str| {
            let limits = format!("Max address space  {limit}  unlimited  bytes\n");
            check(&of(&[("self/limits", &limits), ("meminfo", "MemTotal: 4000000 kB\nMemAvailable: 3900000 kB\n")]))
        };
        assert_eq!(limited("2000000000")[0].what, "the shell limits each process to 2.0 GB of memory");
        assert!(limited("unlimited").is_empty() && limited("9000000000").is_empty());
    }

    #[test]
    fn swapoff_is_advised_only_once_the_swapped_memory_fits() {
        let swapped = |available| {
            format!("MemTotal: 1000 kB\nMemAvailable: {available} kB\nSwapTotal: 900 kB\nSwapFree: 300 kB\n")
        };
        assert_eq!(found(&swapped(800))[0].command.as_deref(), Some("sudo swapoff -a"));
        let late = found(&swapped(550));
        assert!(late[0].command.as_deref().is_some_and(|command| command.contains("# after ending")), "{late:?}");
    }

    #[test]
    fn unused_swap_and_free_memory_are_no_problem() {
        assert!(found("MemTotal: 9 kB\nMemAvailable: 8 kB\nSwapTotal: 900 kB\nSwapFree: 900 kB\n").is_empty());
        assert!(found("").is_empty());
    }
}
