//! Places in one buffer for values that live from one step to another.

use std::cmp::Reverse;

use super::LINE;

/// When a value is in use, both steps included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub elements: usize,
    pub first: usize,
    pub last: usize,
}

impl Life {
    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// From its first to its last.
    fn steps(&self) -> usize {
        self.last - self.first + 1
    }

    /// Whole lines, at least one.
    fn room(&self) -> usize {
        self.elements.max(1).next_multiple_of(LINE)
    }
}

/// How often a value at the top is tried at the bottom.
const TURNS: usize = 32;

/// By what values are put into an order, the largest first: their size, how long they live, both together.
const WEIGHTS: [fn(&Life) -> usize; 3] = [Life::room, Life::steps, |life| life.room() * life.steps()];

/// A place for each value, and how many numbers the buffer then has. Values are placed one after the other, each as low as those
/// placed before allow. Of several orders the best is taken: each of [`WEIGHTS`], and again with whatever came to lie on top placed
/// first.
pub(super) fn places(lives: &[Life]) -> (Vec<usize>, usize) {
    let min = alive(lives);
    let mut best: Option<(Vec<usize>, usize)> = None;
    for weight in WEIGHTS {
        let mut order: Vec<usize> = (0..lives.len()).collect();
        order.sort_by_key(|index| (Reverse(weight(&lives[*index])), lives[*index].first));
        for _ in 0..TURNS {
            let (places, elements) = in_order(lives, &order);
            let top = order.iter().position(|&index| places[index] + lives[index].room() == elements);
            if best.as_ref().is_none_or(|(_, best)| elements < *best) {
                best = Some((places, elements));
            }
            match top {
                Some(top) if elements > min => order[..=top].rotate_right(1),
                _ => break,
            }
        }
    }
    best.unwrap_or_default()
}

/// The most that lives at one step: no order needs less.
fn alive(lives: &[Life]) -> usize {
    let at = |step: usize| lives.iter().filter(|life| (life.first..=life.last).contains(&step)).map(Life::room).sum();
    lives.iter().map(|life| at(life.first)).max().unwrap_or(0)
}

fn in_order(lives: &[Life], order: &[usize]) -> (Vec<usize>, usize) {
    let mut places = vec![0; lives.len()];
    let mut max = 0;
    for (position, &index) in order.iter().enumerate() {
        let life = &lives[index];
        let mut taken: Vec<_> = order[..position]
            .iter()
            .filter(|&&other| lives[other].meets(life))
            .map(|&other| (places[other], places[other] + lives[other].room()))
            .collect();
        taken.sort_unstable();
        let mut place = 0;
        for (begin, end) in taken {
            if begin >= place + life.room() {
                break;
            }
            place = place.max(end);
        }
        places[index] = place;
        max = max.max(place + life.room());
    }
    (places, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(elements: usize, first: usize, last: usize) -> Life {
        Life { elements, first, last }
    }

    #[test]
    fn values_that_never_live_at_once_share_a_place() {
        assert_eq!(places(&[life(160, 0, 1), life(160, 2, 3)]), (vec![0, 0], 160));
        // The step that reads one writes the other.
        assert_eq!(places(&[life(160, 0, 1), life(160, 1, 3)]), (vec![0, 160], 320));
    }

    #[test]
    fn a_value_goes_between_those_that_live_as_long() {
        let lives = [life(160, 0, 9), life(96, 0, 2), life(64, 0, 9), life(96, 3, 9)];
        assert_eq!(places(&lives).1, 160 + 96 + 64);
    }

    #[test]
    fn places_are_whole_lines() {
        assert_eq!(places(&[life(1, 0, 1), life(17, 0, 1)]), (vec![32, 0], 48));
        assert_eq!(places(&[]), (vec![], 0));
    }
}
