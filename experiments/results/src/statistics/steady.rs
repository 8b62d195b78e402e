//! Whether a process ever became steady: the segments of constant time between its change points. Knows no unit.
//!
//! The classes are those of Barrett, Bolz-Tereick, Killick, Mount and Tratt, Virtual Machine Warmup Blows Hot and Cold, 2017.

use serde::{Deserialize, Serialize};

use super::change_points;
use super::drift::{Drift, LIMIT};
use super::median::median;
use super::quantile::mad;

/// Segments whose means differ by no more than this share of the faster one are the same.
const SAME: f64 = LIMIT;

/// With fewer passes nothing can be decided: two segments of three passes each need a few more to be distinguished from noise.
const MIN_PASSES: usize = 8;

/// Passes about each one whose median it is compared with: up to two slow ones in a row are outliers, three are a segment.
const NEIGHBOURS: usize = 5;

/// Standard deviations from the median of its neighbours that a pass may be away; what is beyond counts as so many.
const MAX_DEVIATIONS: f64 = 3.0;

/// How a process ran from its first pass to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steadiness {
    /// One segment.
    Flat,
    /// Several segments; the last is the fastest.
    WarmUp,
    /// Its samples rise or fall by more than [`LIMIT`] from the first to the last, without a step that makes it one of the next two.
    Drifting,
    /// Several segments; one before the last was faster.
    Slowdown,
    /// A change point lies within the last quarter of the samples.
    NoSteadyState,
    /// It made fewer than eight passes, or one took no positive, finite time: nothing can be decided.
    TooFew,
}

/// How a process ran, and where its last segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady {
    /// Its class.
    pub class: Steadiness,
    /// The pass with which the last segment begins, the warm-up passes counted, from 0. 0 when there is one segment.
    pub first_of_last_segment: usize,
}

impl Steadiness {
    /// The worst of several processes: what is known to be unsteady before what is not known, and that before what is
    /// steady. None of no process.
    pub fn worst(processes: impl IntoIterator<Item = Self>) -> Option<Self> {
        processes.into_iter().max_by_key(|class| match class {
            Self::Flat => 0,
            Self::WarmUp => 1,
            Self::TooFew => 2,
            Self::Drifting => 3,
            Self::Slowdown => 4,
            Self::NoSteadyState => 5,
        })
    }

    /// The class of a process, where its samples drift like that: a slow rise without change points is not flat.
    pub fn with_drift(self, drift: Option<&Drift>) -> Self {
        match self {
            Self::Flat | Self::WarmUp | Self::TooFew if drift.is_some_and(Drift::is_over_limit) => Self::Drifting,
            other => other,
        }
    }
}

impl Steady {
    /// Of one process: its warm-up passes and its samples, each in the order taken.
    pub fn of(warm_up: &[f64], samples: &[f64]) -> Self {
        let passes = [warm_up, samples].concat();
        let unknown = Self { class: Steadiness::TooFew, first_of_last_segment: 0 };
        if passes.len() < MIN_PASSES || passes.iter().any(|pass| !(pass.is_finite() && *pass > 0.0)) {
            return unknown;
        }
        let Some(noise) = noise(&passes) else { return unknown };
        let segments = segments(&passes, noise);
        let Some((last, earlier)) = segments.split_last() else { return unknown };
        let class = if earlier.is_empty() {
            Steadiness::Flat
        } else if last.start >= warm_up.len() && 4 * (last.start - warm_up.len()) >= 3 * samples.len() {
            Steadiness::NoSteadyState
        } else if earlier.iter().any(|segment| segment.mean < last.mean && segment.apart(last) > SAME) {
            Steadiness::Slowdown
        } else {
            Steadiness::WarmUp
        };
        Self { class, first_of_last_segment: last.start }
    }
}

/// Passes between two change points.
#[derive(Clone, Copy)]
struct Segment {
    start: usize,
    count: f64,
    mean: f64,
}

