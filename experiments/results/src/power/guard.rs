//! Readings that cannot be true, or are no readings of this moment. Pure; asked by whoever measures and again by whoever reads.

use super::budget::Budget;
use super::{PowerInterval, Quantity, Sensor};

/// No rail of a machine that one network runs on draws more [W].
const MAX_WATTS: f64 = 10_000.0;

/// A sensor that changed so often, and not once more in a time in which it should have changed so often again, has stopped.
const STALLED: usize = 15;

/// What is wrong with the readings of a point: a rail of the total that stopped, or told what cannot be.
pub fn readings(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval]) -> Option<String> {
    // Windows first: what was wrong there is what to tell.
    let under_load = || load.iter().map(|interval| (interval, "under load"));
    let intervals = || under_load().chain(idle.iter().map(|interval| (interval, "at rest")));
    for place in sensor.total() {
        for (interval, when) in intervals() {
            if let Some(reason) = impossible(sensor, interval, place) {
                return Some(format!("{} {when}: {reason}", sensor.rails[place].name));
            }
        }
        for interval in load {
            if let Some(reason) = stalled(sensor, interval, place) {
                return Some(format!("{} under load: {reason}", sensor.rails[place].name));
            }
        }
        if let Some(reason) = never_changed(sensor, idle, load, place) {
            return Some(format!("{}: {reason}", sensor.rails[place].name));
        }
    }
    None
}

/// Whether the sensor cannot tell load from rest.
pub fn is_below_resolution(budget: &Budget) -> bool {
    budget.net().abs() <= resolution(budget)
}

/// What the sensor can tell apart in this point [W]: the doubt of load less idle.
pub fn resolution(budget: &Budget) -> f64 {
    budget.half_width()
}

fn is_power(sensor: &Sensor, place: usize) -> bool {
    sensor.rails[place].reads == Quantity::Power
}

/// A power, or the power between two values of a counter, that no rail has.
fn impossible(sensor: &Sensor, interval: &PowerInterval, place: usize) -> Option<String> {
    let values = interval.rails.get(place)?;
    let told = |value: f64, at: f64| {
        let is_possible = (0.0..=MAX_WATTS).contains(&value);
        (!is_possible).then(|| format!("{value:.3} W after {at:.2} s is no power of a machine"))
    };
    if is_power(sensor, place) {
        return values.iter().zip(&interval.at).find_map(|(value, at)| told(*value, *at));
    }
    let steps = values.windows(2).zip(interval.at.windows(2));
    steps.into_iter().find_map(|(values, at)| told((values[1] - values[0]) / (at[1] - at[0]), at[1]))
}

/// A rail that was renewed and then no more.
fn stalled(sensor: &Sensor, interval: &PowerInterval, place: usize) -> Option<String> {
    let values = interval.rails.get(place)?;
    let changes: Vec<f64> = values
        .windows(2)
        .zip(interval.at.iter().skip(1))
        .filter(|(pair, _)| pair[0] != pair[1])
        .map(|(_, at)| *at)
        .collect();
    let last = changes.last().copied().unwrap_or(0.0);
    // As often as it changed until then it should have changed since.
    let expected = changes.len() as f64 / last * (interval.seconds - last);
    if last > 0.0 && changes.len() >= STALLED && expected >= STALLED as f64 {
        return Some(format!("it did not change any more after {last:.2} s of {:.2} s", interval.seconds));
    }
    let is_counter = !is_power(sensor, place);
    (is_counter && changes.is_empty()).then(|| format!("its counter stood still for {:.2} s", interval.seconds))
}

/// A rail of powers that shows one value all the time and whose step nobody knows: it may be stuck.
fn never_changed(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval], place: usize) -> Option<String> {
    if !is_power(sensor, place) || sensor.rails[place].step.is_some() {
        return None;
    }
    let mut values = idle.iter().chain(load).filter_map(|interval| interval.rails.get(place)).flatten();
    let first = values.next()?;
    values.all(|value| value == first).then(|| format!("it showed {first} W all the time, at rest and under load"))
}

