//! Power from an external meter, as a log that another program writes and as a command that prints, compared with the
//! values that were written.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use measure::environment::clock;
use measure::power::Watch;
use measure::rail;
use measure::rail::computes::Computes;
use measure::rail::selection::Selector;
use results::power::Scope;
use results::power::budget::Kind;
use results::{Power, Protocol};

/// Time between two lines.
const EVERY: Duration = Duration::from_millis(20);

fn protocol() -> Protocol {
    Protocol { processes: 1, idle_seconds: 0.5, power_readings: 40, power_limit_seconds: 8.0, ..Protocol::default() }
}

fn unix() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs_f64()
}

fn watch(wanted: &str) -> Watch {
    let wanted: Selector = wanted.parse().expect("a meter");
    rail::watch(&wanted, &Computes::Processor, Path::new("/nowhere")).expect("a source").expect("a readable source")
}

/// The power according to this meter. `load` is called when the load begins (`true`) and when it ends.
fn power(wanted: &str, load: impl Fn(bool)) -> Power {
    let mut watch = watch(wanted);
    thread::sleep(Duration::from_millis(300));
    watch.record_idle(&protocol()).expect("a clock");
    let seconds = watch.min_window(&protocol()).0.max(1.2);
    load(true);
    let from = clock::now().expect("a clock");
    thread::sleep(Duration::from_secs_f64(seconds));
    let to = clock::now().expect("a clock");
    load(false);
    watch.record_idle(&protocol()).expect("a clock");
    watch.end(&[(from, to)], &protocol()).expect("a clock")
}

/// The power according to a log whose writer buffers `buffered` lines at a time: 20 W idle, 50 W under load.
fn logged(buffered: usize, line: impl Fn(f64, u32) -> String + Sync) -> Power {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.csv");
    let mut log = File::create(&path).expect("a file");
    let (watts, ends) = (AtomicU32::new(20), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut lines = vec!["seconds,watts\n".to_owned()];
            while !ends.load(Ordering::Relaxed) {
                lines.push(line(unix(), watts.load(Ordering::Relaxed)));
                if lines.len() >= buffered {
                    log.write_all(lines.concat().as_bytes()).expect("room");
                    lines.clear();
                }
                thread::sleep(EVERY);
            }
        });
        let wanted = format!("meter,accuracy=0.5:{}", path.display());
        let power = power(&wanted, |begins| watts.store(if begins { 50 } else { 20 }, Ordering::Relaxed));
        ends.store(true, Ordering::Relaxed);
        power
    })
}

#[test]
fn the_log_of_a_meter_gives_the_net_power_even_when_its_lines_are_a_second_late() {
    for buffered in [1, 50] {
        let power = logged(buffered, |seconds, watts| format!("{seconds:.4},{watts}\n"));
        let Power::Measured { watched } = power else { panic!("{power:?}") };
        let (budget, sensor) = (&watched.budget, &watched.sensor);
        assert_eq!((sensor.source.as_str(), sensor.what.contains('/')), ("meter,accuracy=0.5:log.csv", false));
        // The load began at an unknown time between two lines.
        let between = 30.0 * 4.0 * EVERY.as_secs_f64() / budget.seconds;
        assert!((budget.net() - 30.0).abs() < budget.half_width() + between, "{budget:?}");
        assert_eq!((sensor.scope, sensor.fixture, sensor.rails[0].name.as_str()), (Scope::Supply, false, "meter"));
        let of_meter = budget.parts.iter().find(|part| part.kind == Kind::Accuracy).and_then(|part| part.watts);
        let of_meter = of_meter.expect("a stated accuracy");
        assert!((of_meter - 0.005 * budget.net() / 3.0_f64.sqrt()).abs() < 1e-9, "{of_meter}");
    }
}

#[test]
fn a_meter_that_only_fails_is_refused_before_anything_is_measured_and_the_reason_has_a_remedy() {
    let refused = |line: &str| {
        let wanted: Selector = format!("command:{line}").parse().expect("a meter");
        rail::watch(&wanted, &Computes::Processor, Path::new("/nowhere")).err().expect("it is refused")
    };
    let lines = |seconds: &str, watts: &str| refused(&format!("while sleep 0.02; do echo \"{seconds} {watts}\"; done"));
    for (error, expected) in [
        (lines("$(($(date +%s) + 60))", "7.5"), "s ahead of this machine's\nhint: "),
        (lines("$(($(date +%s) - 3600))", "7.5"), "its clock is behind"),
        (lines("$(date +%s)", "7,500"), "could be a decimal sign or a thousands sign\nhint: "),
        (lines("$(date +%s)", "7500 mA"), "more than a time and a power\nhint: "),
        (refused("no-such-program"), "the meter's command ended (exit status: 127)"),
    ] {
        assert!(error.starts_with("command:") && error.contains(expected), "{error}");
    }
}

#[test]
fn a_command_that_ends_too_early_is_reported() {
    // About two seconds of lines.
    let line = "for i in $(seq 100); do echo $(date +%s.%N) 2$((i % 2)); sleep 0.02; done";
    let power = power(&format!("command:{line}"), |_| ());
    let Power::Unusable { reason, .. } = power else { panic!("{power:?}") };
    assert!(reason.contains("the meter's command ended (exit status: 0)"), "{reason}");
}

#[test]
fn a_meter_without_readings_is_unusable() {
    let power = power("command:sleep 60", |_| ());
    let Power::Unusable { reason, .. } = power else { panic!("{power:?}") };
    assert_eq!(reason, "meter: no reading");
}
