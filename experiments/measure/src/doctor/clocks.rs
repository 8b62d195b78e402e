//! Whether clocks are fixed, and whether threads share cores.

use results::clocks;

use super::finding::Finding;
use super::snapshot::Snapshot;

/// Checks the governor, turbo and the threads of a core.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    [governor(snapshot), turbo(snapshot), threads(snapshot)].into_iter().flatten().collect()
}

fn governor(snapshot: &Snapshot) -> Option<Finding> {
    if snapshot.text("governor").is_none() && snapshot.number("clock_max_mhz").is_none() {
        return Some(hidden(snapshot));
    }
    let words = clocks::not_fixed(&snapshot.observations)?;
    // That the bounds are equal and turbo goes beyond them is a finding of its own.
    if snapshot.is("turbo") && snapshot.number("clock_min_mhz") == snapshot.number("clock_max_mhz") {
        return None;
    }
    let command = match snapshot.is_jetson {
        true => "sudo nvpmodel -m 0 && sudo jetson_clocks".to_owned(),
        false => format!(
            "for i in {}; do cat $i/scaling_max_freq | sudo tee $i/scaling_min_freq; done",
            snapshot.file("devices/system/cpu/cpu[0-9]*/cpufreq")
        ),
    };
    Some(Finding::fix(
        format!("the clocks are not fixed: {words}"),
        "clocks follow the load, so a pass takes longer after a pause",
        command,
    ))
}

/// The note for a machine that does not show its clocks.
fn hidden(snapshot: &Snapshot) -> Finding {
    match snapshot.text("hypervisor") {
        Some(name) if name != "none" => Finding::note(
            "this is a virtual machine: the clocks belong to its host, which does not show them",
            "they may change while a point is measured, and its record cannot show that",
        ),
        _ => Finding::note(
            "the kernel shows no clock governor: the firmware sets the clocks, or nothing does",
            "they may change while a point is measured, and its record cannot show that",
        ),
    }
}

fn turbo(snapshot: &Snapshot) -> Option<Finding> {
    let is_intel = snapshot.text("clock_driver").is_some_and(|driver| driver.starts_with("intel_"));
    let (value, file) = match is_intel {
        true => (1, "devices/system/cpu/intel_pstate/no_turbo"),
        false => (0, "devices/system/cpu/cpufreq/boost"),
    };
    // Bounds below turbo exclude it.
    let is_used = snapshot.is("turbo") && !snapshot.is(clocks::FIXED);
    is_used.then(|| {
        Finding::fix(
            "turbo is on",
            "clocks fall as the chip warms up, so the first points look faster than the last",
            format!("echo {value} | sudo tee {}", snapshot.file(file)),
        )
    })
}

