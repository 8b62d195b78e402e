//! The bootstrap of the median: its distribution when samples are drawn again. Independent of units.
//!
//! Samples of one process are correlated, more so if they were taken in succession. So processes are drawn first, and
//! then blocks of successive samples within each. If processes differ by more than their samples do, the interval is
//! too narrow for few processes: it hardly exceeds the range of their m medians, which covers the median of all
//! possible processes with 1 - 2^(1-m), or 50 % for two, 75 % for three and 94 % for five. If they do not differ, it is
//! too wide, by a factor of up to √2, since the samples' own variance is counted twice.

use super::dependence::{deviations, product};
use super::median::{median, middle};
use super::rank_interval::rank_interval;
use super::split_mix::SplitMix;
use crate::estimates::Estimate;

/// Number of resamples for each interval.
///
/// With 1999, the ends of the 95 % interval are the 50th medians from below and above, so no quantile must be
/// interpolated: 0.025 * (1999 + 1) = 50 (Davison and Hinkley, Bootstrap Methods and their Application, 1997, Section
/// 5.2).
pub const RESAMPLES: usize = 1999;

/// The rank of the resample at each end of the 95 % interval: see [`RESAMPLES`].
pub const TAIL: usize = 50;

/// Minimum number of blocks in a resample of a process; with fewer, all resamples would be similar.
const MIN_BLOCKS: usize = 4;

/// Minimum number of samples. A resample of one or two only has their values and the mean: too narrow an interval.
const MIN_SAMPLES: usize = 3;

/// The median of all samples with its 95 % interval; none without samples. Each process has its samples in the order
/// taken.
///
/// The interval encloses that of [`interval`], which accounts for correlated samples, and that of the ranks, which
/// accounts for few samples: for ten independent samples, the bootstrap alone covers the median with 86 %, both with
/// 98 %. Ranks are of the samples of one process, or else of the medians of several. If there are n < 6, they give the
/// range, which covers 1 - 2^(1-n).
pub fn estimate(processes: &[&[f64]], seed: u64) -> Option<Estimate> {
    let samples = processes.concat();
    let value = median(&samples)?;
    let medians: Vec<f64> = processes.iter().filter_map(|samples| median(samples)).collect();
    let independent = if medians.len() > 1 { &medians } else { &samples };
    let (mut low, mut high) = rank_interval(independent).unwrap_or_else(|| range(independent));
    if samples.len() >= MIN_SAMPLES {
        let resampled = interval(processes, seed);
        (low, high) = (low.min(resampled.0), high.max(resampled.1));
    }
    // An interval must contain its own median, whatever was drawn.
    Some(Estimate { value, low: low.min(value), high: high.max(value) })
}

/// The 95 % percentile interval of the median of all samples; NaN without samples.
pub fn interval(processes: &[&[f64]], seed: u64) -> (f64, f64) {
    let mut medians = medians(processes, &mut SplitMix(seed));
    medians.sort_unstable_by(f64::total_cmp);
    (medians[TAIL - 1], medians[RESAMPLES - TAIL])
}

/// One process to resample.
struct Process {
    /// The rank of each sample, in the order taken, among the samples of all processes.
    ranks: Vec<usize>,
    /// Number of successive samples that are drawn together.
    block: usize,
}

/// The median of each resample.
fn medians(processes: &[&[f64]], generator: &mut SplitMix) -> Vec<f64> {
    let samples = processes.concat();
    // A resample is stored as the number of times it contains each rank, so its median needs no sorting.
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by(|&a, &b| samples[a].total_cmp(&samples[b]));
    let sorted: Vec<f64> = order.iter().map(|&index| samples[index]).collect();
    let mut ranks = vec![0; samples.len()];
    for (rank, &index) in order.iter().enumerate() {
        ranks[index] = rank;
    }
    let mut ranks = ranks.into_iter();
    let processes: Vec<Process> = processes
        .iter()
        .filter(|samples| !samples.is_empty())
        .map(|samples| Process { ranks: ranks.by_ref().take(samples.len()).collect(), block: block(samples) })
        .collect();
    let mut times = vec![0; sorted.len()];
    let resample = |_| {
        times.fill(0);
        let drawn = draw(&processes, generator, &mut times);
        median_of_ranks(&times, drawn, &sorted)
    };
    (0..RESAMPLES).map(resample).collect()
}

/// Draws as many processes as there are and resamples each. Counts the ranks drawn in `times` and returns their number.
fn draw(processes: &[Process], generator: &mut SplitMix, times: &mut [usize]) -> usize {
    let mut drawn = 0;
    for _ in 0..processes.len() {
        let chosen = if processes.len() > 1 { generator.below(processes.len()) } else { 0 };
        let Process { ranks, block } = &processes[chosen];
        let mut missing = ranks.len();
        while missing > 0 {
            // Blocks wrap around the end, so that the first and last samples are drawn as often as the others.
            let start = generator.below(ranks.len());
            let length = missing.min(*block);
            for index in start..start + length {
                times[ranks[index % ranks.len()]] += 1;
            }
            missing -= length;
        }
        drawn += ranks.len();
    }
    drawn
}

