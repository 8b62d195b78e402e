//! Whether there is memory for a point, and whether memory is swapped to disk.

use super::finding::Finding;
use super::snapshot::Snapshot;

/// The fraction of memory that must be available.
const MIN_AVAILABLE: f64 = 0.5;

/// Checks memory and swap in use.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let (total, available) = (snapshot.number("memory_bytes"), snapshot.number("memory_available_bytes"));
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
