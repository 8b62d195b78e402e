//! Quicksort in place: Hoare's partition around the median of the first, the middle and the last number.

/// O(n log n) comparisons on average, O(n²) at worst; the stack stays O(log n) deep.
pub fn sort(mut numbers: &mut [u64]) {
    while numbers.len() > 1 {
        let (low, high) = partition(numbers);
        // Recursion takes the smaller part, this loop the larger one: that bounds the depth of the stack.
        let (smaller, larger) = if low.len() < high.len() { (low, high) } else { (high, low) };
        sort(smaller);
        numbers = larger;
    }
}

/// Splits at least two numbers at a pivot. Both parts are shorter than the whole.
fn partition(numbers: &mut [u64]) -> (&mut [u64], &mut [u64]) {
    let (first, middle, last) = (numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]);
    let pivot = first.min(middle).max(first.max(middle).min(last));
    let (mut left, mut right) = (0, numbers.len());
    while left < right {
        while numbers[left] < pivot {
            left += 1;
        }
        while numbers[right - 1] > pivot {
            right -= 1;
        }
        if left < right {
            numbers.swap(left, right - 1);
            left += 1;
            right -= 1;
        }
    }
    let (low, high) = numbers.split_at_mut(left);
    (&mut low[..right], high)
}
