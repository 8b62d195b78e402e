//! The median of a series of samples. It uses no other file: it decides when a measurement may stop, so its source is
//! part of a measurement's key.

/// The middle value, or the mean of the two in the middle; none without values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    middle(values.len()).map(|(lower, upper)| f64::midpoint(sorted[lower], sorted[upper]))
}

/// The indices of the two middle values among `count` sorted ones, which are equal if `count` is odd; none if it is 0.
pub fn middle(count: usize) -> Option<(usize, usize)> {
    count.checked_sub(1).map(|last| (last / 2, count / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
        assert_eq!(median(&[]), None);
    }
}
