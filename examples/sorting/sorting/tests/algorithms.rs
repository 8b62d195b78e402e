//! Compares every algorithm with the standard library's, on difficult inputs.

use sorting::algorithms::{ALL, find};
use sorting::bench::input::{SplitMix, fill};

/// Inputs by name, each of `size` numbers.
fn inputs(size: u64) -> Vec<(&'static str, Vec<u64>)> {
    let mut random = vec![0; size as usize];
    fill(&mut random, &mut SplitMix(size));
    let last = size.saturating_sub(1);
    vec![
        ("sorted", (0..size).collect()),
        ("reversed", (0..size).rev().collect()),
        ("all equal", vec![7; size as usize]),
        ("two values", random.iter().map(|number| number % 2).collect()),
        ("few values", random.iter().map(|number| number % 10).collect()),
        ("organ pipe", (0..size).map(|i| i.min(last - i)).collect()),
        ("sawtooth", (0..size).map(|i| i % 5).collect()),
        ("greatest first", (0..size).map(|i| if i == 0 { u64::MAX } else { i }).collect()),
        ("least last", (0..size).map(|i| if i == last { 0 } else { i + 1 }).collect()),
        ("both extremes", random.iter().map(|number| if number % 2 == 0 { 0 } else { u64::MAX }).collect()),
        ("equal but for the top byte", random.iter().map(|number| number << 56).collect()),
        ("random", random),
    ]
}

#[test]
fn every_algorithm_agrees_with_the_standard_library() {
    for (name, sort) in ALL {
        for size in [0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1000, 4096] {
            for (kind, input) in inputs(size) {
                let (mut sorted, mut expected) = (input.clone(), input);
                sort(&mut sorted);
                expected.sort_unstable();
                assert_eq!(sorted, expected, "{name}, {size} numbers, {kind}");
            }
        }
    }
}

#[test]
fn every_order_of_seven_numbers_is_sorted() {
    // Heap's algorithm visits all permutations.
    fn permute(numbers: &mut Vec<u64>, count: usize, visit: &mut impl FnMut(&[u64])) {
        if count <= 1 {
            return visit(numbers);
        }
        for i in 0..count {
            permute(numbers, count - 1, visit);
            numbers.swap(if count.is_multiple_of(2) { i } else { 0 }, count - 1);
        }
    }
    for (name, sort) in ALL {
        let mut visited = 0;
        permute(&mut (0..7).collect(), 7, &mut |order| {
            let mut numbers = order.to_vec();
            sort(&mut numbers);
            assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6], "{name}, {order:?}");
            visited += 1;
        });
        assert_eq!(visited, 5040);
    }
}

#[test]
fn quicksort_needs_little_stack_on_an_adversarial_input() {
    // In Musser's sequence, many medians of three are bad pivots: recursion into both parts would be 5,000 calls deep.
    let half = 10_000;
    let mut numbers: Vec<u64> = (1..=half).map(|i| if i % 2 == 1 { i } else { half + i - 1 }).collect();
    numbers.extend((1..=half).map(|i| 2 * i));
    let sort = find("quick").expect("an algorithm");
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    let sorted = thread.spawn(move || {
        sort(&mut numbers);
        numbers
    });
    assert!(sorted.expect("a thread").join().expect("enough stack").is_sorted());
}

#[test]
fn an_unknown_name_is_refused_with_the_known_names() {
    assert_eq!(find("bogo").unwrap_err(), "unknown algorithm `bogo`\nhint: choose one of merge, quick, heap, radix");
}
