//! Throttling: counters of overheating processors and of over-current on boards, and active cooling devices. Counters
//! start with the machine, so only differences concern a point.

use std::path::Path;

use super::{Observations, cores, entries, folders, number, observation, reported};

/// The counters and the active cooling devices at one moment.
#[derive(Clone, Debug)]
pub struct Throttling {
    thermal: Result<Option<u64>, String>,
    over_current: Result<Option<u64>, String>,
    cooling: Result<String, String>,
}

/// Events of overheating and over-current since the machine started, or the reason why they are not counted.
///
/// Every core counts an event of the whole package.
pub fn events(sysfs: &Path) -> Result<u64, String> {
    sum(&thermal(sysfs), &over_current(sysfs))
}

impl Throttling {
    /// Reads the counters now.
    pub fn read(sysfs: &Path) -> Self {
        Self { thermal: thermal(sysfs), over_current: over_current(sysfs), cooling: cooling(sysfs) }
    }

    /// The observations for the interval from this moment to a later one.
    pub fn observations_until(&self, after: &Self) -> Observations {
        let mut observations = Observations::new();
        for (when, state) in [("before", self), ("after", after)] {
            let thermal = state.thermal.clone().and_then(|count| count.ok_or_else(|| UNCOUNTED_HEAT.to_owned()));
            let current =
                state.over_current.clone().and_then(|count| count.ok_or_else(|| UNCOUNTED_CURRENT.to_owned()));
            observations.insert(format!("thermal_events_{when}"), observation(thermal));
            observations.insert(format!("over_current_events_{when}"), observation(current));
            observations.insert(format!("cooling_{when}"), observation(state.cooling.clone()));
        }
        let events = sum(&self.thermal, &self.over_current).and_then(|before| {
            let after = sum(&after.thermal, &after.over_current)?;
            Ok(after.saturating_sub(before))
        });
        observations.insert("throttle_events".to_owned(), observation(events));
        observations
    }
}

const UNCOUNTED_HEAT: &str = "no core counts overheating";
const UNCOUNTED_CURRENT: &str = "no sensor counts over-current";

fn sum(thermal: &Result<Option<u64>, String>, current: &Result<Option<u64>, String>) -> Result<u64, String> {
    match (thermal.clone()?, current.clone()?) {
        (None, None) => Err("this machine counts neither overheating nor over-current".to_owned()),
        (thermal, current) => Ok(thermal.unwrap_or(0).saturating_add(current.unwrap_or(0))),
    }
}

/// The overheating events of all cores and packages; `None` where no core has a counter.
fn thermal(sysfs: &Path) -> Result<Option<u64>, String> {
    let mut total = None;
    for core in cores(sysfs) {
        for counter in ["core_throttle_count", "package_throttle_count"] {
            add(&mut total, &core.join("thermal_throttle"), counter)?;
        }
    }
    Ok(total)
}

/// The over-current events of a Jetson's monitors: `oc1_event_cnt`, `oc2_event_cnt` …
fn over_current(sysfs: &Path) -> Result<Option<u64>, String> {
    let mut total = None;
    for monitor in folders(&sysfs.join("class/hwmon"), "hwmon") {
        let name = reported(&monitor, "name", "it").unwrap_or_default();
        if name != "soctherm_oc" && !name.starts_with("ina3221") {
            continue;
        }
        for path in entries(&monitor, "oc") {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            if file.ends_with("_event_cnt") {
                add(&mut total, &monitor, &file)?;
            }
        }
    }
    Ok(total)
}

fn add(total: &mut Option<u64>, folder: &Path, counter: &str) -> Result<(), String> {
    if folder.join(counter).exists() {
        let count: u64 = number(folder, counter, "how often it was throttled")?;
        *total = Some(total.unwrap_or(0).saturating_add(count));
    }
    Ok(())
}

