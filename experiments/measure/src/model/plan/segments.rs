//! Segments of steps that a batch passes in micro-batches, so that the output of one step is still in the cache when the next step
//! reads it.

use std::ops::Range;

use super::{After, Area, Step, Work};

/// Maximum numbers of the maps that a step reads and writes for a micro-batch: 8 MB, about the share of one core in the last-level
/// cache of a server or desktop processor.
const CACHED: usize = 2 << 20;

/// Steps that one micro-batch passes completely before the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Indices of the steps.
    pub steps: Range<usize>,
    /// Maximum images of a micro-batch.
    pub images: usize,
}

impl Segment {
    /// Whether large batches are split.
    pub fn has_micro_batches(&self) -> bool {
        self.images != usize::MAX
    }

    /// The micro-batches of a batch, as ranges of images.
    pub fn micro_batches(&self, batch: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let images = self.images.min(batch).max(1);
        (0..batch).step_by(images).map(move |first| first..(first + images).min(batch))
    }
}

/// All steps for the whole batch.
pub(super) fn whole(steps: &[Step]) -> Vec<Segment> {
    vec![Segment { steps: 0..steps.len(), images: usize::MAX }]
}

/// Segments whose micro-batches fit into the cache. No step has a larger micro-batch than a later one: along a network maps shrink,
/// and weights grow, which each micro-batch reads again.
pub(super) fn in_cache(steps: &[Step], areas: &[Area]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut images = usize::MAX;
    for (index, step) in steps.iter().enumerate().rev() {
        let numbers: usize = touched(step).map(|area| areas[area].elements()).sum();
        images = images.min((CACHED / numbers.max(1)).max(1));
        match segments.last_mut() {
            // Powers of two, so that segments are long and micro-batches of equal size.
            Some(last) if last.images == floor(images) => last.steps.start = index,
            _ => segments.push(Segment { steps: index..index + 1, images: floor(images) }),
        }
    }
    segments.reverse();
    segments
}

/// The largest power of two up to `images`.
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
        After::Add(area) | After::Multiply(area) => Some(*area),
        After::Layer { .. } => None,
    });
    [step.output.area].into_iter().chain(read).chain(added)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn micro_batches_cover_a_batch_in_order() {
        let micro_batches = |images, batch| Segment { steps: 0..1, images }.micro_batches(batch).collect::<Vec<_>>();
        assert_eq!(micro_batches(4, 10), [0..4, 4..8, 8..10]);
        assert_eq!(micro_batches(2, 3), [0..2, 2..3]);
        assert_eq!(micro_batches(usize::MAX, 3).len(), 1);
        assert_eq!(micro_batches(2, 0).len(), 0);
    }
}
