//! Merge sort, bottom-up, with one buffer as long as the input.

/// O(n log n) comparisons for every input.
pub fn sort(numbers: &mut [u64]) {
    let mut buffer = vec![0; numbers.len()];
    let mut width = 1;
    while width < numbers.len() {
        for (run, merged) in numbers.chunks(2 * width).zip(buffer.chunks_mut(2 * width)) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, merged);
        }
        numbers.copy_from_slice(&buffer);
        width *= 2;
    }
}

/// Merges two sorted runs into `merged`, which is as long as both.
fn merge(left: &[u64], right: &[u64], merged: &mut [u64]) {
    let (mut l, mut r) = (0, 0);
    for slot in merged {
        let take_left = r == right.len() || l < left.len() && left[l] <= right[r];
        *slot = if take_left { left[l] } else { right[r] };
        if take_left {
            l += 1;
        } else {
            r += 1;
        }
    }
}
