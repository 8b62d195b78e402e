//! The kernel's limits on memory and processors for this process: those of its control groups and of its shell, and the
//! policy for huge pages.

use std::path::Path;

use serde_json::Value;

use super::control_groups::{memory, processors};
use super::{Observations, observation, reported, text};

/// The name of the observation [`of_shell`].
pub(crate) const SHELL: &str = "resource_limit_bytes";

/// The limits, or `none`, and the policy for huge pages.
pub fn observations(procfs: &Path, sysfs: &Path) -> Observations {
    let observed =
        |limit: Result<Option<Value>, String>| observation(limit.map(|limit| limit.unwrap_or("none".into())));
    Observations::from([
        ("memory_limit_bytes".to_owned(), observed(memory(procfs, sysfs).map(|limit| limit.map(Value::from)))),
        ("cpu_limit_cores".to_owned(), observed(processors(procfs, sysfs).map(|limit| limit.map(Value::from)))),
        (SHELL.to_owned(), observed(of_shell(procfs).map(|limit| limit.map(Value::from)))),
        ("transparent_huge_pages".to_owned(), observation(huge_pages(sysfs))),
    ])
}

/// The tightest resource limit on memory that this process got from its shell, `getrlimit(2)`, if there is one [bytes].
/// On address space, it also counts what allocators and stacks only reserve.
pub(crate) fn of_shell(procfs: &Path) -> Result<Option<u64>, String> {
    let limits = text(procfs, "self/limits")?;
    let soft =
        |name: &str| limits.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    Ok(["Max address space", "Max data size"].into_iter().filter_map(soft).min())
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
        let reason = observed("cpu_limit_cores", "4:memory:/a\n", &[("fs/cgroup/cpu.max", "1 1\n")]);
        assert!(matches!(reason, results::Observation::Unknown { .. }), "{reason:?}");
    }

    #[test]
    fn the_tighter_resource_limit_of_the_shell_is_that_of_the_process() {
        let limits = |data: &str, space: &str| {
            let text = format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax data size  {data}  unlimited  bytes\nMax address space  {space}  9  bytes\n"
            );
            of_shell(fixture(&[("self/limits", &text)]).path())
        };
        assert_eq!(limits("unlimited", "unlimited"), Ok(None));
        assert_eq!(limits("unlimited", "460800000"), Ok(Some(460_800_000)));
        assert_eq!(limits("1000", "460800000"), Ok(Some(1000)));
        assert!(of_shell(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn the_policy_is_in_brackets() {
        let policy = |text| observed("transparent_huge_pages", "", &[("kernel/mm/transparent_hugepage/enabled", text)]);
        assert_eq!(policy("always [madvise] never\n"), known("madvise"));
        assert!(matches!(policy("always madvise never\n"), results::Observation::Unknown { .. }));
    }
}
