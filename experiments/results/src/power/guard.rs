//! Power readings that cannot be true, or that are stale. Pure functions, called both when measuring and when reading.

use super::budget::UncertaintyBudget;
use super::{PowerInterval, Quantity, Sensor};

/// No rail of a machine that runs one network draws more [W].
const MAX_WATTS: f64 = 10_000.0;

/// A sensor has stalled if it changed at least this often, and then not at all for a time in which it should have
/// changed this often again.
const STALLED: usize = 15;

/// What is wrong with the readings of a point: a rail of the total that stalled, or that returned impossible values.
pub fn readings(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval]) -> Option<String> {
    // Windows first: a problem there is the one to report.
    let under_load = || load.iter().map(|interval| (interval, "under load"));
    let intervals = || under_load().chain(idle.iter().map(|interval| (interval, "at idle")));
    for rail in sensor.total() {
        for (interval, when) in intervals() {
            if let Some(reason) = impossible(sensor, interval, rail) {
                return Some(format!("{} {when}: {reason}", sensor.rails[rail].name));
            }
        }
        for interval in load {
            if let Some(reason) = stalled(sensor, interval, rail) {
                return Some(format!("{} under load: {reason}", sensor.rails[rail].name));
            }
        }
        if let Some(reason) = never_changed(sensor, idle, load, rail) {
            return Some(format!("{}: {reason}", sensor.rails[rail].name));
        }
    }
    None
}

/// Whether the sensor cannot distinguish load from idle.
pub fn is_below_resolution(budget: &UncertaintyBudget) -> bool {
    budget.net().abs() <= resolution(budget)
}

/// The smallest net power that the sensor can resolve at this point [W]: the uncertainty of net power.
pub fn resolution(budget: &UncertaintyBudget) -> f64 {
    budget.half_width()
}

fn is_power(sensor: &Sensor, rail: usize) -> bool {
    sensor.rails[rail].reads == Quantity::Power
}

/// An impossible power, or one between two values of a counter.
fn impossible(sensor: &Sensor, interval: &PowerInterval, rail: usize) -> Option<String> {
    let values = interval.rails.get(rail)?;
    let problem = |value: f64, at: f64| {
        let is_possible = (0.0..=MAX_WATTS).contains(&value);
        (!is_possible).then(|| format!("{value:.3} W after {at:.2} s, expected 0 to {MAX_WATTS} W"))
    };
    if is_power(sensor, rail) {
        return values.iter().zip(&interval.at).find_map(|(value, at)| problem(*value, *at));
    }
    let steps = values.windows(2).zip(interval.at.windows(2));
    steps.into_iter().find_map(|(values, at)| problem((values[1] - values[0]) / (at[1] - at[0]), at[1]))
}

/// A rail that was updated and then no longer.
fn stalled(sensor: &Sensor, interval: &PowerInterval, rail: usize) -> Option<String> {
    let values = interval.rails.get(rail)?;
    let changes: Vec<f64> = values
        .windows(2)
        .zip(interval.at.iter().skip(1))
        .filter(|(pair, _)| pair[0] != pair[1])
        .map(|(_, at)| *at)
        .collect();
    let last = changes.last().copied().unwrap_or(0.0);
    // The number of changes to expect since the last one, at the same rate.
    let expected = changes.len() as f64 / last * (interval.seconds - last);
    if last > 0.0 && changes.len() >= STALLED && expected >= STALLED as f64 {
        return Some(format!("it stopped changing after {last:.2} s of {:.2} s", interval.seconds));
    }
    let is_counter = !is_power(sensor, rail);
    (is_counter && changes.is_empty()).then(|| format!("its counter did not change for {:.2} s", interval.seconds))
}

/// A rail of powers with an unknown step that always shows one value: it may be stuck.
fn never_changed(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval], rail: usize) -> Option<String> {
    if !is_power(sensor, rail) || sensor.rails[rail].step.is_some() {
        return None;
    }
    let mut values = idle.iter().chain(load).filter_map(|interval| interval.rails.get(rail)).flatten();
    let first = values.next()?;
    values.all(|value| value == first).then(|| format!("it always showed {first} W, at idle and under load"))
}

