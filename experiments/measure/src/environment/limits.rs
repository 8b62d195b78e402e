//! The kernel's limits on memory and processors for this process: those of its control group and of the enclosing ones
//! (version 2, `cgroups(7)`), and the policy for huge pages.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::{Observations, content, observation, reported, text};

/// The folder of control groups below sysfs.
const GROUPS: &str = "fs/cgroup";

/// The limits, or `none`, and the policy for huge pages.
pub fn observations(procfs: &Path, sysfs: &Path) -> Observations {
    let observed =
        |limit: Result<Option<Value>, String>| observation(limit.map(|limit| limit.unwrap_or("none".into())));
    Observations::from([
        ("memory_limit_bytes".to_owned(), observed(memory(procfs, sysfs).map(|limit| limit.map(Value::from)))),
        ("cpu_limit_cores".to_owned(), observed(processors(procfs, sysfs).map(|limit| limit.map(Value::from)))),
        ("transparent_huge_pages".to_owned(), observation(huge_pages(sysfs))),
    ])
}

/// The tightest memory limit, if there is one [bytes].
fn memory(procfs: &Path, sysfs: &Path) -> Result<Option<u64>, String> {
    let limits = of_groups(procfs, sysfs, "memory.max")?;
    Ok(limits.iter().filter_map(|limit| limit.trim().parse::<u64>().ok()).min())
}

/// The tightest limit on processor time, as a number of cores, if there is one.
fn processors(procfs: &Path, sysfs: &Path) -> Result<Option<f64>, String> {
    // cgroups(7): `$MAX $PERIOD`, both in µs; `max` means no limit.
    let cores = |limit: &String| {
        let (max, period) = limit.split_once(' ')?;
        let cores = max.parse::<f64>().ok()? / period.trim().parse::<f64>().ok()?;
        cores.is_finite().then_some(cores)
    };
    Ok(of_groups(procfs, sysfs, "cpu.max")?.iter().filter_map(cores).reduce(f64::min))
}

/// The memory that is left within the limits of the group of this process and of the enclosing ones, if there is one
/// [bytes].
pub(crate) fn room(procfs: &Path, sysfs: &Path) -> Option<u64> {
    let number = |group: &PathBuf, file: &str| content(&group.join(file)).ok()?.trim().parse::<u64>().ok();
    let room = |group: &PathBuf| Some(number(group, "memory.max")?.saturating_sub(number(group, "memory.current")?));
    groups(procfs, sysfs).ok()?.iter().filter_map(room).min()
}

/// The content of `file` in the group of this process and in all enclosing ones that have it.
fn of_groups(procfs: &Path, sysfs: &Path, file: &str) -> Result<Vec<String>, String> {
    Ok(groups(procfs, sysfs)?.iter().filter_map(|group| content(&group.join(file)).ok()).collect())
}

/// The folders of the group of this process and of all enclosing ones.
fn groups(procfs: &Path, sysfs: &Path) -> Result<Vec<PathBuf>, String> {
    let top = sysfs.join(GROUPS);
    content(&top.join("cgroup.controllers")).map_err(|_| "the kernel has no control groups of version 2".to_owned())?;
    let own = text(procfs, "self/cgroup")?;
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"));
    let own = PathBuf::from(own.ok_or("self/cgroup: no group of version 2")?);
    // The path of a group outside this process's namespace begins with `..`. Then only the visible root applies.
    let is_below = own.components().all(|part| matches!(part, Component::Normal(_)));
    Ok(if is_below { own.ancestors().map(|group| top.join(group)).collect() } else { vec![top] })
}

/// The policy `always`, `madvise` or `never`, which is in brackets in the kernel's file.
fn huge_pages(sysfs: &Path) -> Result<String, String> {
    let what = "whether it uses huge pages";
    let choices = reported(sysfs, "kernel/mm/transparent_hugepage/enabled", what)?;
    let chosen = choices.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    chosen
        .map(|(policy, _)| policy.to_owned())
        .ok_or_else(|| format!("the kernel does not report {what}: none is selected"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{fixture, known};

    fn observed(name: &str, own: &str, files: &[(&str, &str)]) -> results::Observation {
        let (procfs, sysfs) = (fixture(&[("self/cgroup", own)]), fixture(files));
        observations(procfs.path(), sysfs.path()).remove(name).expect("an observation")
    }

    #[test]
    fn a_process_is_limited_by_the_tightest_enclosing_group() {
        let files = [
            ("fs/cgroup/cgroup.controllers", "cpu memory\n"),
            ("fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("fs/cgroup/a/memory.max", "max\n"),
            ("fs/cgroup/a/b/cpu.max", "400000 100000\n"),
            ("fs/cgroup/a/b/memory.max", "1073741824\n"),
            ("fs/cgroup/memory.max", "1\n"),
        ];
        assert_eq!(observed("cpu_limit_cores", "0::/a/b\n", &files), known(1.5));
        assert_eq!(observed("memory_limit_bytes", "0::/a/b\n", &files[..5]), known(1 << 30));
        assert_eq!(observed("memory_limit_bytes", "0::/a\n", &files[..5]), known("none"));
        // Nothing outside is read.
        assert_eq!(observed("memory_limit_bytes", "0::/a/../../..\n", &files), known(1));
    }

    #[test]
    fn a_machine_without_control_groups_has_a_reason() {
        let reason = observed("cpu_limit_cores", "4:memory:/a\n0::/\n", &[("fs/cgroup/cpu.max", "1 1\n")]);
        assert!(matches!(reason, results::Observation::Unknown { .. }), "{reason:?}");
    }

    #[test]
    fn the_policy_is_in_brackets() {
        let policy = |text| observed("transparent_huge_pages", "", &[("kernel/mm/transparent_hugepage/enabled", text)]);
        assert_eq!(policy("always [madvise] never\n"), known("madvise"));
        assert!(matches!(policy("always madvise never\n"), results::Observation::Unknown { .. }));
    }
}
