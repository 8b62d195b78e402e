//! The words in which steps are declared: a step with what most have in common, its inputs, its sources. Knows no step.

use std::collections::BTreeMap;
use std::time::Duration;

use offprint::step::{Class, Features, Input, Origin, Program, Sources, Step};

/// A duration; what is none is the longest there is.
pub fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A step of a program of this workspace with what most have in common.
pub fn step(name: &str, bin: &str, args: &[&str]) -> Step {
    Step {
        name: name.to_owned(),
        program: Program::Workspace { bin: bin.to_owned(), features: Features::Default },
        args: strings(args),
        inputs: Vec::new(),
        evidence: Vec::new(),
        lockfiles: Vec::new(),
        sources: Sources::default(),
        crates: Vec::new(),
        texts: BTreeMap::new(),
        identity: None,
        class: Class::Exact,
        outputs: Vec::new(),
        limit: seconds(300.0),
        estimate: seconds(0.2),
        priority: 0,
    }
}

/// The output of another step, at a place of the input folder.
pub fn made(place: &str, step: &str, output: &str) -> Input {
    Input { place: place.to_owned(), origin: Origin::Step { step: step.to_owned(), output: output.to_owned() } }
}

/// Files by pattern, and those of them that are none.
pub fn sources(include: &[&str], exclude: &[&str]) -> Sources {
    Sources { include: strings(include), exclude: strings(exclude) }
}

/// Texts of one's own.
pub fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}
