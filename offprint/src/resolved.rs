//! What a step finds in its input folder, as far as it is known: digests by place, which of them are outdated, and what is still
//! to be made. Knows no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::graph::Graph;
use crate::step::Origin;

/// Outputs by name.
pub type Outputs = BTreeMap<String, Digest>;

/// Outputs of steps that are fresh, finished or kept, by index of the step.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// Of all of them.
    pub outputs: BTreeMap<usize, Outputs>,
    /// Those whose outputs result an earlier question than the one asked now.
    pub outdated: BTreeSet<usize>,
}

/// The inputs of a step that other steps make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// By place.
    pub digests: BTreeMap<String, Digest>,
    /// Places whose content is outdated, with the step it is from.
    pub outdated: BTreeMap<String, String>,
    /// Steps that have to run first.
    pub pending: BTreeSet<String>,
    /// Evidence that is at hand, by place; looked for only when the step runs.
    pub optional: Outputs,
}

impl Resolved {
    /// Of step `index`.
    pub fn of(graph: &Graph, index: usize, made: &Built) -> Self {
        let mut resolved = Self::default();
        for input in &graph.steps()[index].inputs {
            let Origin::Step { step, output } = &input.origin else { continue };
            let from = graph.find(step);
            match from.and_then(|from| made.outputs.get(&from)).and_then(|outputs| outputs.get(output)) {
                Some(digest) => drop(resolved.digests.insert(input.path.clone(), *digest)),
                None => drop(resolved.pending.insert(step.clone())),
            }
            if from.is_some_and(|from| made.outdated.contains(&from)) {
                resolved.outdated.insert(input.path.clone(), step.clone());
            }
        }
        resolved
    }

    /// The file that lists for the step's program which of its inputs are outdated: one place a line; none when none is.
    pub fn outdated_file(&self) -> Option<String> {
        let lines: String = self.outdated.keys().map(|path| format!("{path}\n")).collect();
        (!lines.is_empty()).then_some(lines)
    }
}
