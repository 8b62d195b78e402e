//! The environment of a record: the machine, the program, the checkout, and the state of the machine before and after.
//! Each observation is a value or the reason why there is none. No host name, no serial number, no path.

pub mod board;
pub mod clock;
pub mod commit;
pub mod control_groups;
pub mod frequency;
pub mod gpu;
pub mod limits;
pub mod machine;
pub mod moment;
pub mod power_mode;
pub mod processor_time;
pub mod program;
pub mod swapping;
pub mod temperature;
pub mod throttling;
pub mod topology;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use results::Observation;

use self::moment::Moment;
use crate::device::Device;

/// Observations by name.
pub type Observations = BTreeMap<String, Observation>;

/// The maximum number of bytes that are read of a file. `cpuinfo` of a machine with hundreds of cores has several
/// hundred kilobytes.
const MAX_BYTES: u64 = 8 << 20;

/// All observations of a point that was measured between two moments. `procfs` and `sysfs` are the folders of the
/// kernel, `of_device` the observations of the device.
///
/// The names are the same on every machine.
pub fn observations(
    procfs: &Path,
    sysfs: &Path,
    of_device: Observations,
    before: &Moment,
    after: &Moment,
) -> Observations {
    let mut observations = program::observations();
    observations.extend(commit::observations(Path::new(".")));
    observations.extend(machine::observations(procfs));
    observations.extend(board::observations(procfs, sysfs));
    observations.extend(topology::observations(sysfs));
    observations.extend(limits::observations(procfs, sysfs));
    observations.extend(frequency::observations(sysfs));
    observations.extend(power_mode::observations(procfs));
    observations.extend(of_device);
    observations.extend(before.observations_until(after));
    observations
}

/// The name of the observation [`threads`].
pub const THREADS: &str = "threads";

/// The number of threads that computed a point or its layers, as reported by that process: on the processor, as many as
/// its affinity and the quota of its control group allow.
pub fn threads(reported: Option<u32>, device: Device) -> Observation {
    let reason = match device {
        Device::Cpu | Device::CpuBurn | Device::CpuOnnxruntime => "no computation finished",
        _ => "only the driver knows the number of its threads",
    };
    observation(reported.ok_or_else(|| reason.to_owned()))
}

/// An observation with a value.
pub fn known(value: impl Into<serde_json::Value>) -> Observation {
    Observation::Known { value: value.into() }
}

/// An observation with a value, or with the reason why there is none.
pub(crate) fn observation(value: Result<impl Into<serde_json::Value>, String>) -> Observation {
    match value {
        Ok(value) => known(value),
        Err(reason) => Observation::Unknown { reason },
    }
}

/// The text of a file of the kernel without its end of line. The error names the file relative to its root.
pub(crate) fn text(root: &Path, file: &str) -> Result<String, String> {
    content(&root.join(file)).map_err(|why| format!("{file}: {why}"))
}

/// The text of a file of the kernel. The error states that `what` is not reported, without the name of the file.
pub(crate) fn reported(root: &Path, file: &str, what: &str) -> Result<String, String> {
    content(&root.join(file)).map_err(|why| match why == io::ErrorKind::NotFound.to_string() {
        true => format!("the kernel does not report {what}"),
        false => format!("the kernel does not report {what}: {why}"),
    })
}

/// The number in a file, with errors like those of [`reported`].
pub(crate) fn number<T: FromStr>(root: &Path, file: &str, what: &str) -> Result<T, String> {
    let text = reported(root, file, what)?;
    text.trim().parse().map_err(|_| format!("the kernel does not report {what}: not a number"))
}

