//! The variation of a point's time between sessions, and the resulting interval of a mean over sessions. Independent of files.
//!
//! The model has one-way random effects (T. Kalibera and R. Jones, Rigorous Benchmarking in Reasonable Time, ISMM 2013,
//! Section 6): the logarithm of the time of point p in session s is m(p) + b(p, s) + e(p, s), where b varies between
//! sessions and e within one. With S²(p) the sample variance of point p over its n(p) sessions, and w(p) the mean
//! variance within a session according to its intervals, the variance of b is estimated by
//!
//!   max(0, Σ (n(p) - 1) (S²(p) - w(p)) / Σ (n(p) - 1)),
//!
//! over all points with several sessions: Kalibera and Jones's T² = S² - S²within/r, pooled. Points of one session are
//! not independent repetitions, since a session shifts them together. So the degrees of freedom are those of a sum of
//! two mean squares, one of the session's effect on all points and one of the rest (F. E. Satterthwaite, An Approximate
//! Distribution of Estimates of Variance Components, Biometrics Bulletin 2, 1946). They are exact if every point has
//! every session.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::student;
use crate::estimates::Estimate;

/// Probability that a 95 % interval misses at each end.
const CHANCE: f64 = 0.025;
/// Half width of a 95 % interval in standard deviations.
const HALF_WIDTH: f64 = 1.959_963_985;

/// The variation between sessions of one set of points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetweenSessions {
    /// Variance of the logarithm of a time between sessions, without that within a session. Its root is approximately a
    /// relative standard deviation.
    pub variance: f64,
    /// Its degrees of freedom.
    pub freedom: f64,
    /// Number of points with several sessions.
    pub points: usize,
    /// Maximum number of sessions of a point.
    pub sessions: usize,
}

impl BetweenSessions {
    /// Estimates the variation from points, each with the number and time of its sessions. None if no point has two
    /// sessions, or if a time is not positive.
    pub fn of(points: &[Vec<(u32, Estimate)>]) -> Option<Self> {
        let several: Vec<&Vec<(u32, Estimate)>> = points.iter().filter(|sessions| sessions.len() > 1).collect();
        let times = several.iter().flat_map(|sessions| sessions.iter().map(|(_, time)| time));
        if several.is_empty() || !times.clone().all(is_usable) {
            return None;
        }
        let (mut squares, mut inside, mut freedom) = (0.0, 0.0, 0.0);
        let mut by_session: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for sessions in &several {
            let count = sessions.len() as f64;
            let mean = sessions.iter().map(|(_, time)| libm::log(time.value)).sum::<f64>() / count;
            for (number, time) in *sessions {
                let deviation = libm::log(time.value) - mean;
                squares += deviation * deviation;
                inside += within(time) * (count - 1.0) / count;
                let (sum, points) = by_session.entry(*number).or_default();
                (*sum, *points) = (*sum + deviation, *points + 1.0);
            }
            freedom += count - 1.0;
        }
        let total = squares / freedom;
        let common: f64 = by_session.values().map(|(sum, points)| sum * sum / points).sum();
        let common_freedom = (by_session.len() as f64 - 1.0).min(freedom);
        // The squared share of each mean square in the total, over its degrees of freedom.
        let spread =
            |squares: f64, own: f64| if own > 0.0 { (squares / freedom) * (squares / freedom) / own } else { 0.0 };
        let within = (squares - common).max(0.0);
        let uncertainty = spread(common, common_freedom) + spread(within, freedom - common_freedom);
        Some(Self {
            variance: (total - inside / freedom).max(0.0),
            freedom: if uncertainty > 0.0 { (total * total / uncertainty).min(freedom) } else { freedom },
            points: several.len(),
            sessions: several.iter().map(|sessions| sessions.len()).max().unwrap_or_default(),
        })
    }

    /// The relative standard deviation of a time between sessions.
    pub fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The mean over the sessions of one point. None without sessions, and if a time is not positive.
    pub fn over(&self, sessions: &[Estimate]) -> Option<OverSessions> {
        if sessions.is_empty() || !sessions.iter().all(is_usable) {
            return None;
        }
        let count = sessions.len() as f64;
        let mean = |of: &dyn Fn(&Estimate) -> f64| sessions.iter().map(of).sum::<f64>() / count;
        let error = ((self.variance + mean(&within)) / count).sqrt();
        Some(OverSessions { value: mean(&|time| time.value), error, freedom: self.freedom })
    }