impl Segment {
    /// The difference of two segments as a share of the faster one.
    fn apart(&self, other: &Self) -> f64 {
        (self.mean - other.mean).abs() / self.mean.min(other.mean)
    }
}

/// The standard deviation of a pass about the mean of its segment.
///
/// From the differences of neighbouring passes, which hardly see a change point: their median absolute deviation, by
/// 1.4826 for a normal distribution and over the root of 2 for a difference. At least a quarter of what counts as the same
/// segment: a coarse clock can make most differences 0, and smaller steps are of no interest.
fn noise(passes: &[f64]) -> Option<f64> {
    let steps: Vec<f64> = passes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let noise = 1.4826 * mad(&steps)? / 2.0_f64.sqrt();
    Some(noise.max(SAME / 4.0 * median(passes)?))
}

/// The segments in order, none within 2 % of the next.
fn segments(passes: &[f64], noise: f64) -> Vec<Segment> {
    let clipped = clipped(passes, noise);
    let units: Vec<f64> = clipped.iter().map(|pass| pass / noise).collect();
    let starts = change_points::starts(&units, penalty(passes.len()));
    let ends = starts.iter().skip(1).copied().chain([passes.len()]);
    let segment = |(&start, end): (&usize, usize)| {
        let count = (end - start) as f64;
        Segment { start, count, mean: clipped[start..end].iter().sum::<f64>() / count }
    };
    let mut segments: Vec<Segment> = starts.iter().zip(ends).map(segment).collect();
    // The nearest are joined first, so that a slow slide of many small steps does not become one segment.
    loop {
        let apart = |index: &usize| segments[*index].apart(&segments[index + 1]);
        let nearest = (0..segments.len().saturating_sub(1)).min_by(|a, b| apart(a).total_cmp(&apart(b)));
        let Some(index) = nearest.filter(|index| apart(index) <= SAME) else { return segments };
        let next = segments.remove(index + 1);
        let segment = &mut segments[index];
        segment.mean = (segment.mean * segment.count + next.mean * next.count) / (segment.count + next.count);
        segment.count += next.count;
    }
}

/// What a change must save, in squared standard deviations: 15 ln n, as Barrett et al. have it.
///
/// Independent normal passes would need 2 ln n (the Schwarz criterion); passes that resemble their neighbours vary more than
/// their differences show. It is also more than two clipped outliers can save, 2 * 3^2, so no outlier makes a segment. The
/// logarithm is that of the next power of two, which errs towards fewer changes and is the same on every machine.
fn penalty(count: usize) -> f64 {
    15.0 * std::f64::consts::LN_2 * f64::from(count.next_power_of_two().ilog2())
}

/// The passes, none further from the median of its neighbours than outliers may be.
fn clipped(passes: &[f64], noise: f64) -> Vec<f64> {
    let reach = MAX_DEVIATIONS * noise;
    let clip = |(index, &pass): (usize, &f64)| {
        // At the ends the neighbours are all on one side.
        let first = index.saturating_sub(NEIGHBOURS / 2).min(passes.len().saturating_sub(NEIGHBOURS));
        let near = &passes[first..passes.len().min(first + NEIGHBOURS)];
        median(near).map_or(pass, |center| pass.max(center - reach).min(center + reach))
    };
    passes.iter().enumerate().map(clip).collect()
}

#[cfg(test)]
mod tests {
    use super::Steadiness::{Drifting, Flat, NoSteadyState, Slowdown, TooFew, WarmUp};
    use super::*;
    use crate::statistics::split_mix::tests::{autoregressive, normals};

    /// Passes of each segment in turn, with noise of a share of its time.
    fn passes(segments: &[(usize, f64)], share: f64, seed: u64) -> Vec<f64> {
        let count = segments.iter().map(|(count, _)| count).sum();
        let times = segments.iter().flat_map(|&(count, time)| vec![time; count]);
        times.zip(normals(count, seed)).map(|(time, noise)| time * (1.0 + share * noise)).collect()
    }

