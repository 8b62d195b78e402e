//! The bootstrap of the median: what it might have been, had other samples been taken. Knows no unit.
//!
//! Samples of one process resemble each other more than those of two, and the more the nearer they were taken. So processes
//! are drawn first, then blocks of neighbours within each process drawn. Of few processes such an interval is too narrow where
//! processes differ by more than their samples do: it hardly leaves the range of their medians, which encloses the median of
//! all processes there could be with 1 - 2^(1-m), or 50 % for two, 75 % for three and 94 % for five. Where they do not differ
//! it is too wide, by up to the root of two, as the samples' own variance is drawn twice.

use super::dependence::{deviations, product};
use super::median::{median, middle};
use super::rank_interval::rank_interval;
use super::split_mix::SplitMix;
use crate::estimates::Estimate;

/// Resamples behind every interval.
///
/// With 1999 the ends of the 95 % interval are the 50th medians from below and above, and no quantile has to be interpolated:
/// 0.025 * (1999 + 1) = 50 (Davison and Hinkley, Bootstrap Methods and their Application, 1997, Section 5.2).
pub const RESAMPLES: usize = 1999;

/// The resample from each end where the 95 % interval ends: see [`RESAMPLES`].
pub const TAIL: usize = 50;

/// A resample of a process is made of at least this many blocks, or all of them would look alike.
const MIN_BLOCKS: usize = 4;

/// With one or two samples every resample shows a sample or their middle: the bootstrap would claim more than is known.
const MIN_SAMPLES: usize = 3;

/// The median of all samples with its 95 % interval, or none of nothing; the samples of each process in the order taken.
///
/// The interval encloses both that of [`interval`], which knows how samples resemble each other, and that of the ranks, which
/// accounts for few samples: of ten independent samples the bootstrap alone encloses the median with 86 %, both
/// with 98 %. Ranks are of the samples of one process, or else of the medians of several; of fewer than six they give the
/// range, which covers 1 - 2^(1-n).
pub fn estimate(processes: &[&[f64]], seed: u64) -> Option<Estimate> {
    let samples = processes.concat();
    let value = median(&samples)?;
    let medians: Vec<f64> = processes.iter().filter_map(|samples| median(samples)).collect();
    let apart = if medians.len() > 1 { &medians } else { &samples };
    let (mut low, mut high) = rank_interval(apart).unwrap_or_else(|| range(apart));
    if samples.len() >= MIN_SAMPLES {
        let resampled = interval(processes, seed);
        (low, high) = (low.min(resampled.0), high.max(resampled.1));
    }
    // Whatever was drawn: an interval without its own median would be nonsense to a reader.
    Some(Estimate { value, low: low.min(value), high: high.max(value) })
}

/// The 95 % percentile interval of the median of all samples; not a number of nothing.
pub fn interval(processes: &[&[f64]], seed: u64) -> (f64, f64) {
    let mut medians = medians(processes, &mut SplitMix(seed));
    medians.sort_unstable_by(f64::total_cmp);
    (medians[TAIL - 1], medians[RESAMPLES - TAIL])
}

/// One process as it is resampled.
struct Process {
    /// Of each sample in the order taken, its place among the sorted samples of all processes.
    ranks: Vec<usize>,
    /// Neighbours drawn together.
    block: usize,
}

