//! What a record says of its surroundings: the machine, the program, the checkout, and what the machine was doing before and
//! after, and when. Each fact is a value or the reason why there is none. No host name, no serial number, no path.

pub mod board;
pub mod clock;
pub mod commit;
pub mod frequency;
pub mod gpu;
pub mod limits;
pub mod machine;
pub mod moment;
pub mod power_mode;
pub mod program;
pub mod swapping;
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

/// No file of the kernel is longer; `cpuinfo` of a machine with hundreds of cores has several hundred kilobytes.
const MAX_BYTES: u64 = 8 << 20;

/// All observations of a point that was measured between two looks at the machine. `procfs` and `sysfs` are where the kernel tells,
/// `of_device` are the observations of what is measured on.
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

/// Name of the fact [`threads`].
pub const THREADS: &str = "threads";

/// How many threads computed a point or its layers, as the process tells that did: on the processor as many as its affinity and the quota of
/// its control group allow.
pub fn threads(told: Option<u32>, device: Device) -> Observation {
    let reason = match device {
        Device::Cpu | Device::CpuBurn => "nothing was computed to the end",
        _ => "only the driver knows how many compute",
    };
    observation(told.ok_or_else(|| reason.to_owned()))
}

/// A fact that was found.
pub fn known(value: impl Into<serde_json::Value>) -> Observation {
    Observation::Known { value: value.into() }
}

/// A fact, or the reason why there is none.
pub(crate) fn observation(value: Result<impl Into<serde_json::Value>, String>) -> Observation {
    match value {
        Ok(value) => known(value),
        Err(reason) => Observation::Unknown { reason },
    }
}

/// The text of a file of the kernel without its end of line. The reason names the file below its root, not where that is.
pub(crate) fn text(root: &Path, file: &str) -> Result<String, String> {
    content(&root.join(file)).map_err(|why| format!("{file}: {why}"))
}

/// The text of a file whose place would tell a reader nothing. The reason says `what` is not known.
pub(crate) fn told(root: &Path, file: &str, what: &str) -> Result<String, String> {
    content(&root.join(file)).map_err(|why| match why == io::ErrorKind::NotFound.to_string() {
        true => format!("the kernel does not tell {what}"),
        false => format!("the kernel does not tell {what}: {why}"),
    })
}

/// The one number of a file.
pub(crate) fn number<T: FromStr>(root: &Path, file: &str, what: &str) -> Result<T, String> {
    let text = told(root, file, what)?;
    text.trim().parse().map_err(|_| format!("the kernel does not tell {what}: not a number"))
}

/// The text of a file, or what is wrong with it.
fn content(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error: io::Error| error.kind().to_string())?;
    let text = text.trim_end_matches(['\n', '\0']);
    if text.is_empty() { Err("empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// What lies directly below `folder` and has a name that starts with `start`, by name.
pub(crate) fn entries(folder: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The folders among them; links to folders are such, as they are in sysfs.
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

/// A folder that stands for the kernel's, with the given files.
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

    /// Everything of a machine whose kernel tells what lies below `root`.
    fn all(procfs: &Path, sysfs: &Path) -> Observations {
        let moment = || Moment::read(procfs, sysfs);
        observations(procfs, sysfs, gpu::none("none was asked for"), &moment(), &moment())
    }

    #[test]
    fn a_missing_file_is_a_reason_without_the_place() {
        let folder = fixture(&[]);
        let reason = text(folder.path(), "loadavg").expect_err("it is not there");
        assert!(reason.starts_with("loadavg: ") && !reason.contains('/'), "{reason}");
        let reason = told(folder.path(), "a/b", "the time of day").expect_err("it is not there");
        assert_eq!(reason, "the kernel does not tell the time of day");
        let reason = told(folder.path(), "", "the time of day").expect_err("it is a folder");
        assert!(reason.starts_with("the kernel does not tell the time of day: ") && !reason.contains('/'), "{reason}");
    }

    #[test]
    fn every_fact_is_there_on_a_machine_that_tells_nothing() {
        let folder = fixture(&[]);
        let nothing = all(folder.path(), folder.path());
        assert!(nothing.keys().eq(all(Path::new("/proc"), folder.path()).keys()));
        // What the program, the checkout and the clocks tell, and what no file is needed for.
        let look = clock::Clock::read();
        let mut elsewhere = program::observations();
        elsewhere.extend(commit::observations(Path::new(".")));
        elsewhere.extend(look.observations_until(&look));
        let needs_a_file =
            |name: &&String| !elsewhere.contains_key(*name) && !["architecture", "cpu_cores"].contains(&name.as_str());
        for name in nothing.keys().filter(needs_a_file) {
            let Observation::Unknown { reason } = &nothing[name] else { panic!("{name}: {:?}", nothing[name]) };
            // A record says of no machine where it keeps its files.
            assert!(!reason.is_empty() && !reason.contains("/sys") && !reason.contains("/proc"), "{name}: {reason}");
        }
        assert!(matches!(program::observations().get("rustc"), Some(Observation::Known { .. })));
    }

    #[test]
    fn every_item_of_the_rules_for_records_is_a_fact() {
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