/// That the sensor was renewed too seldom in all windows together.
pub fn too_few(budget: &Budget, wanted: u32) -> Option<String> {
    (budget.updates < f64::from(wanted)).then(|| {
        format!(
            "{:.0} readings in {:.1} s, and the protocol wants {wanted}: the source is renewed too seldom for it",
            budget.updates, budget.seconds
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::budget::budget;
    use super::super::sample::{interval, rail, sensor};
    use super::*;

    fn wrong(load: impl Fn(f64) -> f64) -> Option<String> {
        let rest = || interval(1.0, |at| 1.0 + 0.04 * (at * 50.0).rem_euclid(2.0).floor());
        readings(&sensor(&[rail(Quantity::Power)]), &[rest(), rest()], &[interval(4.0, load)])
    }

    #[test]
    fn readings_of_a_machine_pass() {
        assert_eq!(wrong(|at| 8.0 + 0.04 * (at * 25.0).floor().rem_euclid(3.0)), None);
        // A coarse sensor under a constant load shows one value; that it showed another at rest says that it lives.
        assert_eq!(wrong(|_| 8.0), None);
    }

    #[test]
    fn a_power_that_no_machine_draws_is_told_with_its_time() {
        let reason = wrong(|at| if at > 2.0 { -0.5 } else { 8.0 }).expect("it is negative");
        assert_eq!(reason, "VDD_IN under load: -0.500 W after 2.01 s is no power of a machine");
        assert!(wrong(|_| 1e6).is_some() && wrong(|_| f64::NAN).is_some());
    }

    #[test]
    fn a_sensor_that_stops_is_told_with_when() {
        let alive = |at: f64| 8.0 + 0.04 * (at * 50.0).floor().rem_euclid(2.0);
        let reason = wrong(|at| alive(at.min(1.5))).expect("it stopped");
        assert!(reason.starts_with("VDD_IN under load: it did not change any more after 1.5"), "{reason}");
    }

    #[test]
    fn a_counter_that_stands_still_or_jumps_is_told() {
        let one = sensor(&[rail(Quantity::Energy)]);
        let rest = || interval(1.0, |at| 3.0 * at + 3.0);
        let of = |load: &dyn Fn(f64) -> f64| readings(&one, &[rest(), rest()], &[interval(2.0, load)]);
        assert_eq!(of(&|at| 9.0 * at), None);
        assert!(of(&|_| 5.0).is_some_and(|reason| reason.ends_with("its counter stood still for 2.00 s")));
        assert!(
            of(&|at| if at > 1.0 { 9e5 } else { at }).is_some_and(|reason| reason.contains("is no power of a machine"))
        );
        assert!(of(&|at| -at).is_some());
    }

    #[test]
    fn a_rail_that_never_changes_and_whose_step_nobody_knows_may_be_stuck() {
        let mut unknown = rail(Quantity::Power);
        unknown.step = None;
        let flat = || interval(1.0, |_| 6.0);
        let reason = readings(&sensor(&[unknown]), &[flat(), flat()], &[flat()]);
        assert_eq!(reason.as_deref(), Some("VDD_IN: it showed 6 W all the time, at rest and under load"));
    }

    #[test]
    fn a_load_within_the_doubt_is_below_resolution_and_more_is_not() {
        let one = sensor(&[rail(Quantity::Power)]);
        let of = |load: f64| {
            let flat = |watts: f64| interval(2.0, move |_| watts);
            let budget = budget(&one, &[flat(5.0), flat(5.04)], &[flat(load)]).expect("it is covered");
            (is_below_resolution(&budget), resolution(&budget))
        };
        assert!(of(5.02).0 && of(5.03).0 && !of(5.1).0);
        assert!((0.02..0.04).contains(&of(5.02).1), "{:?}", of(5.02));
    }

    #[test]
    fn lists_that_do_not_fit_each_other_are_no_panic() {
        let one = sensor(&[rail(Quantity::Power)]);
        let rest = || interval(1.0, |_| 1.0);
        for (at, rails) in [(vec![], vec![vec![1.0, 2.0]]), (vec![0.0], vec![vec![]]), (vec![], vec![])] {
            let strange = PowerInterval { seconds: 1.0, at, rails };
            assert_eq!(readings(&one, &[rest(), rest()], std::slice::from_ref(&strange)), None);
            assert!(budget(&one, &[rest(), rest()], &[strange]).is_err());
        }
    }

    #[test]
    fn a_source_that_is_renewed_too_seldom_is_told_with_the_numbers() {
        let one = sensor(&[rail(Quantity::Power)]);
        let flat = || interval(1.0, |_| 5.0);
        let budget = budget(&one, &[flat(), flat()], &[flat()]).expect("it is covered");
        assert_eq!(too_few(&budget, 50), None);
        let reason = too_few(&budget, 100).expect("there are 50");
        assert!(reason.starts_with("50 readings in 1.0 s, and the protocol wants 100"), "{reason}");
    }
}
