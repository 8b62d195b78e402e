//! Stretches of steps that a batch goes through a few images at a time, so that what one step writes is still in the cache when the next
//! one reads it.

use std::ops::Range;

use super::{After, Area, Step, Work};

/// Numbers of the maps that a step reads and writes, for all the images at a time: 8 MB, which the outer cache of a processor for
/// servers or desktops holds for one of its cores.
const CACHED: usize = 2 << 20;

/// Some steps, all of which a few images go through before the next few begin with the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Consecutive ones.
    pub steps: Range<usize>,
    /// Images at a time, at most.
    pub images: usize,
}

impl Segment {
    /// Whether a batch may be too large to go through it at once.
    pub fn has_turns(&self) -> bool {
        self.images != usize::MAX
    }

    /// The images of a batch that go together, one range after the other.
    pub fn turns(&self, batch: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let images = self.images.min(batch).max(1);
        (0..batch).step_by(images).map(move |first| first..(first + images).min(batch))
    }
}

/// All steps for the whole batch.
pub(super) fn whole(steps: &[Step]) -> Vec<Segment> {
    vec![Segment { steps: 0..steps.len(), images: usize::MAX }]
}

/// Stretches of steps with as many images at a time as the cache holds. No step has more of them at a time than a later one: maps shrink on their
/// way through a network, and weights grow, which each turn reads again.
pub(super) fn in_cache(steps: &[Step], areas: &[Area]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut images = usize::MAX;
    for (index, step) in steps.iter().enumerate().rev() {
        let numbers: usize = touched(step).map(|area| areas[area].elements()).sum();
        images = images.min((CACHED / numbers.max(1)).max(1));
        match segments.last_mut() {
            // Powers of two, so that segments are long and batches are divided evenly.
            Some(last) if last.images == floor(images) => last.steps.start = index,
            _ => segments.push(Segment { steps: index..index + 1, images: floor(images) }),
        }
    }
    segments.reverse();
    segments
}

/// The largest power of two that is not larger.
fn floor(images: usize) -> usize {
    1 << images.ilog2()
}

/// The areas that a step reads and writes.
pub(super) fn touched(step: &Step) -> impl Iterator<Item = usize> {
    let read = match step.work {
        Work::Layer { input, .. } | Work::Copy(input) => Some(input),
        Work::Image | Work::Zero | Work::InPlace => None,
    };
    let added = step.after.iter().filter_map(|after| match after {
        After::Add(area) => Some(*area),
        After::Layer { .. } => None,
    });
    [step.output.area].into_iter().chain(read).chain(added)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_cover_a_batch_in_order() {
        let turns = |images, batch| Segment { steps: 0..1, images }.turns(batch).collect::<Vec<_>>();
        assert_eq!(turns(4, 10), [0..4, 4..8, 8..10]);
        assert_eq!(turns(2, 3), [0..2, 2..3]);
        assert_eq!(turns(usize::MAX, 3).len(), 1);
        assert_eq!(turns(2, 0).len(), 0);
    }
}
