//! Radix sort, starting with the least significant byte, with one buffer as long as the input.

/// Eight stable counting passes, one per byte: O(n) steps, and no comparison of two numbers.
pub fn sort(numbers: &mut [u64]) {
    let mut buffer = vec![0; numbers.len()];
    for byte in 0..size_of::<u64>() {
        // An even number of passes leaves the result in `numbers`.
        if byte % 2 == 0 { pass(numbers, &mut buffer, byte) } else { pass(&buffer, numbers, byte) }
    }
}

/// Writes the numbers of `from` into `to`, ordered by one byte and otherwise in the same order.
fn pass(from: &[u64], to: &mut [u64], byte: usize) {
    let digit = |number: u64| (number >> (8 * byte)) as usize & 0xff;
    let mut starts = [0; 256];
    for &number in from {
        starts[digit(number)] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += std::mem::replace(start, sum);
    }
    for &number in from {
        let index = &mut starts[digit(number)];
        to[*index] = number;
        *index += 1;
    }
}
