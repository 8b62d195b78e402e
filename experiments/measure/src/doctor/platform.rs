//! Whether points can be measured on this system, and whether a container has a fraction of a core.

use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;

/// Checks the operating system and the limit of processor time.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let system = (snapshot.system != "linux").then(|| Finding {
        severity: Severity::Fix,
        what: format!("this is {}, not Linux", snapshot.system),
        why: "memory is read from Linux's procfs, so points on the processor cannot be measured here",
        command: None,
    });
    let limit = snapshot.number("cpu_limit_cores").filter(|cores| cores.fract() != 0.0).map(|cores| {
        let whole = cores.max(1.0).floor();
        let last = if whole > 1.0 { format!("0-{}", whole - 1.0) } else { "0".to_owned() };
        Finding::fix(
            format!("this process is limited to {cores} cores, which is not a whole number"),
            "the kernel pauses it within a pass whenever its share of a tenth of a second is used up",
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
    fn systems_other_than_linux_cannot_be_measured() {
        let found = check(&Snapshot { system: "macos", ..of(&[]) });
        assert!(found.len() == 1 && found[0].what == "this is macos, not Linux", "{found:?}");
        assert!(check(&of(&[])).is_empty());
    }

    #[test]
    fn a_limit_to_part_of_a_core_is_a_problem() {
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