    /// The inverse of [`OverSessions::estimate`].
    pub fn again(&self, of: Estimate) -> Option<OverSessions> {
        let error = libm::log(of.high / of.value) / student::quantile(self.freedom, CHANCE);
        is_usable(&of).then_some(OverSessions { value: of.value, error, freedom: self.freedom })
    }
}

/// A mean over sessions, with the uncertainty that the variation between sessions causes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverSessions {
    value: f64,
    /// Standard error of its logarithm.
    error: f64,
    /// Degrees of freedom of that error.
    freedom: f64,
}

impl OverSessions {
    /// The mean with its 95 % interval.
    pub fn estimate(self) -> Estimate {
        self.within(self.freedom)
    }

    /// Two means of separate sets of points, with intervals to compute that of their ratio or difference: both use
    /// Student's t with the common degrees of freedom (B. L. Welch, The generalization of Student's problem, Biometrika
    /// 34, 1947).
    pub fn pair(self, other: Self) -> (Estimate, Estimate) {
        let [one, two] = [self, other].map(|side| side.error * side.error);
        let spread = one * one / self.freedom + two * two / other.freedom;
        let both = (one + two) * (one + two);
        let freedom = if spread > 0.0 { both / spread } else { self.freedom.min(other.freedom) };
        (self.within(freedom), other.within(freedom))
    }

    fn within(self, freedom: f64) -> Estimate {
        let factor = libm::exp(student::quantile(freedom, CHANCE) * self.error);
        Estimate { value: self.value, low: self.value / factor, high: self.value * factor }
    }
}

fn is_usable(time: &Estimate) -> bool {
    time.low > 0.0 && time.low <= time.value && time.value <= time.high && time.high.is_finite()
}