/// That the sensor was updated too rarely in all windows together.
pub fn too_few(budget: &UncertaintyBudget, required: u32) -> Option<String> {
    (budget.updates < f64::from(required)).then(|| {
        format!(
            "{:.0} readings in {:.1} s, and the protocol requires {required}: the source is updated too rarely",
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
        let idle = || interval(1.0, |at| 1.0 + 0.04 * (at * 50.0).rem_euclid(2.0).floor());
        readings(&sensor(&[rail(Quantity::Power)]), &[idle(), idle()], &[interval(4.0, load)])
    }

    #[test]
    fn readings_of_a_machine_pass() {
        assert_eq!(wrong(|at| 8.0 + 0.04 * (at * 25.0).floor().rem_euclid(3.0)), None);
        // A coarse sensor under a constant load shows one value; it showed another at idle, so it works.
        assert_eq!(wrong(|_| 8.0), None);
    }

    #[test]
    fn a_power_that_no_machine_draws_is_reported_with_its_time() {
        let reason = wrong(|at| if at > 2.0 { -0.5 } else { 8.0 }).expect("it is negative");
        assert_eq!(reason, "VDD_IN under load: -0.500 W after 2.01 s, expected 0 to 10000 W");
        assert!(wrong(|_| 1e6).is_some() && wrong(|_| f64::NAN).is_some());
    }

    #[test]
    fn a_sensor_that_stalls_is_reported_with_the_time() {
        let alive = |at: f64| 8.0 + 0.04 * (at * 50.0).floor().rem_euclid(2.0);
        let reason = wrong(|at| alive(at.min(1.5))).expect("it stopped");
        assert!(reason.starts_with("VDD_IN under load: it stopped changing after 1.5"), "{reason}");
    }

    #[test]
    fn a_counter_that_does_not_change_or_jumps_is_reported() {
        let one = sensor(&[rail(Quantity::Energy)]);
        let idle = || interval(1.0, |at| 3.0 * at + 3.0);
        let of = |load: &dyn Fn(f64) -> f64| readings(&one, &[idle(), idle()], &[interval(2.0, load)]);
        assert_eq!(of(&|at| 9.0 * at), None);
        assert!(of(&|_| 5.0).is_some_and(|reason| reason.ends_with("its counter did not change for 2.00 s")));
        assert!(
            of(&|at| if at > 1.0 { 9e5 } else { at }).is_some_and(|reason| reason.ends_with("expected 0 to 10000 W"))
        );
        assert!(of(&|at| -at).is_some());
    }

    #[test]
    fn a_rail_with_an_unknown_step_that_never_changes_may_be_stuck() {
        let mut unknown = rail(Quantity::Power);
        unknown.step = None;
        let flat = || interval(1.0, |_| 6.0);
        let reason = readings(&sensor(&[unknown]), &[flat(), flat()], &[flat()]);
        assert_eq!(reason.as_deref(), Some("VDD_IN: it always showed 6 W, at idle and under load"));
    }

    #[test]
    fn a_load_within_the_uncertainty_is_below_resolution_and_more_is_not() {
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
    fn lists_of_different_lengths_do_not_panic() {
        let one = sensor(&[rail(Quantity::Power)]);
        let idle = || interval(1.0, |_| 1.0);
        for (at, rails) in [(vec![], vec![vec![1.0, 2.0]]), (vec![0.0], vec![vec![]]), (vec![], vec![])] {
            let strange = PowerInterval { seconds: 1.0, at, rails };
            assert_eq!(readings(&one, &[idle(), idle()], std::slice::from_ref(&strange)), None);
            assert!(budget(&one, &[idle(), idle()], &[strange]).is_err());
        }
    }

    #[test]
    fn too_few_readings_are_reported_with_their_number() {
        let one = sensor(&[rail(Quantity::Power)]);
        let flat = || interval(1.0, |_| 5.0);
        let budget = budget(&one, &[flat(), flat()], &[flat()]).expect("it is covered");
        assert_eq!(too_few(&budget, 50), None);
        let reason = too_few(&budget, 100).expect("there are 50");
        assert!(reason.starts_with("50 readings in 1.0 s, and the protocol requires 100"), "{reason}");
    }
}