    fn class(segments: &[(usize, f64)], seed: u64) -> Steadiness {
        Steady::of(&[], &passes(segments, 0.01, seed)).class
    }

    #[test]
    fn levels_decide_the_class() {
        for seed in 0..20 {
            assert_eq!(class(&[(40, 5.0)], seed), Flat);
            assert_eq!(class(&[(6, 8.0), (40, 5.0)], seed), WarmUp);
            assert_eq!(class(&[(5, 20.0), (5, 9.0), (30, 5.0)], seed), WarmUp);
            assert_eq!(class(&[(10, 5.0), (40, 6.0)], seed), Slowdown);
            assert_eq!(class(&[(9, 9.0), (9, 5.0), (40, 6.0)], seed), Slowdown);
            assert_eq!(class(&[(40, 5.0), (6, 6.0)], seed), NoSteadyState);
            assert_eq!(class(&[(40, 6.0), (6, 5.0)], seed), NoSteadyState);
            // Back where it was: no segment was faster than the last.
            assert_eq!(class(&[(20, 5.0), (10, 7.0), (30, 5.0)], seed), WarmUp);
        }
    }

    #[test]
    fn the_last_level_begins_where_it_does() {
        let warm_up = [9.0, 8.9, 9.1, 9.0, 5.0, 5.01];
        let samples = passes(&[(12, 5.0)], 0.004, 1);
        assert_eq!(Steady::of(&warm_up, &samples), Steady { class: WarmUp, first_of_last_segment: 4 });
        assert_eq!(Steady::of(&[], &samples), Steady { class: Flat, first_of_last_segment: 0 });
    }

    #[test]
    fn the_last_quarter_is_that_of_the_samples() {
        let all = passes(&[(60, 6.0), (12, 5.0)], 0.005, 1);
        // The change at pass 60 is the 20th of 32 samples, or the 50th of 62.
        assert_eq!(Steady::of(&all[..40], &all[40..]), Steady { class: WarmUp, first_of_last_segment: 60 });
        assert_eq!(Steady::of(&all[..10], &all[10..]), Steady { class: NoSteadyState, first_of_last_segment: 60 });
    }

    #[test]
    fn one_or_two_outliers_make_no_level_wherever_they_are() {
        for index in 0..29 {
            let mut samples = passes(&[(30, 5.0)], 0.01, 3);
            samples[index] *= 10.0;
            assert_eq!(Steady::of(&[], &samples).class, Flat, "{index}");
            samples[index + 1] *= 10.0;
            assert_eq!(Steady::of(&[], &samples).class, Flat, "{index} and the next");
        }
        let mut samples = passes(&[(8, 5.0)], 0.01, 3);
        samples[7] *= 10.0;
        assert_eq!(Steady::of(&[], &samples).class, Flat);
    }

    #[test]
    fn levels_within_two_percent_are_one() {
        for seed in 0..20 {
            let quiet = |step: f64| Steady::of(&[], &passes(&[(30, 5.0), (30, 5.0 * step)], 0.001, seed)).class;
            assert_eq!((quiet(1.015), quiet(1.03)), (Flat, Slowdown));
        }
        // Three passes must differ by a little more: by 2.2 % they save 3 * 4.4^2 of the 62 that a change costs.
        let brief = |step: f64| Steady::of(&[], &passes(&[(3, 5.0 * step), (40, 5.0)], 0.0001, 1)).class;
        assert_eq!((brief(1.022), brief(1.03)), (Flat, WarmUp));
        let behind = passes(&[(10, 9.0), (30, 5.0), (30, 5.075)], 0.001, 1);
        assert_eq!(Steady::of(&[], &behind), Steady { class: WarmUp, first_of_last_segment: 10 });
        // Ten steps of 1 % are not one segment, though each is like the next.
        let slide: Vec<(usize, f64)> = (0..10).map(|i| (20, 5.0 * (1.0 + 0.01 * f64::from(i)))).collect();
        assert_ne!(Steady::of(&[], &passes(&slide, 0.001, 1)).class, Flat);
    }

