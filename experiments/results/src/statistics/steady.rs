//! Whether a process became steady: the segments of constant time between its change points. Independent of units.
//!
//! The classes are those of Barrett, Bolz-Tereick, Killick, Mount and Tratt, Virtual Machine Warmup Blows Hot and Cold,
//! 2017.

use serde::{Deserialize, Serialize};

use super::change_points;
use super::drift::{Drift, LIMIT};
use super::median::median;
use super::quantile::mad;

/// Maximum difference between the means of segments that count as one, as a share of the faster one.
const SAME: f64 = LIMIT;

/// Minimum number of passes: two segments of three passes each need a few more to be distinguished from noise.
const MIN_PASSES: usize = 8;

/// Number of passes around each one with whose median it is compared: up to two slow ones in a row are outliers, three
/// are a segment.
const NEIGHBOURS: usize = 5;

/// Maximum distance of a pass from the median of its neighbours, in standard deviations; passes beyond are clipped.
const MAX_DEVIATIONS: f64 = 3.0;

/// How a process ran from its first pass to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steadiness {
    /// One segment.
    Flat,
    /// Several segments; the last is the fastest.
    WarmUp,
    /// Its samples rise or fall by more than [`LIMIT`] from the first to the last, and neither of the next two applies.
    Drifting,
    /// Several segments; one before the last was faster.
    Slowdown,
    /// A change point is within the last quarter of the samples.
    NoSteadyState,
    /// It has fewer than eight passes, or one without a positive, finite time: nothing can be decided.
    TooFew,
}

/// How a process ran, and where its last segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady {
    /// Its class.
    pub class: Steadiness,
    /// Index of the first pass of the last segment, counting warm-up passes; 0 if there is one segment.
    pub first_of_last_segment: usize,
}

impl Steadiness {
    /// The worst of several processes; unknown is between unsteady and steady. None without processes.
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

    /// The class of a process whose samples have this drift: a slow rise without change points is not flat.
    pub fn with_drift(self, drift: Option<&Drift>) -> Self {
        match self {
            Self::Flat | Self::WarmUp | Self::TooFew if drift.is_some_and(Drift::is_over_limit) => Self::Drifting,
            other => other,
        }
    }
}

impl Steady {
    /// Classifies a process by its warm-up passes and its samples, each in the order taken.
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

/// The standard deviation of a pass around the mean of its segment.
///
/// It is computed from the differences of successive passes, which change points hardly affect: their median absolute
/// deviation, times 1.4826 for a normal distribution and over √2 for a difference. It is at least a quarter of the
/// difference between segments that count as one: with a coarse clock, most differences can be 0, and smaller steps do
/// not matter.
fn noise(passes: &[f64]) -> Option<f64> {
    let steps: Vec<f64> = passes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let noise = 1.4826 * mad(&steps)? / 2.0_f64.sqrt();
    Some(noise.max(SAME / 4.0 * median(passes)?))
}

/// The segments in order; successive ones differ by more than [`SAME`].
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
    // The nearest are merged first, so that a slow slide of many small steps does not become one segment.
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

/// The minimum saving of a change, in squared standard deviations: 15 ln n, as in Barrett et al.
///
/// Independent normal passes would need 2 ln n (the Schwarz criterion), but correlated passes vary more than their
/// differences show. It also exceeds what two clipped outliers can save, 2 * 3^2, so outliers never form a segment. The
/// logarithm is that of the next power of two, which tends to give fewer changes and is the same on every machine.
fn penalty(count: usize) -> f64 {
    15.0 * std::f64::consts::LN_2 * f64::from(count.next_power_of_two().ilog2())
}

/// The passes, clipped to a maximum distance from the median of their neighbours.
fn clipped(passes: &[f64], noise: f64) -> Vec<f64> {
    let max = MAX_DEVIATIONS * noise;
    let clip = |(index, &pass): (usize, &f64)| {
        // At the ends the neighbours are all on one side.
        let first = index.saturating_sub(NEIGHBOURS / 2).min(passes.len().saturating_sub(NEIGHBOURS));
        let near = &passes[first..passes.len().min(first + NEIGHBOURS)];
        median(near).map_or(pass, |center| pass.max(center - max).min(center + max))
    };
    passes.iter().enumerate().map(clip).collect()
}

#[cfg(test)]
mod tests {
    use super::Steadiness::{Drifting, Flat, NoSteadyState, Slowdown, TooFew, WarmUp};
    use super::*;
    use crate::statistics::split_mix::tests::{autoregressive, normals};

    /// The passes of each segment, with noise as a share of its time.
    fn passes(segments: &[(usize, f64)], share: f64, seed: u64) -> Vec<f64> {
        let count = segments.iter().map(|(count, _)| count).sum();
        let times = segments.iter().flat_map(|&(count, time)| vec![time; count]);
        times.zip(normals(count, seed)).map(|(time, noise)| time * (1.0 + share * noise)).collect()
    }

