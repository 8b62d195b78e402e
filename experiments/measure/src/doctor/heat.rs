//! Whether the machine is hot or throttled.

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::environment::throttling;

/// An idle machine this hot [°C] has little margin to the 85 to 100 at which processors and boards slow down.
const HOT: f64 = 70.0;

/// Checks temperatures, throttling, and events of overheating and over-current.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    [now(snapshot), hot(snapshot), cooling(snapshot), heat_before(snapshot), current_before(snapshot)]
        .into_iter()
        .flatten()
        .collect()
}

const WILL_SLOW: &str = "under load it soon slows down to protect itself, and times then measure its cooling";
const SLOWS: &str = "the machine slows down to protect itself, and times then measure its cooling";

fn now(snapshot: &Snapshot) -> Option<Finding> {
    let events = snapshot.number("throttle_events").filter(|events| *events > 0.0)?;
    let zones = snapshot.file("class/thermal/thermal_zone*/temp");
    let what = format!("the machine was throttled {events} times while this program ran");
    Some(Finding::fix(what, SLOWS, format!("watch grep . {zones}    # let it cool, or cool it better")))
}

fn hot(snapshot: &Snapshot) -> Option<Finding> {
    let hottest = snapshot.number("temperature_after_celsius").filter(|hottest| *hottest >= HOT)?;
    let zones = snapshot.file("class/thermal/thermal_zone*/temp");
    let zone = snapshot.text("hottest_zone_after").filter(|zone| *zone != "unnamed");
    let what =
        format!("the hottest part{} is at {hottest} °C", zone.map(|zone| format!(" ({zone})")).unwrap_or_default());
    Some(Finding::fix(what, WILL_SLOW, format!("watch grep . {zones}    # wait until it is cool")))
}

fn cooling(snapshot: &Snapshot) -> Option<Finding> {
    let devices = snapshot.text("cooling_after")?.split(", ").filter(|device| throttling::slows(device));
    let devices: Vec<&str> = devices.collect();
    let states = snapshot.file("class/thermal/cooling_device*/cur_state");
    (!devices.is_empty()).then(|| {
        let what = format!("the machine slows down to cool: {}", devices.join(", "));
        Finding::fix(what, SLOWS, format!("watch grep . {states}    # wait until all are 0"))
    })
}

fn heat_before(snapshot: &Snapshot) -> Option<Finding> {
    let events = snapshot.number("thermal_events_after").filter(|events| *events > 0.0)?;
    let what = format!("cores overheated {events} times since the machine started");
    Some(Finding::note(what, "it may happen again under load; each record counts how often it did"))
}

fn current_before(snapshot: &Snapshot) -> Option<Finding> {
    let events = snapshot.number("over_current_events_after").filter(|events| *events > 0.0)?;
    let what = format!("the board drew too much current {events} times since it started");
    Some(Finding::note(what, "it slows down each time; a stronger supply or a lower power mode avoids that"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;
    use crate::environment::known;

    fn one(files: &[(&str, &str)]) -> Finding {
        let mut found = check(&of(files));
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_hot_machine_is_a_problem() {
        let zone = |temperature| {
            [("class/thermal/thermal_zone0/type", "CPU-therm\n"), ("class/thermal/thermal_zone0/temp", temperature)]
        };
        let found = one(&zone("70000\n"));
        assert_eq!((found.severity, found.what.as_str()), (Severity::Fix, "the hottest part (CPU-therm) is at 70 °C"));
        assert!(check(&of(&zone("69900\n"))).is_empty());
    }

    #[test]
    fn cooling_that_slows_the_machine_is_a_problem_and_a_fan_is_not() {
        let device = |kind, state| {
            [("class/thermal/cooling_device0/type", kind), ("class/thermal/cooling_device0/cur_state", state)]
        };
        for kind in [
            "Processor",
            "intel_powerclamp",
            "thermal-cpufreq-0",
            "cpufreq-cpu4",
            "thermal-devfreq-0",
            "cpu-balanced",
            "tegra-heavy",
        ] {
            let found = one(&device(kind, "3\n"));
            assert_eq!(found.what, format!("the machine slows down to cool: {kind} at 3"));
            assert_eq!(found.severity, Severity::Fix);
            assert!(check(&of(&device(kind, "0\n"))).is_empty() && check(&of(&device(kind, "-1\n"))).is_empty());
        }
        // A fan, a setting of the firmware, the brightness of a display, a radio, a charger.
        for kind in ["Fan", "pwm-fan", "dell-smm-fan1", "gpu_fan", "TCC Offset", "LCD", "iwlwifi", "TCHG", "INT3406"] {
            assert!(check(&of(&device(kind, "2\n"))).is_empty(), "{kind}");
        }
    }

    #[test]
    fn past_events_are_noted() {
        let found = one(&[("devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "12\n")]);
        assert_eq!(
            (found.severity, found.what.as_str()),
            (Severity::Note, "cores overheated 12 times since the machine started")
        );
        let found = one(&[("class/hwmon/hwmon0/name", "soctherm_oc\n"), ("class/hwmon/hwmon0/oc2_event_cnt", "4\n")]);
        assert!(found.severity == Severity::Note && found.what.contains("too much current 4 times"), "{found:?}");
    }

    #[test]
    fn present_events_are_a_problem() {
        let mut snapshot = of(&[]);
        snapshot.observations.insert("throttle_events".to_owned(), known(2));
        let found = check(&snapshot);
        assert!(
            found.len() == 1 && found[0].severity == Severity::Fix && found[0].what.contains("2 times"),
            "{found:?}"
        );
    }
}
