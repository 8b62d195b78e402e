//! Power sources of boards and machines, as their kernels show them, compared with values computed by hand.

#[path = "boards/expectation.rs"]
mod expectation;
#[path = "boards/unpack.rs"]
mod unpack;

use std::fs;

use expectation::Shown;
use measure::rail;
use measure::rail::files::Files;
use measure::rail::source::{Reading, Readings, Source};
use unpack::Board;

/// The second reading of each source.
fn shown(board: &Board) -> Shown {
    let sources = rail::find(board.sysfs());
    let mut readers: Vec<Files> = sources.iter().map(Files::of).collect();
    for reader in &mut readers {
        one(reader);
    }
    board.go_on();
    let readings: Vec<Reading> = readers.iter_mut().map(one).collect();
    Shown(sources.into_iter().zip(readings).collect())
}

/// The one reading that files give when they are polled.
fn one(reader: &mut Files) -> Reading {
    let mut readings = reader.take();
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

/// The source with this name, and a reader for it.
fn source(board: &Board, name: &str) -> (Source, Files) {
    let source = rail::find(board.sysfs()).into_iter().find(|source| source.name == name).expect("the source");
    let files = Files::of(&source);
    (source, files)
}

#[test]
fn every_board_meets_its_expectations() {
    let names = unpack::names();
    assert!(names.len() >= 36, "{names:?}");
    for name in names {
        let board = Board::unpack(&name);
        assert!(!board.expectations.is_empty(), "{name} has no expectations");
        let shown = shown(&board);
        for words in &board.expectations {
            if let Err(found) = shown.meets(words) {
                panic!("{name}: expected `{words}`, found {found}");
            }
        }
    }
}

#[test]
fn every_board_cites_the_origin_of_its_layout_and_lists_its_sources() {
    for name in unpack::names() {
        let file = format!("{}/tests/boards/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(file).expect("a board");
        assert!(text.starts_with("# "), "{name}");
        assert!(Board::unpack(&name).expectations[0].starts_with("sources "), "{name}");
    }
}

#[test]
fn an_expectation_that_is_not_met_is_reported() {
    let shown = shown(&Board::unpack("tx1"));
    for words in [
        "sources none",
        "rapl rails package-0",
        "ina3221 rails VDD_IN",
        "ina3221 rail VDD_IN 6.841 W",
        "ina3221 rail VDD_IN 6.840 J",
        "ina3221 rail VDD_XX 6.840 W",
        "ina3221 total VDD_GPU 1.216 W",
        "ina3221 total unknown: rails",
        "ina3221 scope board",
        "ina3221 step VDD_IN 0.038 W",
        "ina3221 accuracy VDD_IN none",
        "ina3221 period 0.001 s",
        "ina3221 locked VDD_IN permission",
        "ina3221 unavailable connected",
        "ina3221 what TX2",
        "ina3221 card 0000:03:00.0",
        "ina3221 colour green",
    ] {
        assert!(shown.meets(words).is_err(), "{words}");
    }
}

#[test]
fn a_machine_without_sensor_files_has_no_source() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(rail::find(folder.path()), []);
}

#[test]
fn a_rail_that_vanishes_does_not_affect_the_others() {
    let board = Board::unpack("tx1");
    let (source, mut files) = source(&board, "ina3221");
    assert!(one(&mut files).values.iter().all(Result::is_ok));
    fs::remove_file(board.sysfs().join("bus/i2c/drivers/ina3221x/1-0040/iio:device0/in_power1_input")).expect("a file");
    let values = one(&mut files).values;
    assert_eq!(source.rails[1].name, "VDD_GPU");
    assert_eq!(values[1], Err("No such file or directory".to_owned()));
    assert!(values[0].is_ok() && values[2].is_ok());
}

#[test]
fn invalid_content_is_an_error_and_not_a_value() {
    let board = Board::unpack("tx1");
    let (_, mut files) = source(&board, "ina3221");
    let long = "9".repeat(1000);
    for content in ["", "32760 ma", "nan", "inf", "1e999", "0x10", "\u{1b}[2J", "6840 6840", &long] {
        board.write("bus/i2c/drivers/ina3221x/1-0040/iio:device0/in_power0_input", content);
        let values = one(&mut files).values;
        let reason = values[0].as_ref().expect_err(content);
        assert!(reason.len() < 100 && !reason.chars().any(char::is_control), "{reason}");
        assert!(values[1].is_ok());
    }
}

#[test]
fn a_power_may_be_negative_and_a_counter_may_not() {
    let board = Board::unpack("thor");
    let (_, mut files) = source(&board, "ina3221");
    // A rail that is switched off may show a current of one negative step, here at 19.6 V.
    board.write("bus/i2c/drivers/ina3221/2-0040/hwmon/hwmon4/curr1_input", "-20");
    let power = one(&mut files).values[0].clone().expect("a power");
    assert!((power + 0.392).abs() < 1e-12, "{power} W");
    let board = Board::unpack("desktop-intel");
    let (_, mut files) = source(&board, "rapl");
    assert!(one(&mut files).values[0].is_ok());
    board.write("class/powercap/intel-rapl:0/energy_uj", "-5");
    assert_eq!(one(&mut files).values[0], Err("-5 is not a count".to_owned()));
}

#[test]
fn a_counter_continues_at_every_wrap() {
    let board = Board::unpack("desktop-intel");
    let (source, mut files) = source(&board, "rapl");
    let index = source.rails.iter().position(|rail| rail.name == "package-0").expect("the rail");
    let counter = "class/powercap/intel-rapl:0/energy_uj";
    // Its range is 262143.328850 J. Twice, it goes from 10 J before the wrap to 10 J after it.
    let mut last = 0.0;
    for (count, expected) in
        [("262133328850", 0.0), ("10000000", 20.0), ("262133328850", 262_143.328_850), ("10000000", 262_163.328_850)]
    {
        board.write(counter, count);
        last = one(&mut files).values[index].clone().expect("an energy");
        assert!((last - expected).abs() < 1e-6, "{count}: {last} J");
    }
    // Without a range, the counter must not decrease.
    fs::remove_file(board.sysfs().join("class/powercap/intel-rapl:0/max_energy_range_uj")).expect("a file");
    board.write(counter, "0");
    assert!(one(&mut files).values[index].clone().expect("an energy") >= last);
}
