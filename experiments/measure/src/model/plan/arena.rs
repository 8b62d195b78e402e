//! Offsets in one buffer for values that are live from one step to another.

use std::cmp::Reverse;

use super::LINE;

/// A value's size and the first and last step in which it is live.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    pub elements: usize,
    pub first: usize,
    pub last: usize,
}

impl Lifetime {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Number of steps.
    fn steps(&self) -> usize {
        self.last - self.first + 1
    }

    /// Size in whole cache lines, at least one.
    fn room(&self) -> usize {
        self.elements.max(1).next_multiple_of(LINE)
    }
}

/// How often the value at the top is moved to the front of the order.
const MAX_ROTATIONS: usize = 32;

/// Sort keys of values, largest first: size, number of steps, and their product.
const WEIGHTS: [fn(&Lifetime) -> usize; 3] =
    [Lifetime::room, Lifetime::steps, |lifetime| lifetime.room() * lifetime.steps()];

/// An offset for each value, and the size of the buffer. Values are placed one after the other, each at the lowest free offset.
/// Several orders are tried and the best is returned: one for each of [`WEIGHTS`], and variants in which the value at the top comes
/// first.
pub(super) fn offsets(lifetimes: &[Lifetime]) -> (Vec<usize>, usize) {
    let min = alive(lifetimes);
    let mut best: Option<(Vec<usize>, usize)> = None;
    for weight in WEIGHTS {
        let mut order: Vec<usize> = (0..lifetimes.len()).collect();
        order.sort_by_key(|index| (Reverse(weight(&lifetimes[*index])), lifetimes[*index].first));
        for _ in 0..MAX_ROTATIONS {
            let (offsets, elements) = in_order(lifetimes, &order);
            let top = order.iter().position(|&index| offsets[index] + lifetimes[index].room() == elements);
            if best.as_ref().is_none_or(|(_, best)| elements < *best) {
                best = Some((offsets, elements));
            }
            match top {
                Some(top) if elements > min => order[..=top].rotate_right(1),
                _ => break,
            }
        }
    }
    best.unwrap_or_default()
}

/// The maximum that is live at one step: a lower bound for every order.
fn alive(lifetimes: &[Lifetime]) -> usize {
    let at = |step: usize| {
        lifetimes.iter().filter(|lifetime| (lifetime.first..=lifetime.last).contains(&step)).map(Lifetime::room).sum()
    };
    lifetimes.iter().map(|lifetime| at(lifetime.first)).max().unwrap_or(0)
}

fn in_order(lifetimes: &[Lifetime], order: &[usize]) -> (Vec<usize>, usize) {
    let mut offsets = vec![0; lifetimes.len()];
    let mut max = 0;
    for (position, &index) in order.iter().enumerate() {
        let lifetime = &lifetimes[index];
        let mut taken: Vec<_> = order[..position]
            .iter()
            .filter(|&&other| lifetimes[other].overlaps(lifetime))
            .map(|&other| (offsets[other], offsets[other] + lifetimes[other].room()))
            .collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (begin, end) in taken {
            if begin >= offset + lifetime.room() {
                break;
            }
            offset = offset.max(end);
        }
        offsets[index] = offset;
        max = max.max(offset + lifetime.room());
    }
    (offsets, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(elements: usize, first: usize, last: usize) -> Lifetime {
        Lifetime { elements, first, last }
    }

    #[test]
    fn values_that_are_never_live_together_share_an_offset() {
        assert_eq!(offsets(&[lifetime(160, 0, 1), lifetime(160, 2, 3)]), (vec![0, 0], 160));
        // The step that reads one writes the other.
        assert_eq!(offsets(&[lifetime(160, 0, 1), lifetime(160, 1, 3)]), (vec![0, 160], 320));
    }

    #[test]
    fn a_value_fills_a_gap_between_others() {
        let lifetimes = [lifetime(160, 0, 9), lifetime(96, 0, 2), lifetime(64, 0, 9), lifetime(96, 3, 9)];
        assert_eq!(offsets(&lifetimes).1, 160 + 96 + 64);
    }

    #[test]
    fn offsets_are_at_cache_lines() {
        assert_eq!(offsets(&[lifetime(1, 0, 1), lifetime(17, 0, 1)]), (vec![32, 0], 48));
        assert_eq!(offsets(&[]), (vec![], 0));
    }
}