/// The text of a file, or why it cannot be read.
fn content(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error| words(&error))?;
    let text = text.trim_end_matches(['\n', '\0']);
    if text.is_empty() { Err("empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// An error in the words of the operating system, without its number.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error ").map_or(text.as_str(), |(words, _)| words).to_owned()
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The entries of `folder` whose names start with `start`, sorted by name.
pub(crate) fn entries(folder: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The folders among these entries, including the links to folders that sysfs has.
fn folders(folder: &Path, start: &str) -> Vec<PathBuf> {
    entries(folder, start).into_iter().filter(|path| path.is_dir()).collect()
}

/// The folders of the processor's cores.
fn cores(sysfs: &Path) -> Vec<PathBuf> {
    let is_core = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix("cpu").is_some_and(|number| number.parse::<u32>().is_ok())
    };
    folders(&sysfs.join("devices/system/cpu"), "cpu").into_iter().filter(is_core).collect()
}

/// A folder that replaces one of the kernel's, with the given files.
#[cfg(test)]
pub(crate) fn fixture(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All observations of a machine whose kernel has these folders.
    fn all(procfs: &Path, sysfs: &Path) -> Observations {
        let moment = || Moment::read(procfs, sysfs);
        observations(procfs, sysfs, gpu::none("no device was requested"), &moment(), &moment())
    }

    #[test]
    fn the_reason_for_a_missing_file_has_no_absolute_path() {
        let folder = fixture(&[]);
        let reason = text(folder.path(), "loadavg").expect_err("no such file");
        assert!(reason.starts_with("loadavg: ") && !reason.contains('/'), "{reason}");
        let reason = reported(folder.path(), "a/b", "the time of day").expect_err("no such file");
        assert_eq!(reason, "the kernel does not report the time of day: No such file or directory");
        let reason = reported(folder.path(), "", "the time of day").expect_err("a folder");
        assert!(
            reason.starts_with("the kernel does not report the time of day: ") && !reason.contains('/'),
            "{reason}"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_reason_for_a_failing_driver_is_the_kernels() {
        // Reads of the first page fail, as those of a sensor do whose bus fails.
        let reason = text(Path::new("/proc/self"), "mem").expect_err("it fails");
        assert!(reason.starts_with("mem: Input/output error"), "{reason}");
    }

    #[test]
    fn every_observation_exists_on_a_machine_that_reports_nothing() {
        let folder = fixture(&[]);
        let nothing = all(folder.path(), folder.path());
        assert!(nothing.keys().eq(all(Path::new("/proc"), folder.path()).keys()));
        // These come from the program, the checkout and the clocks, and need no file.
        let now = clock::Clock::read();
        let mut elsewhere = program::observations();
        elsewhere.extend(commit::observations(Path::new(".")));
        elsewhere.extend(now.observations_until(&now));
        let needs_a_file =
            |name: &&String| !elsewhere.contains_key(*name) && !["architecture", "cpu_cores"].contains(&name.as_str());
        for name in nothing.keys().filter(needs_a_file) {
            let Observation::Unknown { reason } = &nothing[name] else { panic!("{name}: {:?}", nothing[name]) };
            // A record contains no absolute paths.
            assert!(!reason.is_empty() && !reason.contains("/sys") && !reason.contains("/proc"), "{name}: {reason}");
        }
        assert!(matches!(program::observations().get("rustc"), Some(Observation::Known { .. })));
    }

    #[test]
    fn every_item_that_records_must_have_is_an_observation() {
        let folder = fixture(&[]);
        let observations = all(folder.path(), folder.path());
        let commit = ["commit", "commit_changed", "burn", "rustc", "features", "debug_assertions"];
        let machine = ["machine_model", "cpu_model", "cpu_cores", "memory_bytes", "kernel", "hypervisor", "swap_bytes"];
        let clocks = ["governor", "clock_driver", "clock_min_mhz", "clock_max_mhz", "turbo", "clock_before_mhz"];
        let load = ["load_before", "cpu_psi_after_percent", "steal_ticks", "swapped_in_pages", "power_mode"];
        let gpu = ["gpu_name", "gpu_driver", "gpu_api", "gpu_shader_language", "gpu_clock_after_mhz"];
        let heat = ["temperature_before_celsius", "throttle_events", "over_current_events_before", "cooling_after"];
        for name in commit.iter().chain(&machine).chain(&clocks).chain(&load).chain(&gpu).chain(&heat) {
            assert!(observations.contains_key(*name), "{name}");
        }
    }

    #[test]
    fn a_core_is_a_folder_with_a_number() {
        let files = ["cpu10", "cpu2", "cpufreq", "cpuidle"].map(|name| format!("devices/system/cpu/{name}/file"));
        let folder = fixture(&files.each_ref().map(|file| (file.as_str(), "")));
        let names: Vec<_> =
            cores(folder.path()).into_iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        assert_eq!(names, [Some("cpu10".into()), Some("cpu2".into())]);
    }
}
