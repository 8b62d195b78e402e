//! GPUs through a library that replaces that of NVIDIA's driver.
#![cfg(target_os = "linux")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use measure::rail::source::{Reading, Source, Total};
use measure::rail::{self, nvml};
use results::power::{Quantity, Scope};
use tempfile::TempDir;

/// The library for a kind of machine, and the folder that contains it.
fn library(case: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("libnvidia-ml.so.1");
    let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nvml/fake.rs");
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "cdylib", "--crate-name", "fake", "--cfg"])
        .arg(format!("case=\"{case}\""))
        .args(["--allow", "unexpected_cfgs", "--allow", "non_snake_case", "-o"])
        .args([&library, &fake])
        .status();
    assert!(status.expect("rustc").success());
    (folder, library)
}

fn found(case: &str) -> (TempDir, Vec<Source>) {
    let (folder, library) = library(case);
    let found = nvml::find(Some(&library));
    (folder, found)
}

/// Two readings of a source.
fn read(source: &Source) -> [Reading; 2] {
    let mut readings = rail::open(source).expect("it opens");
    let first = readings.take().remove(0);
    thread::sleep(Duration::from_millis(200));
    [first, readings.take().remove(0)]
}

#[test]
fn an_energy_counter_is_preferred_to_any_power() {
    let (_folder, found) = found("counter");
    assert_eq!(found.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["nvml:0", "nvml:1"]);
    assert_eq!(found[0].what, "NVIDIA Fixture 9000, its own energy counter through driver 550.54.15");
    for (source, watts) in found.iter().zip([150.0, 40.0]) {
        assert_eq!((source.rails[0].access.quantity(), source.scope), (Quantity::Energy, Scope::Gpu));
        let [first, second] = read(source);
        let energy = second.value(0).expect("joules") - first.value(0).expect("joules");
        let seen = energy / (second.at - first.at);
        // The time of a reading is only known to within its duration.
        assert!((seen / watts - 1.0).abs() < 0.2, "{seen} W");
        assert_eq!(first.value(0), Some(0.0));
        assert_eq!(source.averaging, None);
    }
}

#[test]
fn without_a_counter_instantaneous_power_is_read_and_otherwise_the_power_usage() {
    let (_folder, instant) = found("instant");
    assert_eq!(read(&instant[1])[1].value(0), Some(40.0));
    assert!(instant[1].what.contains("its instantaneous power") && instant[1].averaging.is_none());
    let (_folder, usage) = found("usage");
    assert_eq!(read(&usage[0])[1].value(0), Some(150.0));
    // The GA100 reports instantaneous power, other Ampere GPUs the mean of a second.
    assert_eq!([usage[0].averaging, usage[1].averaging], [None, Some(1.0)]);
    assert!(usage.iter().all(|source| source.rails[0].accuracy.is_none()));
}

#[test]
fn accuracy_is_only_known_for_kepler_gpus() {
    let (_folder, found) = found("kepler");
    let accuracy = found[0].rails[0].accuracy.as_ref().expect("an accuracy");
    assert_eq!((accuracy.percent, found[0].averaging), (5.0, None));
}

#[test]
fn a_gpu_that_cannot_be_read_reports_a_remedy() {
    for (case, reason, remedy) in [
        ("mismatch", "version mismatch", "restart the machine"),
        ("forbidden", "does not have permission", "usermod -aG video"),
    ] {
        let (_folder, found) = found(case);
        let locked = found[0].rails[0].locked.as_ref().expect("it is locked");
        assert!(locked.reason.contains(reason) && locked.remedy.contains(remedy), "{locked:?}");
    }
}

#[test]
fn without_a_library_a_driver_or_a_power_there_is_no_source() {
    assert_eq!(nvml::find(Some(Path::new("/nowhere/libnvidia-ml.so.1"))), []);
    for case in ["unloaded", "silent"] {
        assert_eq!(found(case).1, [], "{case}");
    }
}

#[test]
fn a_partitioned_gpu_has_no_known_total() {
    let (_folder, found) = found("partitioned");
    assert!(matches!(&found[0].total, Total::Unknown { why } if why.contains("MIG")));
}

#[test]
fn the_number_of_cuda_is_an_address_on_the_bus_only_where_that_is_certain() {
    let (_folder, library) = library("counter");
    let sources = nvml::find(Some(&library));
    let of = |source: &Source| source.card.as_ref().and_then(|card| card.address.clone());
    let addresses: Vec<String> = sources.iter().filter_map(of).collect();
    assert_eq!(addresses, ["0000:3b:00.0", "0000:af:00.0"]);
    let address = |number, visible, order| nvml::address_of_cuda(Some(&library), number, visible, order);
    let bus = Some("PCI_BUS_ID");
    for (number, visible, order, expected) in [
        (1, None, bus, Some(1)),
        (0, Some("1"), bus, Some(1)),
        (1, Some("1,0"), bus, Some(0)),
        (0, Some("GPU-1f2e-0b"), None, Some(1)),
        // The fastest first: of two cards, it is not known which that is.
        (1, None, None, None),
        (0, Some("1"), Some("FASTEST_FIRST"), None),
        (0, Some("GPU-1f2e"), None, None),
        (0, Some("MIG-1f2e-0b"), bus, None),
        (1, Some("1"), bus, None),
        (2, None, bus, None),
    ] {
        let expected: Option<&String> = expected.map(|index: usize| &addresses[index]);
        assert_eq!(address(number, visible, order).as_ref(), expected, "{number} {visible:?} {order:?}");
    }
}

#[test]
fn the_readings_of_a_lost_gpu_report_the_loss() {
    let (_folder, found) = found("lost");
    let mut readings = rail::open(&found[0]).expect("it opens");
    let last = (0..10).map(|_| readings.take().remove(0)).last().expect("ten");
    assert!(last.values[0].as_ref().is_err_and(|reason| reason.contains("fell off the bus")), "{last:?}");
}
