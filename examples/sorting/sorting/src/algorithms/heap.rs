//! Heapsort in place, with a binary heap whose greatest number is at its root.

/// O(n log n) comparisons for every input.
pub fn sort(numbers: &mut [u64]) {
    for root in (0..numbers.len() / 2).rev() {
        sift_down(numbers, root);
    }
    for end in (1..numbers.len()).rev() {
        numbers.swap(0, end);
        sift_down(&mut numbers[..end], 0);
    }
}

/// Moves the number at `root` down until neither of its children is greater.
fn sift_down(heap: &mut [u64], mut root: usize) {
    loop {
        let left = 2 * root + 1;
        if left >= heap.len() {
            return;
        }
        let right = left + 1;
        let child = if right < heap.len() && heap[right] > heap[left] { right } else { left };
        if heap[root] >= heap[child] {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}