/// Length of the blocks: twice the first lag at which samples are not correlated.
fn block(samples: &[f64]) -> usize {
    let max = (samples.len() / MIN_BLOCKS).max(1);
    let deviations = deviations(samples);
    let is_uncorrelated = |lag: &usize| product(&deviations, *lag) <= 0.0;
    (1..max.div_ceil(2)).find(is_uncorrelated).map_or(max, |lag| 2 * lag)
}

/// The median of `drawn` values, of which `sorted[rank]` occurs `times[rank]` times.
fn median_of_ranks(times: &[usize], drawn: usize, sorted: &[f64]) -> f64 {
    let at = |wanted: usize| {
        let mut seen = 0;
        let rank = times.iter().position(|times| {
            seen += times;
            seen > wanted
        });
        rank.map_or(f64::NAN, |rank| sorted[rank])
    };
    middle(drawn).map_or(f64::NAN, |(lower, upper)| f64::midpoint(at(lower), at(upper)))
}

fn range(samples: &[f64]) -> (f64, f64) {
    samples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::{autoregressive, normal, normals, shuffled};

    fn width(processes: &[&[f64]]) -> f64 {
        let (low, high) = interval(processes, 1);
        high - low
    }

    #[test]
    fn the_interval_contains_the_median_for_every_seed() {
        for (seed, count) in (3..60).enumerate() {
            let estimate = estimate(&[&shuffled(count)], seed as u64).expect("samples");
            assert!(estimate.low <= estimate.value && estimate.value <= estimate.high, "{estimate:?}");
        }
        assert_eq!(estimate(&[], 1), None);
        assert_eq!(estimate(&[&[], &[]], 1), None);
    }

    #[test]
    fn equal_samples_have_an_interval_without_width() {
        for count in [1, 2, 3, 7, 100] {
            let samples = vec![0.1; count];
            let expected = Some(Estimate { value: 0.1, low: 0.1, high: 0.1 });
            assert_eq!(estimate(&[&samples], 1), expected);
            assert_eq!(estimate(&[&samples, &samples, &[]], 1), expected);
        }
    }

    #[test]
    fn one_or_two_samples_give_their_range() {
        assert_eq!(estimate(&[&[2.0]], 1), Some(Estimate { value: 2.0, low: 2.0, high: 2.0 }));
        assert_eq!(estimate(&[&[4.0, 2.0]], 1), Some(Estimate { value: 3.0, low: 2.0, high: 4.0 }));
        assert_eq!(estimate(&[&[4.0], &[2.0]], 1), Some(Estimate { value: 3.0, low: 2.0, high: 4.0 }));
    }

    #[test]
    fn the_same_samples_and_seed_give_the_same_interval() {
        let (one, two) = (shuffled(31), shuffled(17));
        let processes: [&[f64]; 2] = [&one, &two];
        assert_eq!(estimate(&processes, 5), estimate(&processes, 5));
        let others = (6..40).filter(|&seed| estimate(&processes, seed) != estimate(&processes, 5));
        assert!(others.count() > 0, "the seed is used");
    }

    #[test]
    fn a_seed_gives_the_same_interval_in_every_version() {
        // From the first version, for a single process: published intervals must not change.
        let shuffled = |count, seed| interval(&[&shuffled(count)], seed);
        assert_eq!([shuffled(10, 2), shuffled(31, 5), shuffled(200, 11)], [(3.0, 7.5), (11.0, 23.0), (86.0, 113.5)]);
    }

    #[test]
    fn the_interval_is_close_to_that_of_order_statistics() {
        // Of 100 independent samples, the 40th and the 61st enclose the median with 95 % (binomial with p = 1/2).
        let (low, high) = interval(&[&shuffled(100)], 1);
        assert!((low - 40.0).abs() <= 4.0 && (high - 61.0).abs() <= 4.0, "{low} {high}");
    }

    #[test]
    fn more_samples_of_the_same_spread_give_a_narrower_interval() {
        let relative = |count: u32| width(&[&shuffled(count)]) / f64::from(count);
        assert!(relative(20) > relative(100) && relative(100) > relative(1000));
        // The width decreases with the root of the number: ten times the samples, about 3.2 times narrower.
        let ratio = relative(100) / relative(1000);
        assert!((2.0..5.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn correlated_samples_give_a_wider_interval() {
        let runs: Vec<f64> = shuffled(25).into_iter().flat_map(|value| [value; 8]).collect();
        let mixed: Vec<f64> = shuffled(200).into_iter().map(|value| (value / 8.0).ceil()).collect();
        assert!(width(&[&runs]) > 1.5 * width(&[&mixed]), "{} {}", width(&[&runs]), width(&[&mixed]));
    }

    #[test]
    fn blocks_are_twice_as_long_as_samples_are_correlated() {
        // Ten periods of 20 high and 20 low values. At a lag of 10, 200 of 390 products are positive; at 11, fewer than
        // half.
        let wave: Vec<f64> = (0..400).map(|i| if i / 20 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(block(&wave), 22);
        // A steady rise is correlated at every lag: blocks are a quarter of it, so that a resample has four.
        assert_eq!(block(&(0..400).map(f64::from).collect::<Vec<f64>>()), 100);
        assert_eq!([1, 3, 8].map(|count| block(&shuffled(count))), [1, 1, 2]);
    }

    #[test]
    fn processes_that_differ_give_a_wider_interval_than_processes_that_do_not() {
        let near: Vec<Vec<f64>> = (0..5).map(|seed| normals(40, seed)).collect();
        let far: Vec<Vec<f64>> =
            (0..).zip(&near).map(|(i, samples)| samples.iter().map(|x| x + 3.0 * f64::from(i)).collect()).collect();
        let slices = |samples: &[Vec<f64>]| width(&samples.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert!(slices(&far) > 5.0 * slices(&near), "{} {}", slices(&far), slices(&near));
    }

    #[test]
    fn processes_that_do_not_differ_give_an_interval_wider_by_about_the_root_of_two() {
        // The variance of the mean is counted once for the draw of processes, minus a tenth since ten share one mean,
        // and once for the draw of samples: sqrt(1.9) = 1.38 times as wide.
        let ratio = |seed| {
            let samples = normals(200, seed);
            let cut: Vec<&[f64]> = samples.chunks(20).collect();
            width(&cut) / width(&[&samples])
        };
        let ratio = (0..20).map(ratio).sum::<f64>() / 20.0;
        assert!((1.2..1.55).contains(&ratio), "{ratio}");
    }

    /// How many of 200 intervals contain 0, the true median.
    fn covered(draw: impl Fn(u64) -> Vec<Vec<f64>>) -> usize {
        let covers = |&seed: &u64| {
            let drawn = draw(seed);
            let (low, high) = interval(&drawn.iter().map(Vec::as_slice).collect::<Vec<_>>(), seed);
            low <= 0.0 && 0.0 <= high
        };
        (0..200).filter(covers).count()
    }

    #[test]
    fn the_interval_covers_the_median_at_about_its_nominal_rate() {
        // 88 to 99 % of 200: 95 %, minus a little because blocks are short, within three standard errors of 1.5 %.
        let independent = covered(|seed| vec![normals(40, seed)]);
        assert!((176..=198).contains(&independent), "independent: {independent}");
        let dependent = covered(|seed| vec![autoregressive(200, 0.3, seed)]);
        assert!((176..=198).contains(&dependent), "dependent: {dependent}");
        let processes = covered(|seed| {
            let mut means = SplitMix(seed + 1000);
            let around = |mean: f64, seed| normals(20, seed).into_iter().map(|sample| sample + mean).collect();
            (0..12).map(|process| around(normal(&mut means), 12 * seed + process)).collect()
        });
        assert!((176..=198).contains(&processes), "processes: {processes}");
    }

    #[test]
    fn an_estimate_of_few_samples_or_processes_has_the_coverage_of_ranks() {
        let coverage = |draw: &dyn Fn(u64) -> Vec<Vec<f64>>| {
            let covers = |&seed: &u64| {
                let drawn = draw(seed);
                let slices: Vec<&[f64]> = drawn.iter().map(Vec::as_slice).collect();
                estimate(&slices, seed).is_some_and(|estimate| estimate.low <= 0.0 && 0.0 <= estimate.high)
            };
            (0..400).filter(covers).count() as f64 / 400.0
        };
        // Ranks 2 and 9 of ten: 97.9 %. The range of five medians: 93.75 %. Within at least three standard errors.
        let ten = coverage(&|seed| vec![normals(10, seed)]);
        assert!((0.955..=1.0).contains(&ten), "ten samples: {ten}");
        let five = coverage(&|seed| {
            let mut means = SplitMix(seed + 1000);
            let around = |mean: f64, seed| normals(10, seed).into_iter().map(|sample| sample + mean).collect();
            (0..5).map(|process| around(normal(&mut means), 5 * seed + process)).collect()
        });
        assert!((0.90..0.985).contains(&five), "five processes: {five}");
    }
}
