//! [`Schedule::Whole`](super::Schedule::Whole): every number is written as seldom as possible.
//!
//! An arm is read from its end: what is done to each number by itself is remembered until the layer is met that makes the number,
//! and so is the place in a join where it has to lie.

use networks::{Arm, Layer, Named};

use super::draft::{Draft, Part, Target, Value};
use super::layers::is_one_place;
use super::{After, View, Work};

impl<'a> Draft<'a> {
    /// The steps of the whole network.
    pub(super) fn whole(&mut self, layers: &'a Arm) -> Part {
        self.arm(layers, Self::image(), Target::default(), 0)
    }

    /// An arm's output, where and as it is wanted; an empty arm is on behalf of layer `around`.
    fn arm(&mut self, layers: &'a [Named], input: Part, mut target: Target, around: usize) -> Part {
        let Some((last, before)) = layers.split_last() else { return self.deliver(around, input, target) };
        let layer = self.index(last);
        match &last.layer {
            Layer::Dropout { .. } => self.arm(before, input, target, layer),
            Layer::Flatten if is_one_place(self.shape(layer).input.into()) => self.arm(before, input, target, layer),
            Layer::Norm(_) | Layer::Relu | Layer::PRelu { .. } => {
                target.after.insert(0, After::Layer { layer, first: 0 });
                self.arm(before, input, target, layer)
            }
            Layer::ZeroPadChannels { .. } => self.widened(layer, before, input, target),
            Layer::Sum(arms) => {
                let input = self.arm(before, input, Target::default(), layer);
                self.added(layer, arms, input, target)
            }
            Layer::Concat(arms) => {
                let input = self.arm(before, input, Target::default(), layer);
                self.joined(layer, arms, input, target)
            }
            _ => {
                let input = self.arm(before, input, Target::default(), layer);
                self.layer(layer, input, target)
            }
        }
    }

    /// The arm `before`, written into the first channels, and zeros behind.
    fn widened(&mut self, layer: usize, before: &'a [Named], input: Part, target: Target) -> Part {
        let shape = self.shape(layer);
        let view = target.view.unwrap_or_else(|| self.area(layer, shape.output.into()));
        let present = View { channels: super::Size::from(shape.input).channels, ..view };
        self.arm(before, input, Target { view: Some(present), after: Vec::new() }, layer);
        self.zero(view, present);
        if !target.after.is_empty() {
            self.push(Work::InPlace, view, target.after);
        }
        Part { value: Value::Area(view.area), is_own: true }
    }

    /// A sum of two arms: the second to run adds the output of the first to each of its numbers where it is made. That is the longer
    /// one, since a short cut is often the input itself, which is there already.
    fn added(&mut self, layer: usize, arms: &'a [Arm], input: Part, mut target: Target) -> Part {
        let [one, other] = arms else {
            // Three parts and more give the same bits in one order only.
            let parts = self.parts(arms, input, |draft, arm, input| draft.arm(arm, input, Target::default(), layer));
            return self.sum(layer, &parts, target);
        };
        let (first, last) = if one.len() > other.len() { (other, one) } else { (one, other) };
        let part = self.arm(first, Part { is_own: false, ..input }, Target::default(), layer);
        let is_input = part.value == input.value;
        let added = self.read(layer, part.value);
        target.after.insert(0, After::Add(added));
        self.arm(last, Part { is_own: input.is_own && !is_input, ..input }, target, layer)
    }

    /// A join: each arm writes into its own channels, and does there what follows the join.
    fn joined(&mut self, layer: usize, arms: &'a [Arm], input: Part, target: Target) -> Part {
        let view = target.view.unwrap_or_else(|| self.area(layer, self.shape(layer).output.into()));
        // A sum has to be added to whole rows.
        let is_by_channel = target.after.iter().all(|after| matches!(after, After::Layer { .. }));
        let mut done = 0;
        for (index, arm) in arms.iter().enumerate() {
            let channels = self.size_after(arm, self.size(input.value)).channels;
            let part = View { first: view.first + done, channels, ..view };
            let shifted = target.after.iter().filter_map(|after| match *after {
                After::Layer { layer, first } => Some(After::Layer { layer, first: first + done }),
                After::Add(_) => None,
            });
            let after = if is_by_channel { shifted.collect() } else { Vec::new() };
            let is_own = input.is_own && index + 1 == arms.len();
            self.arm(arm, Part { is_own, ..input }, Target { view: Some(part), after }, layer);
            done += channels;
        }
        if !is_by_channel {
            self.push(Work::InPlace, view, target.after);
        }
        Part { value: Value::Area(view.area), is_own: true }
    }
}