    #[test]
    fn a_coarse_clock_makes_no_levels() {
        let samples: Vec<f64> = (0..50).map(|i| if i % 9 == 4 { 101.0 } else { 100.0 }).collect();
        assert_eq!(Steady::of(&[], &samples).class, Flat);
        assert_eq!(Steady::of(&[], &[0.1; 50]).class, Flat);
        let step = [vec![120.0; 10], samples].concat();
        assert_eq!(Steady::of(&[], &step), Steady { class: WarmUp, first_of_last_segment: 10 });
    }

    #[test]
    fn noise_is_seldom_taken_for_levels() {
        // Of a hundred series: independent with 10 % of noise, and with neighbours that resemble each other by a half.
        let unsteady = |series: &dyn Fn(u64) -> Vec<f64>| {
            let times = |seed| series(seed).iter().map(|noise| 5.0 * (1.0 + 0.05 * noise)).collect::<Vec<f64>>();
            (0..100).filter(|&seed| Steady::of(&[], &times(seed)).class != Flat).count()
        };
        let (independent, dependent) =
            (unsteady(&|seed| normals(200, seed)), unsteady(&|seed| autoregressive(200, 0.5, seed)));
        assert!(independent == 0 && dependent <= 10, "{independent} {dependent}");
    }

    #[test]
    fn of_few_passes_or_no_times_nothing_is_said() {
        assert_eq!(Steady::of(&[5.0; 3], &[5.0; 4]).class, TooFew);
        assert_eq!(Steady::of(&[5.0; 3], &[5.0; 5]).class, Flat);
        for pass in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Steady::of(&[5.0; 20], &[pass]).class, TooFew);
        }
        assert_eq!(Steady::of(&[f64::MAX; 20], &[1.0; 20]).first_of_last_segment, 20);
    }

    #[test]
    fn the_worst_of_processes_is_what_is_known_to_be_unsteady() {
        assert_eq!(Steadiness::worst([Flat, WarmUp, Flat]), Some(WarmUp));
        assert_eq!(Steadiness::worst([TooFew, WarmUp]), Some(TooFew));
        assert_eq!(Steadiness::worst([TooFew, Slowdown]), Some(Slowdown));
        assert_eq!(Steadiness::worst([NoSteadyState, Slowdown]), Some(NoSteadyState));
        assert_eq!(Steadiness::worst([]), None);
    }

    #[test]
    fn a_process_whose_samples_drift_is_not_flat() {
        let over = Drift { relative: -0.03, low: -0.04, high: -0.01 };
        let unsure = Drift { low: -0.09, high: 0.02, ..over };
        let classes = [Flat, WarmUp, TooFew, Slowdown, NoSteadyState];
        assert_eq!(
            classes.map(|class| class.with_drift(Some(&over))),
            [Drifting, Drifting, Drifting, Slowdown, NoSteadyState]
        );
        assert_eq!(classes.map(|class| class.with_drift(Some(&unsure))), classes);
        assert_eq!(Flat.with_drift(None), Flat);
        assert_eq!(Steadiness::worst([TooFew, Drifting, Flat]), Some(Drifting));
    }

    #[test]
    fn ten_thousand_passes_have_a_class_whatever_they_do() {
        let flat = passes(&[(10_000, 5.0)], 0.01, 1);
        let slide: Vec<f64> = (0..10_000).map(|i| 5.0 + f64::from(i) / 1000.0).collect();
        let steps = passes(&[(20, 5.0), (20, 6.0)].repeat(250), 0.01, 1);
        assert_eq!(
            [&flat, &slide, &steps].map(|passes| Steady::of(&[], passes).class),
            [Flat, NoSteadyState, NoSteadyState]
        );
    }
}
