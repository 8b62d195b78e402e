//! [`Schedule::Whole`](super::Schedule::Whole): every number is written as rarely as possible.
//!
//! A branch is traversed from its end. Elementwise layers, and the channels of a concatenation to write to, are passed on until the
//! layer that computes the numbers.

use networks::{Branch, Layer, Named};

use super::draft::{Draft, Part, Target, Value};
use super::layers::is_one_pixel;
use super::{After, Slice, Work};

impl<'a> Draft<'a> {
    /// The steps of the whole network.
    pub(super) fn whole(&mut self, layers: &'a Branch) -> Part {
        self.branch(layers, Self::image(), Target::default(), 0)
    }

    /// The output of a branch, as `target` requires it; an empty branch is on behalf of layer `around`.
    fn branch(&mut self, layers: &'a [Named], input: Part, mut target: Target, around: usize) -> Part {
        let Some((last, before)) = layers.split_last() else { return self.deliver(around, input, target) };
        let layer = self.index(last);
        match &last.layer {
            Layer::Dropout { .. } => self.branch(before, input, target, layer),
            Layer::Flatten if is_one_pixel(self.shape(layer).input.into()) => self.branch(before, input, target, layer),
            elementwise if elementwise.is_elementwise() => {
                target.after.insert(0, After::Layer { layer, first: 0 });
                self.branch(before, input, target, layer)
            }
            Layer::ZeroPadChannels { .. } => self.widened(layer, before, input, target),
            Layer::Sum(branches) => {
                let input = self.branch(before, input, Target::default(), layer);
                self.added(layer, branches, input, target)
            }
            Layer::Product(branches) => {
                let input = self.branch(before, input, Target::default(), layer);
                let parts = self.parts(branches, input, |draft, branch, input| {
                    draft.branch(branch, input, Target::default(), layer)
                });
                self.product(layer, &parts, input, target)
            }
            Layer::Concat(branches) => {
                let input = self.branch(before, input, Target::default(), layer);
                self.concatenated(layer, branches, input, target)
            }
            _ => {
                let input = self.branch(before, input, Target::default(), layer);
                self.layer(layer, input, target)
            }
        }
    }

    /// The branch `before`, written into the first channels, and zeros in the others.
    fn widened(&mut self, layer: usize, before: &'a [Named], input: Part, target: Target) -> Part {
        let shape = self.shape(layer);
        let slice = target.slice.unwrap_or_else(|| self.area(layer, shape.output.into()));
        let present = Slice { channels: super::Size::from(shape.input).channels, ..slice };
        self.branch(before, input, Target { slice: Some(present), after: Vec::new() }, layer);
        self.zero(slice, present);
        if !target.after.is_empty() {
            self.push(Work::InPlace, slice, target.after);
        }
        Part { value: Value::Area(slice.area), is_own: true }
    }

    /// A sum of two branches: the second one to run adds the output of the first to its own numbers as they are computed. The longer
    /// branch runs second, since the other one is often the input itself.
    fn added(&mut self, layer: usize, branches: &'a [Branch], input: Part, mut target: Target) -> Part {
        let [one, other] = branches else {
            // Three or more parts must be added in their order to give the same bits.
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

    /// A concatenation: each branch writes into its own channels, and applies the elementwise layers after the concatenation.
    fn concatenated(&mut self, layer: usize, branches: &'a [Branch], input: Part, target: Target) -> Part {
        let slice = target.slice.unwrap_or_else(|| self.area(layer, self.shape(layer).output.into()));
        // A sum or a product can only be computed for all channels.
        let is_by_channel = target.after.iter().all(|after| matches!(after, After::Layer { .. }));
        let mut done = 0;
        for (index, branch) in branches.iter().enumerate() {
            let channels = self.size_after(branch, self.size(input.value)).channels;
            let part = Slice { first: slice.first + done, channels, ..slice };
            let shifted = target.after.iter().filter_map(|after| match *after {
                After::Layer { layer, first } => Some(After::Layer { layer, first: first + done }),
                After::Add(_) | After::Multiply(_) => None,
            });
            let after = if is_by_channel { shifted.collect() } else { Vec::new() };
            let is_own = input.is_own && index + 1 == branches.len();
            self.branch(branch, Part { is_own, ..input }, Target { slice: Some(part), after }, layer);
            done += channels;
        }
        if !is_by_channel {
            self.push(Work::InPlace, slice, target.after);
        }
        Part { value: Value::Area(slice.area), is_own: true }
    }
}
