//! Orders steps so that each comes after those it reads from, and refuses what cannot be ordered.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use ecow::EcoString;

use crate::identity;
use crate::step::{Input, Origin, Step};

mod error;
mod paths;

pub use error::GraphError;
pub use paths::is_plain;

use paths::{check_exports, check_names};

/// The remedy for a file outside the checkout.
pub const INSIDE: &str = "put the file into the checkout, and declare its path from the top of the checkout";

/// The file of an input folder that lists which inputs are outdated.
pub const OUTDATED: &str = "outdated";

/// Steps in order.
#[derive(Debug)]
pub struct Graph {
    steps: Vec<Step>,
    names: Names,
    before: Vec<Vec<usize>>,
    hardware: Vec<EcoString>,
}

impl Graph {
    /// Orders `steps`, keeping the declared order where possible.
    pub fn new(steps: Vec<Step>) -> Result<Self, GraphError> {
        steps.iter().try_for_each(check_names)?;
        let names = Names::of(&steps)?;
        check_exports(&steps)?;
        let before: Vec<Vec<usize>> =
            steps.iter().map(|step| direct(step, &steps, &names)).collect::<Result<_, _>>()?;
        let order = order(&before).map_err(|stuck| {
            GraphError::Cycle(stuck.into_iter().map(|index| steps[index].name.to_string()).collect())
        })?;

        if order.is_sorted() {
            let hardware = hardware(&steps, &before);
            return Ok(Self { steps, names, before, hardware });
        }
        let mut index_of = vec![0; steps.len()];
        order.iter().enumerate().for_each(|(new, &old)| index_of[old] = new);
        let before: Vec<Vec<usize>> =
            order.iter().map(|&old| before[old].iter().map(|&index| index_of[index]).collect()).collect();
        let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
        let steps: Vec<Step> = order.iter().filter_map(|&old| slots[old].take()).collect();
        let names = Names::of(&steps)?;
        let hardware = hardware(&steps, &before);
        Ok(Self { steps, names, before, hardware })
    }

    /// The steps, each after those it reads from.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Index of the step called `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.find(&self.steps, name)
    }

    /// Indices of the steps that step `index` reads from.
    pub fn before(&self, index: usize) -> &[usize] {
        &self.before[index]
    }

    /// Name of the hardware that the result of step `index` belongs to: its own, and that of everything it is made
    /// from.
    pub fn hardware(&self, index: usize) -> &str {
        &self.hardware[index]
    }

    /// `chosen` and everything they need.
    pub fn with_needed(&self, chosen: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut open: Vec<usize> = chosen.into_iter().collect();
        while let Some(index) = open.pop() {
            if needed.insert(index) {
                open.extend(&self.before[index]);
            }
        }
        needed
    }
}

/// The indices of steps by name.
#[derive(Debug)]
struct Names(Vec<u32>);

impl Names {
    /// An error if two steps have the same name.
    fn of(steps: &[Step]) -> Result<Self, GraphError> {
        let name = |index: u32| steps[index as usize].name.as_str();
        let mut indices: Vec<u32> = (0..).take(steps.len()).collect();
        indices.sort_unstable_by_key(|&index| name(index));
        match indices.windows(2).find(|two| name(two[0]) == name(two[1])) {
            Some(two) => Err(GraphError::StepTwice(name(two[0]).to_owned())),
            None => Ok(Self(indices)),
        }
    }

    fn find(&self, steps: &[Step], name: &str) -> Option<usize> {
        let found = self.0.binary_search_by(|&index| steps[index as usize].name.as_str().cmp(name)).ok()?;
        Some(self.0[found] as usize)
    }
}

fn hardware(steps: &[Step], before: &[Vec<usize>]) -> Vec<EcoString> {
    let mut all: Vec<EcoString> = Vec::with_capacity(steps.len());
    for (step, before) in steps.iter().zip(before) {
        let own = step.identity.as_ref().map(|identity| identity.name());
        let inherited: BTreeSet<&str> = before.iter().map(|&index| all[index].as_str()).collect();
        let parts: BTreeSet<&str> = inherited.into_iter().flat_map(identity::apart).chain(own.as_deref()).collect();
        let name = identity::together(parts);
        all.push(before.iter().map(|&index| &all[index]).find(|known| **known == name).cloned().unwrap_or(name.into()));
    }
    all
}

/// The steps that `step` waits for. Its optional inputs must name existing outputs, but are not waited for.
fn direct(step: &Step, steps: &[Step], names: &Names) -> Result<Vec<usize>, GraphError> {
    let mut before = BTreeSet::new();
    for input in &step.inputs {
        before.extend(origin(step, input, steps, names)?);
    }
    if !step.environment.is_empty() && !step.class.is_nondeterministic() {
        return Err(GraphError::Environment { step: step.name.to_string() });
    }
    for input in &step.optional {
        let refuse =
            |problem| Err(GraphError::Optional { step: step.name.to_string(), path: input.path.to_string(), problem });
        if !step.class.is_nondeterministic() {
            return refuse("is in no key, so only a step whose results may differ from run to run can have it");
        }
        if origin(step, input, steps, names)?.is_none() {
            return refuse("is a file of the checkout, which always exists: declare an input");
        }
    }
    Ok(before.into_iter().collect())
}

