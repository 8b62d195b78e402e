//! The control groups of this process, `cgroups(7)`: its own and the enclosing ones, of version 1, version 2 or both
//! (hybrid). What they limit, and how much memory they leave.

use std::path::{Component, Path, PathBuf};

use super::{content, text};

/// The folder of control groups below sysfs.
const GROUPS: &str = "fs/cgroup";

/// Version 1 has no word for "no limit": its largest number is that of signed integers, rounded down to a page.
const UNLIMITED: u64 = (1 << 63) - (1 << 20);

/// The interface of a hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// The folder of one group.
struct Group {
    version: Version,
    folder: PathBuf,
}

/// The tightest memory limit, if there is one [bytes].
pub(super) fn memory(procfs: &Path, sysfs: &Path) -> Result<Option<u64>, String> {
    Ok(groups(procfs, sysfs, "memory")?.iter().filter_map(Group::memory_limit).min())
}

/// The tightest limit on processor time, as a number of cores, if there is one.
pub(super) fn processors(procfs: &Path, sysfs: &Path) -> Result<Option<f64>, String> {
    Ok(groups(procfs, sysfs, "cpu")?.iter().filter_map(Group::cores).reduce(f64::min))
}

/// The memory that the limits leave to this process, if there is a limit [bytes]. The kernel reclaims the page cache
/// and slabs of a group before it fails an allocation there, so both are available.
pub(crate) fn available(procfs: &Path, sysfs: &Path) -> Option<u64> {
    let left = |group: &Group| Some(group.memory_limit()?.saturating_sub(group.unreclaimable()));
    groups(procfs, sysfs, "memory").ok()?.iter().filter_map(left).min()
}

impl Group {
    fn number(&self, file: &str) -> Option<u64> {
        content(&self.folder.join(file)).ok()?.trim().parse().ok()
    }

    /// A counter of `memory.stat`.
    fn counter(stat: &str, name: &str) -> Option<u64> {
        stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
    }

    fn stat(&self) -> String {
        content(&self.folder.join("memory.stat")).unwrap_or_default()
    }

    fn memory_limit(&self) -> Option<u64> {
        let limits = match self.version {
            // Version 1 also reports the limit of enclosing groups that a container does not see.
            Version::One => {
                [self.number("memory.limit_in_bytes"), Self::counter(&self.stat(), "hierarchical_memory_limit")]
            }
            // Beyond `memory.high` the kernel slows a process down to reclaim its memory.
            Version::Two => [self.number("memory.max"), self.number("memory.high")],
        };
        limits.into_iter().flatten().filter(|limit| *limit < UNLIMITED).min()
    }

    /// The memory in use that the kernel cannot reclaim [bytes].
    fn unreclaimable(&self) -> u64 {
        let stat = self.stat();
        let counter = |name: &str| Self::counter(&stat, name).unwrap_or_default();
        // The counters that include the groups below. In version 1 these have a prefix, and slabs have no counter.
        let of_files = |end: &str| match self.version {
            Version::One => Self::counter(&stat, &format!("total_{end}")).unwrap_or_else(|| counter(end)),
            Version::Two => counter(end),
        };
        let used = match self.version {
            Version::One => self.number("memory.usage_in_bytes"),
            Version::Two => self.number("memory.current"),
        };
        ["inactive_file", "active_file", "slab_reclaimable"]
            .into_iter()
            .map(of_files)
            .fold(used.unwrap_or_default(), u64::saturating_sub)
    }

    /// The quota of processor time over its period, both in µs.
    fn cores(&self) -> Option<f64> {
        let (quota, period) = match self.version {
            Version::One => {
                (content(&self.folder.join("cpu.cfs_quota_us")).ok()?, self.number("cpu.cfs_period_us")?.to_string())
            }
            Version::Two => {
                let both = content(&self.folder.join("cpu.max")).ok()?;
                let (quota, period) = both.split_once(' ')?;
                (quota.to_owned(), period.to_owned())
            }
        };
        // `max`, or -1 in version 1, means no limit.
        let cores = quota.trim().parse::<f64>().ok()? / period.trim().parse::<f64>().ok()?;
        (cores.is_finite() && cores > 0.0).then_some(cores)
    }
}