fn threads(snapshot: &Snapshot) -> Option<Finding> {
    snapshot.is("smt_active").then(|| {
        let why = "two threads on one core have less than twice its throughput, and times scatter more";
        Finding::note("each core runs several threads (SMT)", why)
            .with(format!("echo off | sudo tee {}", snapshot.file("devices/system/cpu/smt/control")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;

    const GOVERNOR: &str = "devices/system/cpu/cpu0/cpufreq/scaling_governor";
    const MIN: &str = "devices/system/cpu/cpu0/cpufreq/scaling_min_freq";
    const MAX: &str = "devices/system/cpu/cpu0/cpufreq/scaling_max_freq";
    const DRIVER: &str = "devices/system/cpu/cpu0/cpufreq/scaling_driver";
    const MOST: &str = "devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq";
    const BOOST: &str = "devices/system/cpu/cpufreq/boost";
    const JETSON: (&str, &str) = ("device-tree/compatible", "nvidia,tegra210\0");

    #[test]
    fn clocks_between_bounds_are_a_problem_under_any_governor() {
        for governor in ["schedutil", "performance"] {
            let found = check(&of(&[(GOVERNOR, governor), (MIN, "800000\n"), (MAX, "4200000\n")]));
            assert_eq!((found.len(), found[0].severity), (1, Severity::Fix));
            assert_eq!(found[0].what, format!("the clocks are not fixed: governor {governor}, 800 to 4200 MHz"));
            let command = "for i in sysfs/devices/system/cpu/cpu[0-9]*/cpufreq; do cat $i/scaling_max_freq | sudo tee $i/scaling_min_freq; done";
            assert_eq!(found[0].command.as_deref(), Some(command));
        }
        assert!(check(&of(&[(GOVERNOR, "performance\n")])).is_empty());
    }

    #[test]
    fn a_jetson_has_commands_of_its_own() {
        let found = check(&of(&[(GOVERNOR, "schedutil\n"), JETSON]));
        assert_eq!(found[0].command.as_deref(), Some("sudo nvpmodel -m 0 && sudo jetson_clocks"));
    }

    #[test]
    fn clusters_with_equal_bounds_of_their_own_are_fixed() {
        let (min, max) =
            ("devices/system/cpu/cpu4/cpufreq/scaling_min_freq", "devices/system/cpu/cpu4/cpufreq/scaling_max_freq");
        let clusters =
            [(GOVERNOR, "schedutil\n"), (MIN, "1400000\n"), (MAX, "1400000\n"), (min, "1800000\n"), (max, "1800000\n")];
        assert!(check(&of(&clusters)).is_empty());
        assert_eq!(check(&of(&[&clusters[..4], &[(max, "2000000\n")]].concat())).len(), 1);
    }

    #[test]
    fn turbo_beyond_equal_bounds_is_one_problem_and_below_them_none() {
        let files = |most| [(MIN, "2000000\n"), (MAX, "2000000\n"), (BOOST, "1\n"), (MOST, most)];
        let found = check(&of(&[&files("2000000\n")[..], &[(GOVERNOR, "performance\n")]].concat()));
        assert_eq!((found.len(), found[0].what.as_str()), (1, "turbo is on"));
        assert!(check(&of(&files("3600000\n"))).is_empty());
    }

    #[test]
    fn a_clock_with_equal_bounds_is_fixed_under_any_governor() {
        let files = |min| [(GOVERNOR, "schedutil\n"), (MIN, min), (MAX, "1734000\n")];
        assert!(check(&of(&files("1734000\n"))).is_empty());
        assert_eq!(check(&of(&files("102000\n"))).len(), 1);
    }

    #[test]
    fn the_clocks_of_a_virtual_machine_belong_to_its_host() {
        let of_flags = |flags: &str| check(&of(&[("cpuinfo", &format!("flags : {flags}\n"))])).remove(0);
        let (guest, host) = (of_flags("fpu hypervisor"), of_flags("fpu"));
        assert!(guest.severity == Severity::Note && guest.what.starts_with("this is a virtual machine"), "{guest:?}");
        assert!(
            host.severity == Severity::Note && host.what.starts_with("the kernel shows no clock governor"),
            "{host:?}"
        );
    }

    #[test]
    fn turbo_is_turned_off_by_the_switch_of_the_driver() {
        let intel = [(DRIVER, "intel_pstate\n"), ("devices/system/cpu/intel_pstate/no_turbo", "0\n")];
        let other = [(DRIVER, "acpi-cpufreq\n"), ("devices/system/cpu/cpufreq/boost", "1\n")];
        let command = |files: &[_]| check(&of(&[&[(GOVERNOR, "performance\n")], files].concat()))[0].command.clone();
        let intel = command(&intel);
        assert_eq!(intel.as_deref(), Some("echo 1 | sudo tee sysfs/devices/system/cpu/intel_pstate/no_turbo"));
        let other = command(&other);
        assert_eq!(other.as_deref(), Some("echo 0 | sudo tee sysfs/devices/system/cpu/cpufreq/boost"));
    }

    #[test]
    fn threads_that_share_a_core_are_noted() {
        let found = |active| check(&of(&[(GOVERNOR, "performance\n"), ("devices/system/cpu/smt/active", active)]));
        assert_eq!((found("1\n").len(), found("0\n").len()), (1, 0));
        assert_eq!(found("1\n")[0].severity, Severity::Note);
    }
}
