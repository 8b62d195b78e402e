//! [`Schedule::Whole`](super::Schedule::Whole): every number is written as seldom as possible.
//!
//! An branch is read from its end: what is done to each number by itself is remembered until the layer is met that makes the number,
//! and so is the place in a join where it has to lie.

use networks::{Branch, Layer, Named};

use super::draft::{Draft, Part, Target, Value};
use super::layers::is_one_place;
use super::{After, View, Work};

impl<'a> Draft<'a> {
    /// The steps of the whole network.
    pub(super) fn whole(&mut self, layers: &'a Branch) -> Part {
        self.branch(layers, Self::image(), Target::default(), 0)
    }

    /// An branch's output, where and as it is wanted; an empty branch is on behalf of layer `around`.
    fn branch(&mut self, layers: &'a [Named], input: Part, mut target: Target, around: usize) -> Part {
        let Some((last, before)) = layers.split_last() else { return self.deliver(around, input, target) };
        let layer = self.index(last);
        match &last.layer {
            Layer::Dropout { .. } => self.branch(before, input, target, layer),
            Layer::Flatten if is_one_place(self.shape(layer).input.into()) => self.branch(before, input, target, layer),
            Layer::Norm(_) | Layer::Relu | Layer::PRelu { .. } => {
                target.after.insert(0, After::Layer { layer, first: 0 });
                self.branch(before, input, target, layer)
            }
            Layer::ZeroPadChannels { .. } => self.widened(layer, before, input, target),
            Layer::Sum(branches) => {
                let input = self.branch(before, input, Target::default(), layer);
                self.added(layer, branches, input, target)
            }
            Layer::Concat(branches) => {
                let input = self.branch(before, input, Target::default(), layer);
                self.joined(layer, branches, input, target)
            }
            _ => {
                let input = self.branch(before, input, Target::default(), layer);
                self.layer(layer, input, target)
            }
        }
    }

    /// The branch `before`, written into the first channels, and zeros behind.
    fn widened(&mut self, layer: usize, before: &'a [Named], input: Part, target: Target) -> Part {
        let shape = self.shape(layer);
        let view = target.view.unwrap_or_else(|| self.area(layer, shape.output.into()));
        let present = View { channels: super::Size::from(shape.input).channels, ..view };
        self.branch(before, input, Target { view: Some(present), after: Vec::new() }, layer);
        self.zero(view, present);
        if !target.after.is_empty() {
            self.push(Work::InPlace, view, target.after);
        }
        Part { value: Value::Area(view.area), is_own: true }
    }

    /// A sum of two branches: the second to run adds the output of the first to each of its numbers where it is made. That is the longer
    /// one, since a short cut is often the input itself, which is there already.
    fn added(&mut self, layer: usize, branches: &'a [Branch], input: Part, mut target: Target) -> Part {
        let [one, other] = branches else {
            // Three parts and more give the same bits in one order only.
            let parts = self
                .parts(branches, input, |draft, branch, input| draft.branch(branch, input, Target::default(), layer));
            return self.sum(layer, &parts, target);
        };
        let (first, last) = if one.len() > other.len() { (other, one) } else { (one, other) };
        let part = self.branch(first, Part { is_own: false, ..input }, Target::default(), layer);
        let is_input = part.value == input.value;
        let added = self.read(layer, part.value);
        target.after.insert(0, After::Add(added));
        self.branch(last, Part { is_own: input.is_own && !is_input, ..input }, target, layer)
    }

    /// A join: each branch writes into its own channels, and does there what follows the join.
    fn joined(&mut self, layer: usize, branches: &'a [Branch], input: Part, target: Target) -> Part {
        let view = target.view.unwrap_or_else(|| self.area(layer, self.shape(layer).output.into()));
        // A sum has to be added to whole rows.
        let is_by_channel = target.after.iter().all(|after| matches!(after, After::Layer { .. }));
        let mut done = 0;
        for (index, branch) in branches.iter().enumerate() {
            let channels = self.size_after(branch, self.size(input.value)).channels;
            let part = View { first: view.first + done, channels, ..view };
            let shifted = target.after.iter().filter_map(|after| match *after {
                After::Layer { layer, first } => Some(After::Layer { layer, first: first + done }),
                After::Add(_) => None,
            });
            let after = if is_by_channel { shifted.collect() } else { Vec::new() };
            let is_own = input.is_own && index + 1 == branches.len();
            self.branch(branch, Part { is_own, ..input }, Target { view: Some(part), after }, layer);
            done += channels;
        }
        if !is_by_channel {
            self.push(Work::InPlace, view, target.after);
        }
        Part { value: Value::Area(view.area), is_own: true }
    }
}