/// The group of this process and the enclosing ones, in the hierarchy that has `controller`.
fn groups(procfs: &Path, sysfs: &Path, controller: &str) -> Result<Vec<Group>, String> {
    let own = text(procfs, "self/cgroup")?;
    let lines = || own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    // `5:cpu,cpuacct:/a` is a hierarchy of version 1 with two controllers, `0::/a` that of version 2.
    let one = lines().find(|(controllers, _)| controllers.split(',').any(|name| name == controller));
    let two = lines().find(|(controllers, _)| controllers.is_empty());
    let of_one = one.into_iter().flat_map(|(controllers, path)| {
        [controllers, controller].map(|name| (Version::One, format!("{GROUPS}/{name}"), path))
    });
    let of_two = two.into_iter().flat_map(|(_, path)| {
        [GROUPS.to_owned(), format!("{GROUPS}/unified")].map(|folder| (Version::Two, folder, path))
    });
    let is_mounted = |(version, folder, _): &(Version, String, &str)| match version {
        Version::One => sysfs.join(folder).is_dir(),
        Version::Two => sysfs.join(folder).join("cgroup.controllers").is_file(),
    };
    let (version, folder, path) = of_one
        .chain(of_two)
        .find(is_mounted)
        .ok_or_else(|| format!("the kernel shows no control groups with the controller {controller}"))?;
    let top = sysfs.join(&folder);
    let own = below_mount(procfs, &folder, path);
    let folders = own.ancestors().map(|group| top.join(group)).filter(|folder| folder.is_dir());
    Ok(folders.map(|folder| Group { version, folder }).collect())
}

