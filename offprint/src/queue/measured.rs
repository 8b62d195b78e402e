//! Measured steps that wait for a place: by priority on this machine, and taking turns among the nodes of a cluster.

use std::collections::BTreeMap;
use std::ops::Bound;

use ecow::{EcoString, EcoVec};

use crate::executor::Places;
use crate::state::Miss;
use crate::step::Step;

/// Priority and index of a step.
type Rank = (u64, usize);

/// The steps that wait.
#[derive(Debug)]
pub struct Waiting {
    places: Places,
    /// By what a node must have. On this machine, all are in one group.
    groups: BTreeMap<EcoVec<EcoString>, BTreeMap<Rank, Miss>>,
    /// The group of the last step that was taken.
    last: EcoVec<EcoString>,
}

impl Waiting {
    /// None yet.
    pub fn new(places: Places) -> Self {
        Self { places, groups: BTreeMap::new(), last: EcoVec::new() }
    }

    /// Adds a step.
    pub fn insert(&mut self, index: usize, step: &Step, miss: Miss) {
        let group = match self.places {
            Places::Here => EcoVec::new(),
            Places::Elsewhere(_) => step.needs.clone(),
        };
        self.groups.entry(group).or_default().insert((step.priority, index), miss);
    }

    /// The next step. Groups take turns, so that every kind of node has work from the start, and a scheduler that looks at only
    /// the first jobs of its queue finds one for each.
    pub fn pop(&mut self) -> Option<(usize, Miss)> {
        let after = self.groups.range((Bound::Excluded(self.last.clone()), Bound::Unbounded)).next();
        let group = after.or_else(|| self.groups.iter().next())?.0.clone();
        let steps = self.groups.get_mut(&group)?;
        let ((_, index), miss) = steps.pop_first()?;
        if steps.is_empty() {
            self.groups.remove(&group);
        }
        self.last = group;
        Some((index, miss))
    }

    /// The steps that still wait.
    pub fn steps(&self) -> impl Iterator<Item = usize> {
        self.groups.values().flat_map(|steps| steps.keys().map(|(_, index)| *index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use std::num::NonZero;

    /// The order of steps with these needs and priorities.
    fn order(places: Places, steps: &[(&str, u64)]) -> Vec<usize> {
        let mut waiting = Waiting::new(places);
        for (index, (needed, priority)) in steps.iter().enumerate() {
            let step = Step::measured("a", "b").needs([*needed]).priority(*priority);
            waiting.insert(index, &step, Miss::of(Key::of(String::new())));
        }
        assert_eq!(waiting.steps().count(), steps.len());
        std::iter::from_fn(|| waiting.pop()).map(|(index, _)| index).collect()
    }

    #[test]
    fn steps_run_by_priority_here_and_nodes_take_turns_elsewhere() {
        let steps = [("a", 5), ("a", 1), ("a", 3), ("b", 2), ("c", 9), ("b", 0)];
        assert_eq!(order(Places::Here, &steps), [5, 1, 3, 2, 0, 4]);
        let elsewhere = Places::Elsewhere(NonZero::new(2).unwrap());
        assert_eq!(order(elsewhere, &steps), [1, 5, 4, 2, 3, 0]);
    }
}