/// The variance of the logarithm of a session's time that corresponds to its own interval.
fn within(time: &Estimate) -> f64 {
    let half = libm::log(time.high / time.low) / 2.0 / HALF_WIDTH;
    half * half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::propagation;
    use crate::statistics::split_mix::SplitMix;
    use crate::statistics::split_mix::tests::normal;

    fn around(value: f64, share: f64) -> Estimate {
        Estimate { value, low: value * (1.0 - share), high: value * (1.0 + share) }
    }

    /// Times of points and sessions. A session has an effect with standard deviation `common` on all points and one
    /// with `own` on each.
    fn drawn(points: usize, sessions: u32, common: f64, own: f64, seed: u64) -> Vec<Vec<(u32, Estimate)>> {
        let mut generator = SplitMix(seed);
        let effects: Vec<f64> = (0..sessions).map(|_| common * normal(&mut generator)).collect();
        let point = |index: usize| {
            let scale = 1.0 + index as f64;
            let times = (1..).zip(&effects).map(|(number, effect)| {
                (number, around(scale * libm::exp(effect + own * normal(&mut generator)), 1e-6))
            });
            times.collect()
        };
        (0..points).map(point).collect()
    }

    #[test]
    fn the_variance_of_one_point_is_the_sample_variance() {
        // Logarithms 0, 0.1 and 0.2: variance 0.01, two degrees of freedom.
        let times = [1.0, libm::exp(0.1), libm::exp(0.2)];
        let sessions = (1..).zip(times).map(|(number, time)| (number, around(time, 0.0))).collect();
        let found = BetweenSessions::of(&[sessions]).expect("three sessions");
        assert!((found.variance - 0.01).abs() < 1e-12 && (found.freedom - 2.0).abs() < 1e-9, "{found:?}");
        assert_eq!((found.points, found.sessions), (1, 3));
        // 4.303 standard errors (Fisher and Yates, Table III).
        let mean = found.over(&times.map(|time| around(time, 0.0))).expect("three times").estimate();
        assert!((libm::log(mean.high / mean.value) - 4.303 * 0.1 / 3.0_f64.sqrt()).abs() < 1e-3, "{mean:?}");
    }

    #[test]
    fn the_variance_within_a_session_is_subtracted() {
        // An interval of ±1.96 % corresponds to a variance of 1e-4; sessions that differ by less have none between
        // them.
        let pair = |step: f64| vec![(1, around(1.0, 0.0196)), (2, around(libm::exp(step), 0.0196))];
        assert_eq!(BetweenSessions::of(&[pair(0.01)]).expect("two").variance, 0.0);
        let found = BetweenSessions::of(&[pair(0.1)]).expect("two");
        assert!((found.variance - (0.005 - 1e-4)).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn points_that_a_session_shifts_together_count_as_one_and_independent_ones_separately() {
        let freedom = |common, own| BetweenSessions::of(&drawn(50, 4, common, own, 7)).expect("sessions").freedom;
        let (together, independent) = (freedom(0.05, 0.0005), freedom(0.0, 0.05));
        assert!((2.9..3.2).contains(&together), "{together}");
        assert!((120.0..=150.0).contains(&independent), "{independent}");
    }

    #[test]
    fn the_ratio_of_two_sessions_covers_one_at_its_nominal_rate() {
        // Three sessions give the variance, two more the pair.
        for (common, own) in [(0.05, 0.02), (0.0, 0.05)] {
            let covering = |seed: u64| {
                let all = drawn(20, 5, common, own, seed);
                let known: Vec<Vec<_>> = all.iter().map(|sessions| sessions[..3].to_vec()).collect();
                let between = BetweenSessions::of(&known).expect("sessions");
                let covers = |sessions: &&Vec<(u32, Estimate)>| {
                    let [a, b] = [3, 4].map(|index| between.over(&[sessions[index].1]).expect("a time"));
                    // Both use the same variance, so their degrees of freedom do not add up.
                    propagation::ratio(b.estimate(), a.estimate())
                        .is_some_and(|found| found.low <= 1.0 && 1.0 <= found.high)
                };
                all.iter().filter(covers).count()
            };
            let covered = (0..300).map(covering).sum::<usize>() as f64 / 6000.0;
            // 95 %, minus a little for so few sessions: by chance, their common effect and its uncertainty may appear
            // small.
            assert!((0.92..=0.98).contains(&covered), "{common} {own}: {covered}");
        }
    }

    #[test]
    fn a_pair_has_the_degrees_of_freedom_of_welch() {
        // Errors of 2 and 1 % with 2 and 4 degrees of freedom: (4 + 1)² / (4² / 2 + 1 / 4) = 3.03, rounded down to 2.
        let of = |error, freedom| OverSessions { value: 1.0, error, freedom };
        let (one, two) = of(0.02, 2.0).pair(of(0.01, 4.0));
        assert!((libm::log(one.high) - 4.303 * 0.02).abs() < 1e-4 && (libm::log(two.high) - 4.303 * 0.01).abs() < 1e-4);
        // If both are equal, the degrees of freedom add up: t(4) = 2.776.
        let (one, _) = of(0.02, 2.0).pair(of(0.02, 2.0));
        assert!((libm::log(one.high) - 2.776 * 0.02).abs() < 1e-4, "{one:?}");
        let between = BetweenSessions { variance: 0.0, freedom: 3.0, points: 1, sessions: 2 };
        let back = between.again(of(0.03, 3.0).estimate()).expect("it is one");
        assert!((back.error - 0.03).abs() < 1e-12, "{back:?}");
    }

    #[test]
    fn single_sessions_and_invalid_times_have_no_variation() {
        assert_eq!(BetweenSessions::of(&[vec![(1, around(1.0, 0.1))], vec![(1, around(2.0, 0.1))]]), None);
        assert_eq!(BetweenSessions::of(&[]), None);
        let none = Estimate { value: 0.0, low: 0.0, high: 0.0 };
        assert_eq!(BetweenSessions::of(&[vec![(1, around(1.0, 0.1)), (2, none)]]), None);
        let equal = BetweenSessions::of(&[vec![(1, around(2.0, 0.0)), (2, around(2.0, 0.0))]]).expect("two");
        let mean = equal.over(&[around(2.0, 0.0); 2]).map(OverSessions::estimate);
        assert_eq!(mean, Some(Estimate { value: 2.0, low: 2.0, high: 2.0 }));
        assert_eq!((equal.over(&[]), equal.over(&[none])), (None, None));
    }
}
