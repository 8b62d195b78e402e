//! Energy of an interval from readings: by the trapezoidal rule from powers, by difference from a counter. Independent of particular sensors.

use super::{PowerInterval, Quantity, Sensor};

/// A gap between two readings may be up to this many times the median gap, or up to this time [s], whichever is longer.
const MAX_GAPS: f64 = 20.0;
const MIN_GAP_SECONDS: f64 = 0.25;

/// Energy of the interval [J] by the total of the sensor.
pub fn total(sensor: &Sensor, interval: &PowerInterval) -> Result<f64, String> {
    let energies = sensor.total().map(|index| of_rail(sensor, interval, index));
    energies.sum()
}

/// Energy of the interval [J] by the rail at `index`.
pub fn of_rail(sensor: &Sensor, interval: &PowerInterval, index: usize) -> Result<f64, String> {
    between(sensor, interval, index, 0.0, interval.seconds)
}

/// Energy between two times of an interval [J] by the rail at `index`.
pub fn between(sensor: &Sensor, interval: &PowerInterval, index: usize, from: f64, to: f64) -> Result<f64, String> {
    let rail = &sensor.rails[index];
    let fail = |why: String| format!("{}: {why}", rail.name);
    let values = interval.rails.get(index).filter(|values| values.len() == interval.at.len());
    let values = values.ok_or_else(|| fail("the number of its values is not that of the times".to_owned()))?;
    covers(&interval.at, from, to).map_err(fail)?;
    Ok(match rail.reads {
        Quantity::Power => trapezoid(&interval.at, values, from, to),
        Quantity::Energy => at(&interval.at, values, to) - at(&interval.at, values, from),
    })
}

/// Checks that readings are close enough to each other and to both ends.
fn covers(at: &[f64], from: f64, to: f64) -> Result<(), String> {
    let (Some(first), Some(last)) = (at.first(), at.last()) else { return Err("no reading".to_owned()) };
    let mut gaps: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if gaps.iter().any(|gap| !(*gap > 0.0 && gap.is_finite())) {
        return Err("readings are not in chronological order".to_owned());
    }
    let Some(usual) = crate::statistics::median(&gaps) else { return Err("only one reading".to_owned()) };
    let max = (MAX_GAPS * usual).max(MIN_GAP_SECONDS);
    gaps.retain(|gap| *gap > max);
    if let Some(gap) = gaps.first() {
        return Err(format!("no reading for {gap:.2} s"));
    }
    // Extrapolated by no more than about one gap at each end.
    let beyond = (first - from).max(to - last);
    if beyond > usual * 1.5 {
        return Err(format!("readings every {usual:.3} s leave {beyond:.3} s of the interval uncovered at an end"));
    }
    Ok(())
}

/// The value at a time, interpolated linearly between the readings around it; slightly beyond the first and the last
/// (see [`covers`]) extrapolated from the two nearest.
fn at(times: &[f64], values: &[f64], time: f64) -> f64 {
    let next = times.partition_point(|at| *at < time).clamp(1, times.len() - 1);
    let (begin, end) = (times[next - 1], times[next]);
    values[next - 1] + (values[next] - values[next - 1]) * (time - begin) / (end - begin)
}

/// The integral of a power between two times: linear between readings, constant beyond the first and the last.
fn trapezoid(times: &[f64], watts: &[f64], from: f64, to: f64) -> f64 {
    let power = |time: f64| match (times.first(), times.last()) {
        (Some(first), _) if time <= *first => watts[0],
        (_, Some(last)) if time >= *last => watts[watts.len() - 1],
        _ => at(times, watts, time),
    };
    let inside = times.iter().zip(watts).filter(|(time, _)| **time > from && **time < to);
    let points = std::iter::once((from, power(from)))
        .chain(inside.map(|(time, watts)| (*time, *watts)))
        .chain(std::iter::once((to, power(to))));
    let mut sum = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for (time, watts) in points {
        if let Some((before, watts_before)) = last {
            sum += (time - before) * f64::midpoint(watts, watts_before);
        }
        last = Some((time, watts));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::sample::{rail, sensor};
    use super::*;

    fn interval(seconds: f64, at: &[f64], values: &[f64]) -> PowerInterval {
        PowerInterval { seconds, at: at.to_vec(), rails: vec![values.to_vec()] }
    }

    #[test]
    fn a_ramp_gives_the_area_below_it_at_irregular_times_too() {
        // 2 W + 3 W/s over 4 s, read at odd times: 2 * 4 + 3 * 16 / 2 J.
        let at = [-0.3, 0.4, 0.9, 1.7, 2.2, 3.1, 3.8, 4.4];
        let ramp = at.map(|time| 2.0 + 3.0 * time);
        let joules = total(&sensor(&[rail(Quantity::Power)]), &interval(4.0, &at, &ramp)).expect("it is covered");
        assert!((joules - 32.0).abs() < 1e-12, "{joules}");
    }

    #[test]
    fn a_counter_gives_its_difference_between_the_ends() {
        let at = [-0.5, 0.5, 1.5, 2.5];
        let counted = at.map(|time| 7.0 * time + 100.0);
        let joules = total(&sensor(&[rail(Quantity::Energy)]), &interval(2.0, &at, &counted)).expect("it is covered");
        assert!((joules - 14.0).abs() < 1e-12, "{joules}");
    }

    #[test]
    fn only_rails_of_the_total_are_added() {
        let mut rails = [rail(Quantity::Power), rail(Quantity::Power), rail(Quantity::Power)];
        rails[1].in_total = false;
        let one = interval(1.0, &[0.0, 0.5, 1.0], &[2.0; 3]);
        let three = PowerInterval { rails: vec![vec![2.0; 3], vec![50.0; 3], vec![3.0; 3]], ..one };
        assert_eq!(total(&sensor(&rails), &three), Ok(5.0));
        assert_eq!(of_rail(&sensor(&rails), &three, 1), Ok(50.0));
    }

    #[test]
    fn values_are_extrapolated_by_at_most_one_gap() {
        let of = |at: &[f64]| total(&sensor(&[rail(Quantity::Power)]), &interval(1.0, at, &vec![4.0; at.len()]));
        assert_eq!(of(&[0.1, 0.3, 0.5, 0.7, 0.9]), Ok(4.0));
        let late = of(&[0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        assert!(late.is_err_and(|reason| reason.ends_with("leave 0.500 s of the interval uncovered at an end")));
        assert!(
            of(&[0.0, 0.01, 0.02, 0.03, 0.5, 0.98, 0.99, 1.0])
                .is_err_and(|reason| reason.ends_with("no reading for 0.47 s"))
        );
        assert!(of(&[0.0, 0.6, 0.5, 1.0]).is_err_and(|reason| reason.contains("chronological order")));
        assert!(of(&[0.5]).is_err() && of(&[]).is_err());
    }

    #[test]
    fn a_list_that_does_not_match_its_times_is_an_error_and_does_not_panic() {
        let lost = PowerInterval { rails: vec![vec![]], ..interval(1.0, &[0.0, 1.0], &[]) };
        assert!(total(&sensor(&[rail(Quantity::Power)]), &lost).is_err());
        let none = PowerInterval { rails: vec![], ..lost };
        assert!(total(&sensor(&[rail(Quantity::Power)]), &none).is_err());
        let strange = interval(f64::NAN, &[f64::NAN, f64::INFINITY], &[1.0, 1.0]);
        assert!(total(&sensor(&[rail(Quantity::Power)]), &strange).is_err());
    }
}