/// The path of this process's group below the mounted `folder`. A container may have only its own group mounted there,
/// and a group outside a namespace has a path that begins with `..`; then only the mounted top applies.
fn below_mount(procfs: &Path, folder: &str, path: &str) -> PathBuf {
    let mounts = text(procfs, "self/mountinfo").unwrap_or_default();
    // proc_pid_mountinfo(5): the fourth field is the folder of the hierarchy that is mounted at the fifth.
    let root = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let (root, at) = (fields.next()?, fields.next()?);
        Path::new(at).ends_with(folder).then_some(root)
    });
    let path = Path::new(path);
    let below = root.and_then(|root| path.strip_prefix(root).ok()).or_else(|| path.strip_prefix("/").ok());
    let below = below.unwrap_or(path);
    let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
    if is_below { below.to_owned() } else { PathBuf::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    const MIB: u64 = 1 << 20;

    fn available_in(own: &str, files: &[(&str, &str)]) -> Option<u64> {
        let folder = fixture(&[&[("self/cgroup", own)], files].concat());
        available(folder.path(), folder.path())
    }

    fn limit_in(own: &str, files: &[(&str, &str)]) -> Result<Option<u64>, String> {
        let folder = fixture(&[&[("self/cgroup", own)], files].concat());
        memory(folder.path(), folder.path())
    }

    const TWO: (&str, &str) = ("fs/cgroup/cgroup.controllers", "cpu memory\n");

    #[test]
    fn page_cache_and_slabs_that_the_kernel_reclaims_are_available() {
        // As after building in a container: 4 GiB, almost all of it page cache.
        let files = [
            TWO,
            ("fs/cgroup/memory.max", "4294967296\n"),
            ("fs/cgroup/memory.current", "4280000000\n"),
            (
                "fs/cgroup/memory.stat",
                "anon 120000000\nfile 4100000000\ninactive_file 3900000000\nactive_file 200000000\nslab_reclaimable 40000000\n",
            ),
        ];
        assert_eq!(available_in("0::/\n", &files), Some(4_294_967_296 - 140_000_000));
        // Shared memory counts as `file`, and is not reclaimed.
        let shared = ("fs/cgroup/memory.stat", "file 4100000000\nshmem 4100000000\ninactive_anon 4100000000\n");
        assert_eq!(available_in("0::/\n", &[&files[..3], &[shared]].concat()), Some(14_967_296));
    }

    #[test]
    fn counters_that_exceed_the_usage_or_are_missing_do_not_wrap() {
        let files = [TWO, ("fs/cgroup/memory.max", "100\n"), ("fs/cgroup/memory.current", "50\n")];
        assert_eq!(available_in("0::/\n", &files), Some(50));
        let stat = ("fs/cgroup/memory.stat", "inactive_file 18446744073709551615\nactive_file 9\n");
        assert_eq!(available_in("0::/\n", &[&files[..], &[stat]].concat()), Some(100));
        assert_eq!(available_in("0::/\n", &files[..2]), Some(100));
        assert_eq!(available_in("0::/\n", &[TWO, ("fs/cgroup/memory.max", "9\n"), files[2]]), Some(0));
    }

    #[test]
    fn the_enclosing_group_that_leaves_least_decides_and_its_cache_counts() {
        let files = [
            TWO,
            ("fs/cgroup/a/memory.max", "1000\n"),
            ("fs/cgroup/a/memory.current", "990\n"),
            ("fs/cgroup/a/memory.stat", "inactive_file 600\n"),
            ("fs/cgroup/a/b/memory.max", "700\n"),
            ("fs/cgroup/a/b/memory.current", "100\n"),
        ];
        assert_eq!(available_in("0::/a/b\n", &files), Some(600));
        assert_eq!(available_in("0::/a\n", &files), Some(610));
        // The kernel slows a process down beyond `memory.high`.
        let high = ("fs/cgroup/a/b/memory.high", "300\n");
        assert_eq!(available_in("0::/a/b\n", &[&files[..], &[high]].concat()), Some(200));
    }

    #[test]
    fn version_1_counts_the_groups_below_and_its_largest_number_is_no_limit() {
        let own = "4:memory:/a\n1:name=systemd:/\n0::/\n";
        let files = [
            ("fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n"),
            ("fs/cgroup/memory/a/memory.usage_in_bytes", "900\n"),
            ("fs/cgroup/memory/a/memory.stat", "inactive_file 5\ntotal_inactive_file 400\ntotal_active_file 100\n"),
            // As in kernels with pages of 4 and of 64 KiB.
            ("fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("fs/cgroup/memory/memory.stat", "hierarchical_memory_limit 9223372036854710272\n"),
        ];
        assert_eq!(available_in(own, &files), Some(600));
        assert_eq!(limit_in(own, &files), Ok(Some(1000)));
        assert_eq!(limit_in("4:memory:/\n", &files), Ok(None));
        assert_eq!(available_in("4:memory:/\n", &files), None);
    }

    #[test]
    fn a_limit_of_an_enclosing_group_that_a_container_does_not_see_applies_in_version_1() {
        let files = [
            ("fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("fs/cgroup/memory/memory.usage_in_bytes", "100\n"),
            ("fs/cgroup/memory/memory.stat", "hierarchical_memory_limit 2000\n"),
        ];
        assert_eq!(available_in("4:memory:/docker/1f\n", &files), Some(1900));
    }

    #[test]
    fn in_a_hybrid_hierarchy_each_controller_has_its_own_version() {
        let own = "5:cpu,cpuacct:/x\n4:memory:/a\n0::/b\n";
        let files = [
            ("fs/cgroup/unified/cgroup.controllers", "\n"),
            ("fs/cgroup/unified/b/memory.max", "1\n"),
            ("fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n"),
            ("fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "150000\n"),
            ("fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"),
            ("fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ];
        let folder = fixture(&[&[("self/cgroup", own)], &files[..]].concat());
        assert_eq!(memory(folder.path(), folder.path()), Ok(Some(1000)));
        assert_eq!(processors(folder.path(), folder.path()), Ok(Some(1.5)));
        // Without a line of version 1, the memory controller is in the unified hierarchy.
        assert_eq!(limit_in("0::/b\n", &files), Ok(Some(1)));
    }

    #[test]
    fn a_container_may_have_its_own_group_mounted_as_the_top() {
        let mounts = "36 31 0:33 /docker/1f /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n";
        let files = [
            ("self/mountinfo", mounts),
            ("fs/cgroup/memory/memory.limit_in_bytes", "1000\n"),
            ("fs/cgroup/memory/job/memory.limit_in_bytes", "500\n"),
            // A group of that name in the container is another one.
            ("fs/cgroup/memory/docker/1f/memory.limit_in_bytes", "5\n"),
        ];
        assert_eq!(limit_in("4:memory:/docker/1f\n", &files), Ok(Some(1000)));
        assert_eq!(limit_in("4:memory:/docker/1f/job\n", &files), Ok(Some(500)));
        // Nothing outside is read.
        assert_eq!(limit_in("4:memory:/../../job\n", &files), Ok(Some(1000)));
    }

    /// Trees of up to four nested groups, drawn from a fixed seed, against a model that computes in 128 bits.
    #[test]
    fn any_tree_of_groups_leaves_what_its_tightest_group_leaves() {
        let mut state = 17_u64;
        let mut below = |count: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % count
        };
        for _ in 0..200 {
            let is_one = below(2) == 0;
            let top = if is_one { "fs/cgroup/memory" } else { "fs/cgroup" };
            let mut files = vec![("fs/cgroup/cgroup.controllers".to_owned(), "memory".to_owned())];
            let (mut path, mut expected) = (String::new(), None);
            for depth in 0..=below(4) {
                if depth > 0 {
                    path += &format!("/g{depth}");
                }
                let (used, inactive, active) = (below(9) * MIB, below(5) * MIB, below(5) * MIB);
                let limit = (below(3) > 0).then(|| below(12) * MIB);
                let none = if is_one { "9223372036854771712" } else { "max" };
                let (max, current, prefix) = match is_one {
                    true => ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
                    false => ("memory.max", "memory.current", ""),
                };
                let file = |name: &str| format!("{top}{path}/{name}");
                files.push((file(max), limit.map_or(none.to_owned(), |limit| limit.to_string())));
                files.push((file(current), used.to_string()));
                files.push((
                    file("memory.stat"),
                    format!("{prefix}inactive_file {inactive}\n{prefix}active_file {active}\n"),
                ));
                if let Some(limit) = limit {
                    let kept = (i128::from(used) - i128::from(inactive) - i128::from(active)).max(0);
                    let left = (i128::from(limit) - kept).max(0);
                    expected = Some(expected.map_or(left, |least: i128| least.min(left)));
                }
            }
            let own = if is_one { format!("7:memory:{path}/\n") } else { format!("0::{path}/\n") };
            let files: Vec<_> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
            assert_eq!(available_in(&own, &files).map(i128::from), expected, "{own} {files:?}");
        }
    }
}