/// The median of each resample.
fn medians(processes: &[&[f64]], generator: &mut SplitMix) -> Vec<f64> {
    let samples = processes.concat();
    // A resample is kept as how often it holds each rank: its median then takes one pass and no sorting.
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by(|&a, &b| samples[a].total_cmp(&samples[b]));
    let sorted: Vec<f64> = order.iter().map(|&index| samples[index]).collect();
    let mut rank = vec![0; samples.len()];
    for (place, &index) in order.iter().enumerate() {
        rank[index] = place;
    }
    let mut ranks = rank.into_iter();
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

/// As many processes as there are, each chosen by chance and resampled: counts each rank drawn, and returns how many were.
fn draw(processes: &[Process], generator: &mut SplitMix, times: &mut [usize]) -> usize {
    let mut drawn = 0;
    for _ in 0..processes.len() {
        let chosen = if processes.len() > 1 { generator.below(processes.len()) } else { 0 };
        let Process { ranks, block } = &processes[chosen];
        let mut missing = ranks.len();
        while missing > 0 {
            // Blocks go round the end, so that the first and last samples are drawn as often as the others.
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

/// Length of the blocks: twice the lag at which samples cease to resemble each other, the first zero of the autocorrelation.
fn block(samples: &[f64]) -> usize {
    let max = (samples.len() / MIN_BLOCKS).max(1);
    let deviations = deviations(samples);
    let unlike = |lag: &usize| product(&deviations, *lag) <= 0.0;
    (1..max.div_ceil(2)).find(unlike).map_or(max, |lag| 2 * lag)
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
    fn the_interval_holds_the_median_whatever_the_seed() {
        for (seed, count) in (3..60).enumerate() {
            let estimate = estimate(&[&shuffled(count)], seed as u64).expect("samples");
            assert!(estimate.low <= estimate.value && estimate.value <= estimate.high, "{estimate:?}");
        }
        assert_eq!(estimate(&[], 1), None);
        assert_eq!(estimate(&[&[], &[]], 1), None);
    }

    #[test]
    fn equal_samples_leave_no_doubt() {
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
    fn a_seed_means_the_same_everywhere() {
        // Of the first version, which knew one process only: its published intervals have to stay what they are.
        let shuffled = |count, seed| interval(&[&shuffled(count)], seed);
        assert_eq!([shuffled(10, 2), shuffled(31, 5), shuffled(200, 11)], [(3.0, 7.5), (11.0, 23.0), (86.0, 113.5)]);
    }

    #[test]
    fn the_interval_is_near_that_of_order_statistics() {
        // Of 100 independent samples the 40th and the 61st enclose the median with 95 % (binomial with p = 1/2).
        let (low, high) = interval(&[&shuffled(100)], 1);
        assert!((low - 40.0).abs() <= 4.0 && (high - 61.0).abs() <= 4.0, "{low} {high}");
    }

    #[test]
    fn more_samples_of_the_same_spread_give_a_narrower_interval() {
        let relative = |count: u32| width(&[&shuffled(count)]) / f64::from(count);
        assert!(relative(20) > relative(100) && relative(100) > relative(1000));
        // The width falls with the root of the number: tenfold samples, about 3.2 times narrower.
        let ratio = relative(100) / relative(1000);
        assert!((2.0..5.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn samples_that_resemble_their_neighbours_give_a_wider_interval() {
        let runs: Vec<f64> = shuffled(25).into_iter().flat_map(|value| [value; 8]).collect();
        let apart: Vec<f64> = shuffled(200).into_iter().map(|value| (value / 8.0).ceil()).collect();
        assert!(width(&[&runs]) > 1.5 * width(&[&apart]), "{} {}", width(&[&runs]), width(&[&apart]));
    }

    #[test]
    fn blocks_are_twice_as_long_as_samples_resemble_each_other() {
        // Ten times 20 up and 20 down. At a lag of 10 the 390 products are 200 positive and 190 negative, at 11 fewer than half
        // are positive.
        let wave: Vec<f64> = (0..400).map(|i| if i / 20 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(block(&wave), 22);
        // A rise resembles itself throughout: a quarter of it, so that a resample has four blocks.
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
        // Of means the variance is that of one process, once for the draw of processes, less a tenth of it as ten have one
        // mean, and once for the draw of samples: sqrt(1.9) = 1.38 times as wide.
        let ratio = |seed| {
            let samples = normals(200, seed);
            let cut: Vec<&[f64]> = samples.chunks(20).collect();
            width(&cut) / width(&[&samples])
        };
        let ratio = (0..20).map(ratio).sum::<f64>() / 20.0;
        assert!((1.2..1.55).contains(&ratio), "{ratio}");
    }

    /// How many of 200 intervals contain 0, the median of what is drawn.
    fn covered(draw: impl Fn(u64) -> Vec<Vec<f64>>) -> usize {
        let holds = |&seed: &u64| {
            let drawn = draw(seed);
            let (low, high) = interval(&drawn.iter().map(Vec::as_slice).collect::<Vec<_>>(), seed);
            low <= 0.0 && 0.0 <= high
        };
        (0..200).filter(holds).count()
    }

    #[test]
    fn the_interval_covers_the_median_about_as_often_as_it_says() {
        // 88 to 99 % of 200: 95 % less what blocks are too short for, within three standard errors of 1.5 %.
        let independent = covered(|seed| vec![normals(40, seed)]);
        assert!((176..=198).contains(&independent), "independent: {independent}");
        let dependent = covered(|seed| vec![autoregressive(200, 0.3, seed)]);
        assert!((176..=198).contains(&dependent), "dependent: {dependent}");
        let processes = covered(|seed| {
            let mut levels = SplitMix(seed + 1000);
            let at = |level: f64, seed| normals(20, seed).into_iter().map(|sample| sample + level).collect();
            (0..12).map(|process| at(normal(&mut levels), 12 * seed + process)).collect()
        });
        assert!((176..=198).contains(&processes), "processes: {processes}");
    }

    #[test]
    fn an_estimate_of_few_samples_or_processes_covers_as_often_as_ranks_do() {
        let covers = |draw: &dyn Fn(u64) -> Vec<Vec<f64>>| {
            let holds = |&seed: &u64| {
                let drawn = draw(seed);
                let slices: Vec<&[f64]> = drawn.iter().map(Vec::as_slice).collect();
                estimate(&slices, seed).is_some_and(|estimate| estimate.low <= 0.0 && 0.0 <= estimate.high)
            };
            (0..400).filter(holds).count() as f64 / 400.0
        };
        // Ranks 2 and 9 of ten: 97.9 %. The range of five medians: 93.75 %. Within three standard errors, at least.
        let ten = covers(&|seed| vec![normals(10, seed)]);
        assert!((0.955..=1.0).contains(&ten), "ten samples: {ten}");
        let five = covers(&|seed| {
            let mut levels = SplitMix(seed + 1000);
            let at = |level: f64, seed| normals(10, seed).into_iter().map(|sample| sample + level).collect();
            (0..5).map(|process| at(normal(&mut levels), 5 * seed + process)).collect()
        });
        assert!((0.90..0.985).contains(&five), "five processes: {five}");
    }
}