/// The step that an input is from; none for a file.
fn origin(step: &Step, input: &Input, steps: &[Step], names: &Names) -> Result<Option<usize>, GraphError> {
    let Origin::Step { step: from, output } = &input.origin else { return Ok(None) };
    let (name, path) = (step.name.to_string(), input.path.to_string());
    let Some(index) = names.find(steps, from) else {
        return Err(GraphError::UnknownStep { step: name, path, from: from.to_string() });
    };
    if !steps[index].outputs.contains(output) {
        let (from, output, known) = (from.to_string(), output.to_string(), steps[index].outputs.join(", "));
        return Err(GraphError::UnknownOutput { step: name, path, from, output, known });
    }
    Ok(Some(index))
}

/// Kahn's topological order, in declared order where possible. The error has the steps of a cycle.
fn order(before: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut after = vec![Vec::new(); before.len()];
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    for (index, list) in before.iter().enumerate() {
        list.iter().for_each(|&earlier| after[earlier].push(index));
    }
    let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(index, _)| Reverse(index));
    let mut ready: BinaryHeap<Reverse<usize>> = free.collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for &later in &after[index] {
            waiting[later] -= 1;
            if waiting[later] == 0 {
                ready.push(Reverse(later));
            }
        }
    }
    if order.len() == before.len() { Ok(order) } else { Err(cycle(before, &waiting)) }
}