    fn class(segments: &[(usize, f64)], seed: u64) -> Steadiness {
        Steady::of(&[], &passes(segments, 0.01, seed)).class
    }

    #[test]
    fn segments_decide_the_class() {
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
    fn the_start_of_the_last_segment_counts_warm_up_passes() {
        let warm_up = [9.0, 8.9, 9.1, 9.0, 5.0, 5.01];
        let samples = passes(&[(12, 5.0)], 0.004, 1);
        assert_eq!(Steady::of(&warm_up, &samples), Steady { class: WarmUp, first_of_last_segment: 4 });
        assert_eq!(Steady::of(&[], &samples), Steady { class: Flat, first_of_last_segment: 0 });
    }

    #[test]
    fn the_last_quarter_is_that_of_the_samples() {
        let all = passes(&[(60, 6.0), (12, 5.0)], 0.005, 1);
        // The change at pass 60 is at sample 20 of 32, or 50 of 62.
        assert_eq!(Steady::of(&all[..40], &all[40..]), Steady { class: WarmUp, first_of_last_segment: 60 });
        assert_eq!(Steady::of(&all[..10], &all[10..]), Steady { class: NoSteadyState, first_of_last_segment: 60 });
    }

    #[test]
    fn one_or_two_outliers_do_not_form_a_segment() {
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
    fn segments_within_two_percent_are_one() {
        for seed in 0..20 {
            let quiet = |step: f64| Steady::of(&[], &passes(&[(30, 5.0), (30, 5.0 * step)], 0.001, seed)).class;
            assert_eq!((quiet(1.015), quiet(1.03)), (Flat, Slowdown));
        }
        // Three passes must differ by a little more: at 2.2 % they save 3 * 4.4^2, but a change costs 62.
        let brief = |step: f64| Steady::of(&[], &passes(&[(3, 5.0 * step), (40, 5.0)], 0.0001, 1)).class;
        assert_eq!((brief(1.022), brief(1.03)), (Flat, WarmUp));
        let behind = passes(&[(10, 9.0), (30, 5.0), (30, 5.075)], 0.001, 1);
        assert_eq!(Steady::of(&[], &behind), Steady { class: WarmUp, first_of_last_segment: 10 });
        // Ten steps of 1 % are not one segment, although each is close to the next.
        let slide: Vec<(usize, f64)> = (0..10).map(|i| (20, 5.0 * (1.0 + 0.01 * f64::from(i)))).collect();
        assert_ne!(Steady::of(&[], &passes(&slide, 0.001, 1)).class, Flat);
    }

    #[test]
    fn a_coarse_clock_does_not_form_segments() {
        let samples: Vec<f64> = (0..50).map(|i| if i % 9 == 4 { 101.0 } else { 100.0 }).collect();
        assert_eq!(Steady::of(&[], &samples).class, Flat);
        assert_eq!(Steady::of(&[], &[0.1; 50]).class, Flat);
        let step = [vec![120.0; 10], samples].concat();
        assert_eq!(Steady::of(&[], &step), Steady { class: WarmUp, first_of_last_segment: 10 });
    }

    #[test]
    fn noise_rarely_forms_segments() {
        // A hundred series with 5 % of noise each: independent, and with an autocorrelation of 0.5.
        let unsteady = |series: &dyn Fn(u64) -> Vec<f64>| {
            let times = |seed| series(seed).iter().map(|noise| 5.0 * (1.0 + 0.05 * noise)).collect::<Vec<f64>>();
            (0..100).filter(|&seed| Steady::of(&[], &times(seed)).class != Flat).count()
        };
        let (independent, dependent) =
            (unsteady(&|seed| normals(200, seed)), unsteady(&|seed| autoregressive(200, 0.5, seed)));
        assert!(independent == 0 && dependent <= 10, "{independent} {dependent}");
    }

    #[test]
    fn few_passes_and_invalid_times_have_no_class() {
        assert_eq!(Steady::of(&[5.0; 3], &[5.0; 4]).class, TooFew);
        assert_eq!(Steady::of(&[5.0; 3], &[5.0; 5]).class, Flat);
        for pass in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Steady::of(&[5.0; 20], &[pass]).class, TooFew);
        }
        assert_eq!(Steady::of(&[f64::MAX; 20], &[1.0; 20]).first_of_last_segment, 20);
    }

    #[test]
    fn unsteady_is_worse_than_unknown_and_unknown_worse_than_steady() {
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
    fn ten_thousand_passes_are_classified() {
        let flat = passes(&[(10_000, 5.0)], 0.01, 1);
        let slide: Vec<f64> = (0..10_000).map(|i| 5.0 + f64::from(i) / 1000.0).collect();
        let steps = passes(&[(20, 5.0), (20, 6.0)].repeat(250), 0.01, 1);
        assert_eq!(
            [&flat, &slide, &steps].map(|passes| Steady::of(&[], passes).class),
            [Flat, NoSteadyState, NoSteadyState]
        );
    }
}
