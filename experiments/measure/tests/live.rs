//! Power that changes while it is read: a board whose files follow a known curve, so that energy can be compared with
//! the closed form, and boards whose rails stop, vanish or show impossible values.

#[path = "live/board.rs"]
mod board;

use std::fs;
use std::time::{Duration, Instant};
use std::{panic, thread};

use board::{Board, Curve};
use measure::environment::clock;
use measure::power::Watch;
use measure::rail;
use measure::rail::computes::Computes;
use measure::rail::selection::Selector;
use results::power::Watched;
use results::power::budget::{COVERAGE, Kind};
use results::{Power, Protocol};

/// Few readings, since these tests are about their values.
fn protocol() -> Protocol {
    Protocol { processes: 1, idle_seconds: 0.5, power_readings: 40, power_limit_seconds: 5.0, ..Protocol::default() }
}

/// The last digit of a power. As with a real sensor, it changes at every reading: up in steps of 1 mW, and back. Its
/// mean is 2 mW.
fn last_digit(now: f64) -> f64 {
    0.001 * (now * 223.0).floor().rem_euclid(5.0)
}

fn alive(watts: f64) -> Curve {
    Box::new(move |now| watts + last_digit(now))
}

fn watch(board: &Board) -> Watch {
    rail::watch(&Selector::Auto, &Computes::Processor, board.sysfs()).expect("a source").expect("a readable source")
}

/// The length of a window [s]: `seconds`, or longer where a busy machine needs it for the readings.
fn window(watch: &Watch, seconds: f64) -> f64 {
    watch.min_window(&protocol()).0.max(seconds)
}

/// The power with a load of 8 W, in the middle of which `during` is called, between idle intervals at 2 W.
fn power(seconds: f64, during: impl FnOnce(&mut Board)) -> Power {
    let mut board = Board::start(alive(2.0));
    let mut watch = watch(&board);
    watch.record_idle(&protocol()).expect("a clock");
    let seconds = window(&watch, seconds);
    board.follow(alive(8.0));
    let from = clock::now().expect("a clock");
    thread::sleep(Duration::from_secs_f64(seconds / 2.0));
    during(&mut board);
    thread::sleep(Duration::from_secs_f64(seconds / 2.0));
    let to = clock::now().expect("a clock");
    board.follow(alive(2.0));
    watch.record_idle(&protocol()).expect("a clock");
    watch.end(&[(from, to)], &protocol()).expect("a clock")
}

fn unusable(power: Power) -> String {
    let Power::Unusable { source, reason } = power else { panic!("{power:?}") };
    assert_eq!(source, "ina3221");
    reason
}

#[test]
fn the_energy_of_steps_and_ramps_is_that_of_the_closed_form() {
    let board = Board::start(alive(2.0));
    let mut watch = watch(&board);
    watch.record_idle(&protocol()).expect("a clock");
    let from = clock::now().expect("a clock") + 0.05;
    // From idle a step to 8 W for 0.8 s, a ramp to 12 W over 0.8 s, a step down to 6 W for 0.8 s, and back to idle.
    board.follow(Box::new(move |now| {
        let level = match now - from {
            time if (0.0..0.8).contains(&time) => 8.0,
            time if (0.8..1.6).contains(&time) => 8.0 + 5.0 * (time - 0.8),
            time if (1.6..2.4).contains(&time) => 6.0,
            _ => 2.0,
        };
        level + last_digit(now)
    }));
    let to = from + 2.4;
    thread::sleep(Duration::from_secs_f64(2.5));
    watch.record_idle(&protocol()).expect("a clock");
    let power = watch.end(&[(from, to)], &protocol()).expect("a clock");
    let Power::Measured { watched } = power else { panic!("{power:?}") };
    let Watched { sensor, idle, load, budget } = *watched;
    assert!((load[0].seconds - 2.4).abs() < 1e-6);

    let joules = 8.0 * 0.8 + 10.0 * 0.8 + 6.0 * 0.8 + 0.002 * 2.4;
    // The uncertainty of the integral alone, without repetitions: variation of power within the window is not an error.
    let parts = budget.parts.iter().filter(|part| part.kind != Kind::Repetitions).filter_map(|part| part.watts);
    let uncertainty = COVERAGE * parts.map(|watts| watts * watts).sum::<f64>().sqrt() * budget.seconds;
    // Plus the delay of the files themselves, at steps of 6 W at both ends and one of 6 W in between.
    let late = 6.0 * board.latest();
    let off = (budget.energy - joules).abs();
    assert!(off <= uncertainty + late, "{} J instead of {joules} J: {off} > {uncertainty} + {late}", budget.energy);
    assert!(uncertainty < 0.02 * joules, "{uncertainty}");
    assert!((budget.idle - 2.0).abs() < 0.02, "{}", budget.idle);

    // VDD_GPU draws half of it and is not part of the total.
    let gpu = sensor.rails.iter().position(|rail| rail.name == "VDD_GPU").expect("a rail");
    let of_gpu = results::power::energy::of_rail(&sensor, &load[0], gpu).expect("readings");
    assert!((of_gpu - budget.energy / 2.0).abs() < 0.01 * joules && !sensor.rails[gpu].in_total);
    assert!(
        sensor.fixture && sensor.words().starts_with("fixture, not this machine: ina3221 VDD_IN"),
        "{}",
        sensor.words()
    );
    assert!(sensor.processor_share < 0.2 && idle.len() == 2);
}