/// One cycle, each step followed by one that it reads from, beginning with the first declared. Every step that still
/// `wait`s reads from another that does.
fn cycle(before: &[Vec<usize>], waiting: &[usize]) -> Vec<usize> {
    let stuck = |index: &usize| waiting[*index] > 0;
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..before.len()).find(|index| stuck(index));
    while let Some(index) = next {
        if let Some(start) = path.iter().position(|&seen| seen == index) {
            path.drain(..start);
            break;
        }
        path.push(index);
        next = before[index].iter().copied().find(|index| stuck(index));
    }
    let first = path.iter().enumerate().min_by_key(|(_, index)| **index).map_or(0, |(at, _)| at);
    path.rotate_left(first);
    path
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use ecow::eco_vec;

    use super::*;
    use crate::identity::Identity;
    use crate::step::{Class, Program};

    fn step(name: &str, from: &[&str]) -> Step {
        let inputs = from.iter().map(|from| Input::made(*from, "out", format!("{from}.txt")));
        Step::exact(name, "true").installed().inputs(inputs).output_at("out", name)
    }

    #[test]
    fn a_step_comes_after_those_it_reads_from() {
        let graph = Graph::new(vec![step("last", &["b", "a"]), step("b", &[]), step("a", &["b"])]).unwrap();
        let names: Vec<_> = graph.steps().iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "last"]);
        assert_eq!(graph.before(2), [0, 1]);
        assert_eq!(graph.with_needed([1]), BTreeSet::from([0, 1]));
    }

    #[test]
    fn a_step_belongs_to_the_hardware_of_everything_it_is_made_from() {
        let on = |kind: &str, name: &str, from: &[&str]| Step {
            identity: Some(Arc::new(Identity { kind: kind.to_owned(), facts: BTreeMap::new() })),
            ..step(name, from)
        };
        let steps = vec![step("any", &[]), on("b", "one", &["any"]), on("a", "two", &[]), step("all", &["one", "two"])];
        let graph = Graph::new(steps).unwrap();
        let name = |kind: &str| Identity { kind: kind.to_owned(), facts: BTreeMap::new() }.name();
        let (a, b) = (name("a"), name("b"));
        let hardware: Vec<&str> = (0..4).map(|index| graph.hardware(index)).collect();
        assert_eq!(hardware, ["any", &b, &a, &format!("{a}+{b}")]);
    }

    #[test]
    fn steps_that_wait_for_each_other_are_named() {
        let error = Graph::new(vec![step("a", &["b"]), step("b", &["a"]), step("c", &[])]).unwrap_err();
        assert_eq!(error, GraphError::Cycle(vec!["a".to_owned(), "b".to_owned()]));
        // Steps after the cycle are not part of it.
        let steps =
            vec![step("end", &["c"]), step("c", &["b"]), step("b", &["a"]), step("a", &["c", "d"]), step("d", &[])];
        let error = Graph::new(steps).unwrap_err();
        assert_eq!(error, GraphError::Cycle(["c", "b", "a"].map(str::to_owned).to_vec()));
        assert!(error.to_string().contains("c, b, a\nhint: "), "{error}");
    }

    #[test]
    fn a_file_outside_the_checkout_is_refused() {
        for path in ["../x", "/etc/hostname", "a/../../x", ""] {
            let input = Input::file(path, "x");
            let of_input = Step { inputs: eco_vec![input], ..step("a", &[]) };
            let of_lock = Step { lockfiles: eco_vec![path.into()], ..step("a", &[]) };
            for step in [of_input, of_lock] {
                let error = Graph::new(vec![step]).unwrap_err().to_string();
                assert!(error.starts_with("step a: ") && error.contains(&format!("`{path}` is outside")), "{error}");
                assert!(error.contains("\nhint: "), "{error}");
            }
        }
    }

    #[test]
    fn an_installed_program_is_declared_only_by_name() {
        for name in ["/usr/bin/python3", "bin/python3", "..", ""] {
            let program = Program::Installed(name.into());
            let error = Graph::new(vec![Step { program, ..step("a", &[]) }]).unwrap_err().to_string();
            assert!(error.starts_with("step a: ") && error.contains("\nhint: "), "{error}");
        }
    }

    /// A measured step with these steps as optional inputs.
    fn seeing(name: &str, from: &[&str]) -> Step {
        Step { class: Class::Measured, optional: step("", from).inputs, ..step(name, &[]) }
    }

    #[test]
    fn optional_inputs_are_not_edges_and_may_form_a_cycle() {
        let graph = Graph::new(vec![seeing("a", &["b"]), seeing("b", &["a", "c"]), step("c", &["b"])]).unwrap();
        let names: Vec<_> = graph.steps().iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!((graph.before(0), graph.before(1)), (&[][..], &[][..]));
        assert_eq!(graph.with_needed([0]), BTreeSet::from([0]));
    }

    #[test]
    fn impossible_optional_inputs_are_refused() {
        let file = Input::file("x", "x");
        let of_file = vec![Step { optional: eco_vec![file], ..seeing("a", &[]) }];
        let exact = vec![Step { class: Class::Exact, ..seeing("a", &["b"]) }, step("b", &[])];
        let other_output = vec![seeing("a", &["b"]), Step { outputs: eco_vec!["other".into()], ..step("b", &[]) }];
        let same_path = vec![step("b", &[]), Step { inputs: step("", &["b"]).inputs, ..seeing("a", &["b"]) }];
        assert!(matches!(Graph::new(vec![seeing("a", &["nobody"])]), Err(GraphError::UnknownStep { .. })));
        assert!(matches!(Graph::new(of_file), Err(GraphError::Optional { .. })));
        assert!(matches!(Graph::new(exact), Err(GraphError::Optional { .. })));
        assert!(matches!(Graph::new(other_output), Err(GraphError::UnknownOutput { .. })));
        assert!(matches!(Graph::new(same_path), Err(GraphError::PathTwice { .. })));
    }

    #[test]
    fn steps_that_cannot_be_ordered_are_refused() {
        let outputs = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
        let twice = vec![step("a", &[]), step("a", &[])];
        let unknown = vec![step("a", &["nobody"])];
        let other_output = vec![step("a", &["b"]), Step { outputs: outputs(&["other"]), ..step("b", &[]) }];
        let same_output = vec![Step { outputs: outputs(&["x", "x"]), ..step("a", &[]) }];
        let same_path = vec![step("b", &[]), step("a", &["b", "b"])];
        assert!(matches!(Graph::new(twice), Err(GraphError::StepTwice(_))));
        assert!(matches!(Graph::new(unknown), Err(GraphError::UnknownStep { .. })));
        assert!(matches!(Graph::new(other_output), Err(GraphError::UnknownOutput { .. })));
        assert!(matches!(Graph::new(same_output), Err(GraphError::PathTwice { .. })));
        assert!(matches!(Graph::new(same_path), Err(GraphError::PathTwice { .. })));
        for name in ["../up", "a//b", "/top", "a/.", "", "a\nb"] {
            assert!(matches!(Graph::new(vec![step(name, &[])]), Err(GraphError::Name { .. })), "{name}");
        }
    }

    #[test]
    fn an_output_at_the_path_of_another_file_is_refused() {
        for export in ["artifacts.lock", "SHA256SUMS/x", "keys/x.txt", "workflow", "ro-crate-metadata.json"] {
            let error = Graph::new(vec![step("a", &[]).output_at("b", export)]).unwrap_err();
            assert!(matches!(error, GraphError::ExportReserved { .. }), "{export}: {error}");
        }
        let input = |at: &str| step("a", &[]).file("data", "x").file("data", at);
        for steps in
            [vec![step("a", &[]), step("a/b/c", &[])], vec![input("x/y")], vec![step("a", &[]).output("out/b")]]
        {
            let error = Graph::new(steps).unwrap_err();
            assert!(matches!(error, GraphError::Below { .. }), "{error}");
        }
        assert!(matches!(Graph::new(vec![input("outdated/y")]), Err(GraphError::Reserved { .. })));
        Graph::new(vec![step("a", &[]), step("ab", &[]), step("keys2", &[])]).unwrap();
    }
}
