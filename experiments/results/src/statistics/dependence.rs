//! The correlation of successive samples, and how many independent samples they are equivalent to. Independent of units.
//!
//! Several processes are pooled: the products of their deviations, each from its own mean, are added. So differences
//! between processes have no effect.

/// The correlation of each sample with the next of its process, -1 to 1; 0 if no process varies.
pub fn autocorrelation(processes: &[&[f64]]) -> f64 {
    let series: Vec<Vec<f64>> = processes.iter().map(|samples| deviations(samples)).collect();
    let variation = products(&series, 0);
    if variation > 0.0 { products(&series, 1) / variation } else { 0.0 }
}

/// The number of independent samples that would give the mean equally precisely: n / (1 + 2 sum of the
/// autocorrelations), at most n.
///
/// The sum ends before the first pair of successive lags whose autocorrelations do not add up to more than 0: the
/// initial positive sequence of Geyer, Practical Markov Chain Monte Carlo, 1992. Equal samples all count. The time is
/// proportional to the number of lags in the sum times n.
pub fn effective_samples(processes: &[&[f64]]) -> f64 {
    let count = processes.iter().map(|samples| samples.len()).sum::<usize>() as f64;
    let longest = processes.iter().map(|samples| samples.len()).max().unwrap_or(0);
    let series: Vec<Vec<f64>> = processes.iter().map(|samples| deviations(samples)).collect();
    let variation = products(&series, 0);
    if variation <= 0.0 {
        return count;
    }
    let pairs = (0..longest).step_by(2).map(|lag| products(&series, lag) + products(&series, lag + 1));
    // Lag 0 is included once and every other lag twice.
    let sum: f64 = pairs.take_while(|&pair| pair > 0.0).sum();
    let samples_per_independent_one = 2.0 * sum / variation - 1.0;
    if samples_per_independent_one > 1.0 { count / samples_per_independent_one } else { count }
}

/// Each sample minus the mean of all; exactly 0 if all are equal, since their mean might be rounded.
pub(crate) fn deviations(samples: &[f64]) -> Vec<f64> {
    if samples.windows(2).all(|pair| pair[0] == pair[1]) {
        return vec![0.0; samples.len()];
    }
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    samples.iter().map(|sample| sample - mean).collect()
}

/// The sum of the products of each deviation with the one `lag` later.
pub(crate) fn product(deviations: &[f64], lag: usize) -> f64 {
    deviations.iter().zip(deviations.iter().skip(lag)).map(|(a, b)| a * b).sum()
}

fn products(series: &[Vec<f64>], lag: usize) -> f64 {
    series.iter().map(|deviations| product(deviations, lag)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::{autoregressive, normals};

    #[test]
    fn the_effective_samples_of_an_autoregressive_series_have_their_closed_form() {
        // 1 + 2 (a + a^2 + ...) = (1 + a) / (1 - a).
        for share in [0.3, 0.5, 0.8] {
            let samples = autoregressive(100_000, share, 5);
            let expected = 100_000.0 * (1.0 - share) / (1.0 + share);
            let effective = effective_samples(&[&samples]);
            assert!((effective / expected - 1.0).abs() < 0.1, "{share}: {effective} {expected}");
            let correlation = autocorrelation(&[&samples]);
            assert!((correlation - share).abs() < 0.02, "{share}: {correlation}");
        }
    }

    #[test]
    fn nearly_all_independent_samples_are_effective() {
        let samples = normals(20_000, 9);
        let effective = effective_samples(&[&samples]);
        assert!((18_000.0..=20_000.0).contains(&effective), "{effective}");
        assert!(autocorrelation(&[&samples]).abs() < 0.02);
    }

    #[test]
    fn alternating_samples_are_not_more_effective_than_their_number() {
        let samples: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        assert_eq!(effective_samples(&[&samples]), 100.0);
        // 99 products of -1/4 over 100 of 1/4.
        assert_eq!(autocorrelation(&[&samples]), -0.99);
    }

    #[test]
    fn equal_samples_all_count() {
        assert_eq!((autocorrelation(&[&[0.1; 7]]), effective_samples(&[&[0.1; 7]])), (0.0, 7.0));
        assert_eq!((autocorrelation(&[]), effective_samples(&[])), (0.0, 0.0));
    }

    #[test]
    fn processes_are_pooled_and_their_means_do_not_matter() {
        let (one, two) = (autoregressive(10_000, 0.5, 1), autoregressive(10_000, 0.5, 2));
        let shifted: Vec<f64> = two.iter().map(|sample| sample + 1000.0).collect();
        let (near, far) = (effective_samples(&[&one, &two]), effective_samples(&[&one, &shifted]));
        assert!((far / near - 1.0).abs() < 1e-6, "{near} {far}");
        assert!((near / (20_000.0 / 3.0) - 1.0).abs() < 0.1, "{near}");
    }
}
