//! The claim of the paper and its verdict: radix sort beats every comparison sort above some size.

use serde::{Deserialize, Serialize};

use crate::analysis::estimate::{Estimate, ratio};
use crate::analysis::text;

/// The algorithm that the claim is about. All others compare numbers.
const CHAMPION: &str = "radix";

/// A claim in `claims.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its name in the text.
    pub id: String,
    /// The claim in one sentence.
    pub title: String,
    /// The result of all comparisons.
    pub verdict: Verdict,
    /// Every comparison behind it.
    pub comparisons: Vec<Comparison>,
}

/// The conclusion from the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every comparison holds.
    Holds,
    /// At least one fails.
    Fails,
    /// None fails, but the intervals of at least one overlap.
    Undecided,
    /// Nothing relevant was measured.
    Untested,
}

/// One comparison sort against radix sort, for one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The comparison sort.
    pub algorithm: String,
    /// Numbers sorted.
    pub size: u64,
    /// Its median time over that of radix sort.
    pub ratio: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Whether the bounds lie above 1, below 1, or around it.
    pub verdict: Verdict,
}

impl Comparison {
    fn of(other: &Estimate, champion: &Estimate) -> Self {
        let (ratio, low, high) = ratio(other, champion);
        let verdict = if low > 1.0 {
            Verdict::Holds
        } else if high < 1.0 {
            Verdict::Fails
        } else {
            Verdict::Undecided
        };
        Self { algorithm: other.algorithm.clone(), size: other.size, ratio, low, high, verdict }
    }
}

/// Tests the claim on all sizes of at least `from` that have radix sort and another algorithm.
pub fn test(estimates: &[Estimate], from: u64) -> Claim {
    let (champions, others): (Vec<&Estimate>, Vec<&Estimate>) =
        estimates.iter().filter(|estimate| estimate.size >= from).partition(|estimate| estimate.algorithm == CHAMPION);
    let champion = |size| champions.iter().find(|champion| champion.size == size);
    let comparisons: Vec<_> =
        others.into_iter().filter_map(|other| Some(Comparison::of(other, champion(other.size)?))).collect();
    let any = |verdict| comparisons.iter().any(|comparison| comparison.verdict == verdict);
    let verdict = if comparisons.is_empty() {
        Verdict::Untested
    } else if any(Verdict::Fails) {
        Verdict::Fails
    } else if any(Verdict::Undecided) {
        Verdict::Undecided
    } else {
        Verdict::Holds
    };
    let title = format!("Radix sort beats every comparison sort from {} numbers on", text::whole(from));
    Claim { id: "C1".to_owned(), title, verdict, comparisons }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(algorithm: &str, size: u64, (low, high): (f64, f64)) -> Estimate {
        Estimate {
            algorithm: algorithm.to_owned(),
            size,
            median: f64::midpoint(low, high),
            low,
            high,
            samples: 51,
            outdated: false,
        }
    }

    /// The verdict with radix sort at 2 to 3 s on 1000 numbers, and merge sort in this interval.
    fn verdict(merge: (f64, f64)) -> Verdict {
        test(&[estimate("merge", 1000, merge), estimate("radix", 1000, (2.0, 3.0))], 1000).verdict
    }

    #[test]
    fn disjoint_intervals_decide_and_overlapping_ones_do_not() {
        assert_eq!(verdict((3.1, 4.0)), Verdict::Holds);
        assert_eq!(verdict((1.0, 1.9)), Verdict::Fails);
        for overlapping in [(2.9, 4.0), (1.0, 2.1), (2.2, 2.4), (1.0, 9.0), (3.0, 4.0)] {
            assert_eq!(verdict(overlapping), Verdict::Undecided, "{overlapping:?}");
        }
    }

    #[test]
    fn one_failed_comparison_decides_and_one_overlap_leaves_the_claim_undecided() {
        let radix = estimate("radix", 1000, (2.0, 3.0));
        let mut estimates = vec![estimate("merge", 1000, (4.0, 5.0)), radix];
        assert_eq!(test(&estimates, 1000).verdict, Verdict::Holds);
        estimates.push(estimate("heap", 1000, (2.5, 3.5)));
        assert_eq!(test(&estimates, 1000).verdict, Verdict::Undecided);
        estimates.push(estimate("quick", 1000, (1.0, 1.5)));
        assert_eq!(test(&estimates, 1000).verdict, Verdict::Fails);
        assert_eq!(test(&estimates, 1000).comparisons.len(), 3);
    }

    #[test]
    fn smaller_sizes_and_points_without_a_rival_decide_nothing() {
        let estimates = [estimate("merge", 999, (1.0, 1.5)), estimate("radix", 999, (2.0, 3.0))];
        assert_eq!(test(&estimates, 1000).verdict, Verdict::Untested);
        let apart = [estimate("merge", 1000, (1.0, 1.5)), estimate("radix", 2000, (2.0, 3.0))];
        assert_eq!(test(&apart, 1000).verdict, Verdict::Untested);
    }

    #[test]
    fn bounds_of_a_ratio_come_from_the_ends_of_both_intervals() {
        let claim = test(&[estimate("merge", 1000, (6.0, 9.0)), estimate("radix", 1000, (2.0, 3.0))], 0);
        let Comparison { ratio, low, high, .. } = claim.comparisons[0];
        assert_eq!((ratio, low, high), (3.0, 2.0, 4.5));
    }
}