/// The active cooling devices, including fans, with their states, or `none`.
fn cooling(sysfs: &Path) -> Result<String, String> {
    let devices = folders(&sysfs.join("class/thermal"), "cooling_device");
    let states = devices.iter().filter_map(|device| {
        // Some are -1 while inactive.
        let state: i64 = number(device, "cur_state", "it").ok()?;
        let kind = reported(device, "type", "it").unwrap_or_else(|_| "unnamed".to_owned());
        Some((kind, state))
    });
    let states: Vec<_> = states.collect();
    if states.is_empty() {
        return Err("no cooling device can be read".to_owned());
    }
    let mut active: Vec<String> =
        states.into_iter().filter(|(_, state)| *state > 0).map(|(kind, state)| format!("{kind} at {state}")).collect();
    active.sort();
    Ok(if active.is_empty() { "none".to_owned() } else { active.join(", ") })
}

/// Parts of the types of cooling devices that slow a processor down, in lower case: ACPI's `Processor`, Intel's idle
/// injection, `cpufreq-cpu0`, `thermal-cpufreq-0`, `thermal-devfreq-0`, `cpu-idle-0`, and the throttling of a Jetson, such
/// as `tegra-heavy`.
const SLOW: [&str; 9] = ["processor", "powerclamp", "cpu", "gpu", "devfreq", "idle", "throttl", "balanced", "heavy"];

/// Whether an active cooling device, by its type, slows a processor down. Fans, displays, radios and chargers do not,
/// and the offset of Intel's thermal control circuit (TCC) is a setting.
pub fn slows(device: &str) -> bool {
    let device = device.to_lowercase();
    !device.contains("fan") && SLOW.iter().any(|part| device.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{fixture, known};
    use results::Observation;

    const CORES: [(&str, &str); 3] = [
        ("devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n"),
        ("devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "10\n"),
        ("devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "4\n"),
    ];
    const BOARD: [(&str, &str); 5] = [
        ("class/hwmon/hwmon1/name", "soctherm_oc\n"),
        ("class/hwmon/hwmon1/oc1_event_cnt", "100\n"),
        ("class/hwmon/hwmon1/oc3_event_cnt", "20\n"),
        ("class/hwmon/hwmon1/oc1_throt_en", "1\n"),
        ("class/hwmon/hwmon2/oc1_event_cnt", "7000\n"),
    ];

    #[test]
    fn events_are_the_sum_of_all_counters() {
        assert_eq!(events(fixture(&CORES).path()), Ok(17));
        assert_eq!(events(fixture(&BOARD).path()), Ok(120));
        assert_eq!(events(fixture(&[&CORES[..], &BOARD[..]].concat()).path()), Ok(137));
        assert!(events(fixture(&[]).path()).is_err());
        assert!(events(fixture(&[CORES[0], (CORES[1].0, "many\n")]).path()).is_err());
    }

    #[test]
    fn a_point_has_the_events_between_two_moments() {
        let read = |files: &[_]| Throttling::read(fixture(files).path());
        let observations = read(&CORES[..1]).observations_until(&read(&[(CORES[0].0, "5\n")]));
        assert_eq!(
            (&observations["thermal_events_before"], &observations["thermal_events_after"]),
            (&known(3), &known(5))
        );
        assert_eq!(observations["throttle_events"], known(2));
        assert!(matches!(observations["over_current_events_after"], Observation::Unknown { .. }));
    }

    #[test]
    fn only_active_cooling_devices_are_reported() {
        let device = |state: &str| {
            cooling(
                fixture(&[
                    ("class/thermal/cooling_device0/type", "Processor\n"),
                    ("class/thermal/cooling_device0/cur_state", state),
                    ("class/thermal/cooling_device1/type", "intel_powerclamp\n"),
                    ("class/thermal/cooling_device1/cur_state", "-1\n"),
                ])
                .path(),
            )
        };
        assert_eq!(device("3\n").as_deref(), Ok("Processor at 3"));
        assert_eq!(device("0\n").as_deref(), Ok("none"));
        assert!(cooling(fixture(&[]).path()).is_err());
    }
}
