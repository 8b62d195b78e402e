//! The bootstrap of the median: what it might have been, had other samples been taken. Knows no unit. The same samples and
//! seed give the same numbers on every machine, since nothing but sums, products and comparisons is computed.

use crate::statistics::middle;

/// With 1999 resamples the ends of the 95 % interval are the 50th medians from below and above, and no quantile has to be
/// interpolated: 0.025 * (1999 + 1) = 50 (Davison and Hinkley, Bootstrap Methods and their Application, 1997, Section 5.2).
const RESAMPLES: usize = 1999;
const TAIL: usize = 50;

/// A resample is made of at least this many blocks, or all of them would look alike.
const LEAST_BLOCKS: usize = 4;

/// The percentile interval of the median of at least one sample. Samples that follow each other resemble each other, so whole
/// blocks of neighbours are drawn.
pub(crate) fn interval(samples: &[f64], seed: u64) -> (f64, f64) {
    let (count, block) = (samples.len(), block(samples));
    // A resample is kept as how often it holds each rank: its median then takes one pass and no sorting.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| samples[a].total_cmp(&samples[b]));
    let sorted: Vec<f64> = order.iter().map(|&index| samples[index]).collect();
    let mut rank = vec![0; count];
    for (place, &index) in order.iter().enumerate() {
        rank[index] = place;
    }
    let mut generator = SplitMix(seed);
    let mut times = vec![0; count];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            times.fill(0);
            let mut missing = count;
            while missing > 0 {
                // Blocks go round the end, so that the first and last samples are drawn as often as the others.
                let start = generator.below(count);
                for index in start..start + block.min(missing) {
                    times[rank[index % count]] += 1;
                }
                missing -= block.min(missing);
            }
            median_of_ranks(&times, &sorted)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    (medians[TAIL - 1], medians[RESAMPLES - TAIL])
}

/// Length of the blocks: twice the lag at which samples cease to resemble each other, the first zero of the autocorrelation.
fn block(samples: &[f64]) -> usize {
    let count = samples.len();
    let most = (count / LEAST_BLOCKS).max(1);
    let mean = samples.iter().sum::<f64>() / count as f64;
    let unlike = |lag: &usize| {
        let pairs = samples.iter().zip(samples.iter().skip(*lag));
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() <= 0.0
    };
    (1..most.div_ceil(2)).find(unlike).map_or(most, |lag| 2 * lag)
}

/// The median of a resample that holds the value `sorted[rank]` `times[rank]` times, as many values as there are ranks.
fn median_of_ranks(times: &[usize], sorted: &[f64]) -> f64 {
    let at = |wanted: usize| {
        let mut seen = 0;
        let rank = times.iter().position(|times| {
            seen += times;
            seen > wanted
        });
        rank.map_or(f64::NAN, |rank| sorted[rank])
    };
    middle(sorted.len()).map_or(f64::NAN, |(lower, upper)| f64::midpoint(at(lower), at(upper)))
}

/// SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), with their constants.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound` - 1, each as likely as the others but for a share of `bound` / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// 1 to `count` in an order without pattern.
    pub(crate) fn shuffled(count: u32) -> Vec<f64> {
        let mut values: Vec<f64> = (1..=count).map(f64::from).collect();
        let mut generator = SplitMix(7);
        for last in (1..values.len()).rev() {
            values.swap(last, generator.below(last + 1));
        }
        values
    }

    fn width(samples: &[f64]) -> f64 {
        let (low, high) = interval(samples, 1);
        high - low
    }

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // Of the reference implementation by S. Vigna (splitmix64.c) from the state 1234567.
        let mut generator = SplitMix(1_234_567);
        assert_eq!(generator.next(), 6_457_827_717_110_365_317);
        assert_eq!(generator.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_interval_is_near_that_of_order_statistics() {
        // Of 100 independent samples the 40th and the 61st enclose the median with 95 % (binomial with p = 1/2).
        let (low, high) = interval(&shuffled(100), 1);
        assert!((low - 40.0).abs() <= 4.0 && (high - 61.0).abs() <= 4.0, "{low} {high}");
    }

    #[test]
    fn more_samples_of_the_same_spread_give_a_narrower_interval() {
        let relative = |count: u32| width(&shuffled(count)) / f64::from(count);
        assert!(relative(20) > relative(100) && relative(100) > relative(1000));
        // The width falls with the root of the number: tenfold samples, about 3.2 times narrower.
        let ratio = relative(100) / relative(1000);
        assert!((2.0..5.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn samples_that_resemble_their_neighbours_give_a_wider_interval() {
        let runs: Vec<f64> = shuffled(25).into_iter().flat_map(|value| [value; 8]).collect();
        let apart: Vec<f64> = shuffled(200).into_iter().map(|value| (value / 8.0).ceil()).collect();
        assert!(width(&runs) > 1.5 * width(&apart), "{} {}", width(&runs), width(&apart));
    }
}
