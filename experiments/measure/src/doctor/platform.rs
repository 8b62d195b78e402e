//! Whether points can be measured here at all, and whether a container shares a core out by time.

use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;

/// The operating system, and a limit of processor time.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let system = (snapshot.system != "linux").then(|| Finding {
        severity: Severity::Fix,
        what: format!("this is {}, not Linux", snapshot.system),
        why: "memory is read from Linux's procfs: no point of the processor can be measured here",
        command: None,
    });
    let limit = snapshot.number("cpu_limit_cores").filter(|cores| cores.fract() != 0.0).map(|cores| {
        let whole = cores.max(1.0).floor();
        let last = if whole > 1.0 { format!("0-{}", whole - 1.0) } else { "0".to_owned() };
        Finding::fix(
            format!("a limit gives this process the time of {cores} cores, which is no whole number"),
            "the kernel stops it amid a pass whenever the share of a tenth of a second is used up",
            format!("docker run --cpuset-cpus {last} …    # whole cores, instead of --cpus {cores}"),
        )
    });
    system.into_iter().chain(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::of;
    use super::*;

    #[test]
    fn another_system_than_linux_cannot_be_measured() {
        let found = check(&Snapshot { system: "macos", ..of(&[]) });
        assert!(found.len() == 1 && found[0].what == "this is macos, not Linux", "{found:?}");
        assert!(check(&of(&[])).is_empty());
    }

    #[test]
    fn a_limit_of_part_of_a_core_is_to_be_mended() {
        let limited = |limit| {
            check(&of(&[
                ("self/cgroup", "0::/\n"),
                ("fs/cgroup/cgroup.controllers", "cpu\n"),
                ("fs/cgroup/cpu.max", limit),
            ]))
        };
        let found = limited("250000 100000\n");
        assert!(
            found.len() == 1 && found[0].severity == Severity::Fix && found[0].what.contains("2.5 cores"),
            "{found:?}"
        );
        assert!(found[0].command.as_deref().is_some_and(|command| command.contains("--cpuset-cpus 0-1 ")), "{found:?}");
        assert!(limited("200000 100000\n").is_empty() && limited("max 100000\n").is_empty());
    }
}
