//! The observations in groups, with labels and units. A test lists those that are not shown, with the reason.

use results::Observation;
use serde_json::Value;

use crate::environment::Observations;

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unchanged.
    Plain,
    /// A number of bytes, in GB.
    Bytes,
    /// A number followed by a unit.
    Of(&'static str),
}

use Unit::{Bytes, Of, Plain};

/// Label, name of the observation, unit.
pub type Row = (&'static str, &'static str, Unit);

/// The groups in the order in which they are shown.
pub const GROUPS: [(&str, &[Row]); 8] = [
    (
        "machine",
        &[
            ("model", "machine_model", Plain),
            ("processor", "cpu_model", Plain),
            ("architecture", "architecture", Plain),
            ("cores for this process", "cpu_cores", Plain),
            ("sockets", "cpu_sockets", Plain),
            ("threads of a core", "threads_per_core", Plain),
            ("several threads in use", "smt_active", Plain),
            ("limit of cores", "cpu_limit_cores", Plain),
            ("hypervisor", "hypervisor", Plain),
            ("kernel", "kernel", Plain),
        ],
    ),
    (
        "program",
        &[
            ("program", "program", Plain),
            ("target", "target", Plain),
            ("compiler", "rustc", Plain),
            ("optimisation", "opt_level", Plain),
            ("debug assertions", "debug_assertions", Plain),
            ("burn", "burn", Plain),
            ("burn-flex", "burn_flex", Plain),
            ("gemm", "gemm", Plain),
            ("pulp", "pulp", Plain),
            ("rayon", "rayon", Plain),
            ("commit", "commit", Plain),
            ("files differ from it", "commit_changed", Plain),
        ],
    ),
    (
        "clocks",
        &[
            ("governor", "governor", Plain),
            ("driver", "clock_driver", Plain),
            ("clock now", "clock_after_mhz", Of("MHz")),
            ("minimum clock", "clock_min_mhz", Of("MHz")),
            ("maximum clock", "clock_max_mhz", Of("MHz")),
            ("turbo", "turbo", Plain),
            ("clocks fixed", "clocks_fixed", Plain),
        ],
    ),
    (
        "load",
        &[
            ("used by others now", "others_busy_percent", Of("%")),
            ("busiest now", "busiest", Plain),
            ("load of the last minute", "load_after", Plain),
            ("CPU pressure (PSI)", "cpu_psi_after_percent", Of("%")),
            ("steal time", "steal_percent", Of("%")),
        ],
    ),
    (
        "memory",
        &[
            ("memory", "memory_bytes", Bytes),
            ("available", "memory_available_bytes", Bytes),
            ("limit", "memory_limit_bytes", Bytes),
            ("limit of the shell", "resource_limit_bytes", Bytes),
            ("swap", "swap_bytes", Bytes),
            ("swap in use", "swap_used_bytes", Bytes),
            ("huge pages", "transparent_huge_pages", Plain),
            ("peak can be reset", "peak_resettable", Plain),
            ("can be ended first", "ended_first", Plain),
        ],
    ),
    (
        "heat",
        &[
            ("hottest part", "temperature_after_celsius", Of("°C")),
            ("hottest zone", "hottest_zone_after", Plain),
            ("cooling now", "cooling_after", Plain),
            ("overheating since start", "thermal_events_after", Of("times")),
            ("over-current since start", "over_current_events_after", Of("times")),
        ],
    ),
    ("power", &[("sensor", "power_sensor", Plain), ("power mode", "power_mode", Plain)]),
    (
        "graphics",
        &[
            ("Vulkan loader", "vulkan_loader", Plain),
            ("Vulkan drivers", "vulkan_drivers", Plain),
            ("graphics clock", "gpu_clock_after_mhz", Of("MHz")),
        ],
    ),
];

/// The value of an observation as text, or the reason why it is not known.
pub fn cell(observations: &Observations, (_, name, unit): &Row) -> String {
    match observations.get(*name) {
        Some(Observation::Known { value }) => value_cell(value, *unit),
        Some(Observation::Unknown { reason }) => format!("not known: {reason}"),
        None => "not known: it was not read".to_owned(),
    }
}

fn value_cell(value: &Value, unit: Unit) -> String {
    match (value, unit) {
        (Value::Bool(true), _) => "yes".to_owned(),
        (Value::Bool(false), _) => "no".to_owned(),
        (Value::String(text), _) => text.clone(),
        (number, Bytes) if number.as_u64() == Some(0) => "none".to_owned(),
        (number, Bytes) => format!("{:.2} GB", number.as_f64().unwrap_or_default() / 1e9),
        (number, Of(unit)) => format!("{number} {unit}"),
        (other, Plain) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::of;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_observation_is_shown_once_or_is_listed_as_not_shown() {
        let shown: Vec<&str> = GROUPS.iter().flat_map(|(_, rows)| rows.iter().map(|(_, name, _)| *name)).collect();
        let once: BTreeSet<&str> = shown.iter().copied().collect();
        assert_eq!(once.len(), shown.len());
        let snapshot = of(&[]);
        let known: BTreeSet<&str> = snapshot.observations.keys().map(String::as_str).collect();
        assert!(once.is_subset(&known), "{:?}", once.difference(&known));
        let is_not_shown = |name: &&&str| {
            // The later of two snapshots is shown, and differences between them only matter for a point.
            ["_before", "_pages", "_ticks"].iter().any(|end| name.ends_with(end))
                || name.contains("_before_")
                || name.contains("monotonic")
                || ["started_utc", "throttle_events"].contains(*name)
                // They belong to a device, and this command uses none.
                || name.starts_with("gpu_") && !name.contains("clock")
                // They belong to this build and this call, which may differ from those that measure.
                || ["build_settings", "environment_variables", "features", "target_features"].contains(*name)
        };
        let missing: Vec<_> = known.difference(&once).filter(|name| !is_not_shown(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn values_are_printed_with_their_units() {
        let cell = |value: Value, unit| value_cell(&value, unit);
        assert_eq!([cell(25_275_063_296_u64.into(), Bytes), cell(0.into(), Bytes)], ["25.28 GB", "none"]);
        assert_eq!((cell("none".into(), Bytes), cell(true.into(), Plain)), ("none".to_owned(), "yes".to_owned()));
        assert_eq!((cell(1500.5.into(), Of("MHz")), cell(4.into(), Plain)), ("1500.5 MHz".to_owned(), "4".to_owned()));
    }
}
