//! The program `measure point` on a board with a power monitor: the power in its record, and that times are kept when
//! power is unusable.

#[path = "live/board.rs"]
mod board;
#[path = "common/point.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use board::{Board, Curve};
use common::{child_of, point, record, text};
use results::{Outcome, Point, Power, PowerEstimate, Record};

/// A power whose last digit changes all the time, as that of a real sensor does.
fn alive(watts: f64) -> Curve {
    Box::new(move |now| watts + 0.002 * (now * 223.0).floor().rem_euclid(2.0))
}

/// The record of a point on a board that draws 2 W, and 8 W while the process that computes exists. `during` is called
/// once that process has started.
fn measured(change: &[(&str, &str)], during: impl FnOnce(&mut Board)) -> Record {
    let folder = tempfile::tempdir().expect("a folder");
    let mut board = Board::start(alive(2.0));
    let sysfs = board.sysfs().to_str().expect("letters").to_owned();
    let flags = [("--sysfs", sysfs.as_str()), ("--idle-seconds", "0.4"), ("--power-readings", "30")];
    let mut command = point(folder.path(), &[&flags[..], change].concat());
    let program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let worker = child_of(program.id());
    board.follow(alive(8.0));
    during(&mut board);
    while Path::new(&format!("/proc/{worker}")).exists() {
        thread::sleep(Duration::from_millis(2));
    }
    board.follow(alive(2.0));
    record(folder.path(), &program.wait_with_output().expect("the program ends"))
}

#[test]
fn power_is_read_at_idle_and_during_the_window_which_is_long_enough_for_it() {
    let record = measured(&[], |_| ());
    assert_eq!(record.outcome, Outcome::Measured);
    let Power::Measured { watched } = &record.power else { panic!("{:?}", record.power) };
    assert_eq!((watched.idle.len(), watched.load.len()), (2, 1));
    let (budget, window) = (&watched.budget, watched.load[0].seconds);
    assert!((budget.net() - 6.0).abs() <= budget.half_width().max(0.05), "{budget:?}");
    // Five passes of this network take less time than thirty readings.
    assert!(budget.readings >= 30 && window >= 0.6, "{budget:?}");
    assert!((window - record.processes[0].interference.wall_seconds).abs() < 1e-6);

    let PowerEstimate::Measured { energy_per_image, source, rails, .. } = &Point::of(&record).power else {
        panic!("{:?}", record.power)
    };
    // The time of a pass may differ from the median by much where a machine is busy: the window is what had the power.
    let passes: Vec<f64> = record.processes[0].samples.iter().map(|sample| sample.0).collect();
    assert!(passes.iter().sum::<f64>() <= window, "{passes:?} {window}");
    let of_pass = |watts: f64| watts * window / passes.len() as f64;
    let error = (energy_per_image.value - of_pass(6.0)).abs();
    assert!(error <= of_pass(budget.half_width().max(0.05)), "{energy_per_image:?} {}", of_pass(6.0));
    assert_eq!(source, "fixture, not this machine: ina3221 VDD_IN (module)");
    assert_eq!(rails.iter().map(|rail| rail.name.as_str()).collect::<Vec<_>>(), ["VDD_IN", "VDD_GPU", "VDD_CPU"]);
}

#[test]
fn each_of_several_processes_has_an_idle_interval_before_and_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // Its last digit changes more slowly than it is read. Otherwise, a few readings would see one of the two values
    // more often.
    let board = Board::start(Box::new(|now| 2.0 + 0.002 * (now * 25.0).floor().rem_euclid(2.0)));
    let sysfs = board.sysfs().to_str().expect("letters").to_owned();
    let flags =
        [("--sysfs", sysfs.as_str()), ("--idle-seconds", "0.3"), ("--power-readings", "30"), ("--processes", "2")];
    let output = point(folder.path(), &flags).output().expect("the program starts");
    let record = record(folder.path(), &output);
    // Nothing made it draw more.
    let Power::BelowResolution { watched } = &record.power else { panic!("{:?}", record.power) };
    assert_eq!((watched.idle.len(), watched.load.len()), (3, 2));
    assert!(matches!(Point::of(&record).power, PowerEstimate::BelowResolution { resolution } if resolution < 0.1));
}

#[test]
fn times_are_kept_when_a_rail_vanishes_while_it_is_read() {
    let record = measured(&[("--warm-up-seconds", "1")], |board| {
        thread::sleep(Duration::from_millis(500));
        board.stop();
        fs::remove_file(board.total()).expect("a file");
    });
    assert_eq!(record.outcome, Outcome::Measured);
    assert!(!record.processes[0].samples.is_empty());
    let Power::Unusable { reason, .. } = &record.power else { panic!("{:?}", record.power) };
    assert!(reason.starts_with("VDD_IN: No such file or directory"), "{reason}");
}

#[test]
fn a_source_can_be_requested_and_the_error_for_an_unknown_one_lists_those_that_exist() {
    let folder = tempfile::tempdir().expect("a folder");
    let board = Board::start(alive(2.0));
    let sysfs = board.sysfs().to_str().expect("letters").to_owned();
    let run = |power: &str| {
        let output = point(folder.path(), &[("--sysfs", sysfs.as_str()), ("--power", power)]).output();
        output.expect("the program starts")
    };
    let refused = run("rapl");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("no power source `rapl`")
            && text(&refused.stderr).contains("available sources: ina3221")
    );
    assert!(!folder.path().join("record.json").exists());
    let none = record(folder.path(), &run("none"));
    assert_eq!(none.power, Power::NotChosen { reason: "--power none was given".to_owned() });
}
