//! Random numbers from a seed, the same on every machine. Independent of samples.

/// SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), with their
/// constants.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound` - 1, uniform up to a share of `bound` / 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// 1 to `count` in random order.
    pub(crate) fn shuffled(count: u32) -> Vec<f64> {
        let mut values: Vec<f64> = (1..=count).map(f64::from).collect();
        let mut generator = SplitMix(7);
        for last in (1..values.len()).rev() {
            values.swap(last, generator.below(last + 1));
        }
        values
    }

    /// From 0 to 1, 1 excluded.
    pub(crate) fn uniform(generator: &mut SplitMix) -> f64 {
        (generator.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Approximately normal, with mean 0 and variance 1: the sum of twelve uniform numbers, which needs no logarithm.
    pub(crate) fn normal(generator: &mut SplitMix) -> f64 {
        (0..12).map(|_| uniform(generator)).sum::<f64>() - 6.0
    }

    /// `count` independent numbers of [`normal`].
    pub(crate) fn normals(count: usize, seed: u64) -> Vec<f64> {
        let mut generator = SplitMix(seed);
        (0..count).map(|_| normal(&mut generator)).collect()
    }

    /// The first-order autoregressive series x[i] = `share` * x[i - 1] + e[i] with independent e, variance 1.
    pub(crate) fn autoregressive(count: usize, share: f64, seed: u64) -> Vec<f64> {
        let scale = (1.0 - share * share).sqrt();
        let mut last = 0.0;
        let next = |step: f64| {
            last = share * last + scale * step;
            last
        };
        // The first hundred still depend on the start at 0.
        normals(count + 100, seed).into_iter().map(next).skip(100).collect()
    }

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // By the reference implementation by S. Vigna (splitmix64.c), from the state 1234567.
        let mut generator = SplitMix(1_234_567);
        assert_eq!(generator.next(), 6_457_827_717_110_365_317);
        assert_eq!(generator.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_test_series_have_mean_zero_and_variance_one() {
        for series in [normals(20_000, 1), autoregressive(20_000, 0.5, 2)] {
            let count = series.len() as f64;
            let mean = series.iter().sum::<f64>() / count;
            let variance = series.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
            assert!(mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        }
    }
}
