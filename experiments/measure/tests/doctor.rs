//! The command `measure doctor`: its output and its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs it on a machine that exposes nothing but its governor.
fn doctor(root: &Path, governor: &str, flags: &[&str]) -> Output {
    let file = root.join("devices/system/cpu/cpu0/cpufreq/scaling_governor");
    fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    fs::write(file, governor).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
    command.arg("doctor").args(flags);
    for flag in ["--procfs", "--sysfs", "--root"] {
        command.arg(flag).arg(root);
    }
    command.output().expect("the program starts")
}

#[test]
fn only_strict_mode_fails_on_a_problem_to_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    for (governor, flags, code) in [
        ("powersave\n", &[][..], 0),
        ("powersave\n", &["--strict"][..], 1),
        ("performance\n", &[][..], 0),
        ("performance\n", &["--strict"][..], 0),
    ] {
        let output = doctor(folder.path(), governor, flags);
        assert_eq!(output.status.code(), Some(code), "{governor}{flags:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn it_shows_the_machine_and_then_what_to_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = doctor(folder.path(), "powersave\n", &[]);
    let text = String::from_utf8(output.stdout).expect("a text");
    let (table, findings) = text.split_once("\nBefore measuring\n").expect("two parts");
    assert!(table.contains("\n  governor                  powersave\n"), "{table}");
    assert!(findings.starts_with("  fix:   the clocks are not fixed: governor powersave"), "{findings}");
    let command = format!("$ for i in {}/devices/system/cpu/cpu[0-9]*/cpufreq; do ", folder.path().display());
    assert!(findings.contains(&command), "{findings}");
    assert!(findings.lines().last().is_some_and(|line| line.starts_with("1 problem to fix, ")), "{findings}");
}

#[test]
#[cfg(not(any(feature = "vulkan", feature = "cuda")))]
fn it_shows_the_power_source_that_fits_the_device_as_the_command_sensors_does() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [
        ("class/powercap/intel-rapl:0/name", "package-0\n"),
        ("class/powercap/intel-rapl:0/energy_uj", "1000\n"),
        ("class/hwmon/hwmon4/name", "amdgpu\n"),
        ("class/hwmon/hwmon4/in0_label", "vddgfx\n"),
        ("class/hwmon/hwmon4/freq2_label", "mclk\n"),
        ("class/hwmon/hwmon4/power1_average", "35000000\n"),
    ] {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    for (device, last) in [
        ("cpu", "selected: rapl package-0: "),
        ("vulkan:software", "selected: rapl package-0: "),
        ("vulkan", "selected: hwmon:amdgpu power1: "),
        ("cuda", "no power would be measured: no source is known to cover the graphics processor"),
    ] {
        let of_doctor = doctor(folder.path(), "performance\n", &["--device", device]).stdout;
        let mut sensors = Command::new(env!("CARGO_BIN_EXE_measure"));
        sensors.args(["sensors", "--seconds", "0.1", "--device", device, "--sysfs"]).arg(folder.path());
        for output in [of_doctor, sensors.output().expect("the program starts").stdout] {
            let text = String::from_utf8(output).expect("a text");
            assert!(text.lines().last().is_some_and(|line| line.starts_with(last)), "{device}: {text}");
        }
    }
}

/// A machine of `cores` processors in two sockets with two threads a core, or of one. The last one's clock has another
/// bound.
fn machine(root: &Path, cores: usize) {
    let mut cpuinfo = String::new();
    for core in 0..cores {
        cpuinfo += &format!("processor\t: {core}\nmodel name\t: Some processor\ncpu MHz\t\t: 2000.000\n\n");
        let (sibling, max) = (core / 2 * 2, if core + 1 == cores && cores > 1 { 3_000_000 } else { 2_000_000 });
        let siblings = if cores > 1 { format!("{sibling}-{}", sibling + 1) } else { "0".to_owned() };
        for (file, text) in [
            ("topology/physical_package_id", (core * 2 / cores).to_string()),
            ("topology/thread_siblings_list", siblings),
            ("cpufreq/scaling_governor", "performance".to_owned()),
            ("cpufreq/scaling_min_freq", "2000000".to_owned()),
            ("cpufreq/scaling_max_freq", max.to_string()),
            ("cpufreq/scaling_cur_freq", "2000000".to_owned()),
        ] {
            let file = root.join(format!("devices/system/cpu/cpu{core}")).join(file);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, text + "\n").expect("a file");
        }
    }
    fs::write(root.join("cpuinfo"), cpuinfo).expect("a file");
}

#[test]
fn one_processor_and_three_hundred_are_counted_and_all_their_clocks_looked_at() {
    for (cores, sockets, threads, fixed) in [(1, "1", "1", "yes"), (300, "2", "2", "no")] {
        let folder = tempfile::tempdir().expect("a folder");
        machine(folder.path(), cores);
        let text = String::from_utf8(doctor(folder.path(), "performance\n", &[]).stdout).expect("a text");
        let shows = |what: &str, value: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(what)).expect("a line");
            assert!(line.ends_with(&format!(" {value}")), "{cores}: {line}");
        };
        shows("sockets", sockets);
        shows("threads of a core", threads);
        shows("clocks fixed", fixed);
        shows("maximum clock", if cores == 1 { "2000.0 MHz" } else { "3000.0 MHz" });
    }
}
