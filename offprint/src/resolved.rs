//! The content of a step's input folder, as far as it is known: digests by path, which of them are outdated, and what
//! is still to be made.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::step::Origin;

pub use crate::outputs::Outputs;

/// Outputs of steps that are fresh, finished or kept, by index of the step.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// All of them.
    pub outputs: BTreeMap<usize, Outputs>,
    /// Those whose outputs belong to an earlier key.
    pub outdated: BTreeSet<usize>,
}

/// The inputs of a step that other steps make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// Digests by path in the input folder.
    pub digests: Outputs,
    /// Paths with outdated content, and the step it is from.
    pub outdated: BTreeMap<String, String>,
    /// Steps that must run first.
    pub pending: BTreeSet<String>,
    /// Optional inputs that exist, by path; determined only when the step runs.
    pub optional: Outputs,
}

impl Resolved {
    /// The inputs of step `index`.
    pub fn of(graph: &Graph, index: usize, made: &Built) -> Self {
        let mut resolved = Self::default();
        for input in &graph.steps()[index].inputs {
            let Origin::Step { step, output } = &input.origin else { continue };
            let from = graph.find(step);
            match from.and_then(|from| made.outputs.get(&from)).and_then(|outputs| outputs.get(output)) {
                Some(digest) => drop(resolved.digests.insert(input.path.clone(), *digest)),
                None => drop(resolved.pending.insert(step.to_string())),
            }
            if from.is_some_and(|from| made.outdated.contains(&from)) {
                resolved.outdated.insert(input.path.to_string(), step.to_string());
            }
        }
        resolved
    }

    /// The file that lists outdated inputs for the step's program, one path per line; none when there are none.
    pub fn outdated_file(&self) -> Option<String> {
        let lines: String = self.outdated.keys().map(|path| format!("{path}\n")).collect();
        (!lines.is_empty()).then_some(lines)
    }
}