#[test]
fn a_constant_load_is_its_net_power_within_its_own_uncertainty() {
    let power = power(1.2, |_| ());
    let Power::Measured { watched } = power else { panic!("{power:?}") };
    let budget = &watched.budget;
    // The window may begin a few milliseconds before the first file changes.
    assert!((budget.net() - 6.0).abs() < budget.half_width() + 0.3, "{budget:?}");
    assert!(budget.readings >= 40 && budget.updates >= 40.0, "{budget:?}");
}

#[test]
fn a_load_that_the_monitor_cannot_distinguish_from_idle_is_below_its_resolution() {
    let below = || {
        let board = Board::start(alive(2.0));
        let mut watch = watch(&board);
        watch.record_idle(&protocol()).expect("a clock");
        let from = clock::now().expect("a clock");
        thread::sleep(Duration::from_secs_f64(window(&watch, 1.2)));
        let to = clock::now().expect("a clock");
        watch.record_idle(&protocol()).expect("a clock");
        let power = watch.end(&[(from, to)], &protocol()).expect("a clock");
        matches!(power, Power::BelowResolution { .. })
    };
    // With a 95 % interval, one window in twenty shows a load where there is none, and five of five do so once in three
    // million runs.
    assert!((0..5).any(|_| below()));
}

#[test]
fn a_rail_that_vanishes_is_reported_with_its_name_and_the_time() {
    let reason = unusable(power(1.2, |board| {
        board.stop();
        fs::remove_file(board.total()).expect("a file");
    }));
    assert!(reason.starts_with("VDD_IN: No such file or directory, "), "{reason}");
}

#[test]
fn a_rail_that_stalls_is_reported_with_the_time() {
    let reason = unusable(power(4.0, Board::stop));
    assert!(reason.starts_with("VDD_IN under load: it stopped changing after "), "{reason}");
}

#[test]
fn invalid_and_impossible_values_are_reported() {
    for (text, expected) in [
        ("busy ma\n", "VDD_IN: `busy ma` is not a number"),
        ("-500\n", "VDD_IN under load: -0.500 W after"),
        ("900000000\n", "VDD_IN under load: 900000.000 W after"),
    ] {
        let reason = unusable(power(1.2, |board| {
            board.stop();
            fs::write(board.total(), text).expect("a file");
        }));
        assert!(reason.starts_with(expected), "{text}: {reason}");
    }
}

#[test]
fn a_source_with_a_very_long_update_period_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let chip = folder.path().join("class/hwmon/hwmon0");
    fs::create_dir_all(&chip).expect("a folder");
    for (file, text) in [("name", "ina226\n"), ("power1_input", "5000000\n"), ("update_interval", "1e300\n")] {
        fs::write(chip.join(file), text).expect("a file");
    }
    let wanted: Selector = "hwmon:ina226/power1".parse().expect("a source");
    let mut watch =
        rail::watch(&wanted, &Computes::Processor, folder.path()).expect("a source").expect("a readable source");
    let soon = Protocol { power_limit_seconds: 0.3, ..protocol() };
    let before = Instant::now();
    watch.record_idle(&soon).expect("a clock");
    assert!(watch.min_window(&soon).0 <= 0.3);
    // Four waits of 0.3 s and one of half a second, not ten updates.
    assert!(before.elapsed() < Duration::from_secs(60));
}

#[test]
fn too_few_readings_are_reported_with_their_number() {
    let many = Protocol { power_readings: 1000, ..protocol() };
    let board = Board::start(alive(2.0));
    let mut watch = watch(&board);
    watch.record_idle(&many).expect("a clock");
    assert!(watch.min_window(&many).0 <= 5.0);
    let from = clock::now().expect("a clock");
    thread::sleep(Duration::from_millis(300));
    let to = clock::now().expect("a clock");
    watch.record_idle(&many).expect("a clock");
    let reason = unusable(watch.end(&[(from, to)], &many).expect("a clock"));
    assert!(reason.contains("and the protocol requires 1000"), "{reason}");
}
