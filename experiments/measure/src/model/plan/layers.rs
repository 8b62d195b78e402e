//! [`Schedule::Layers`](super::Schedule::Layers): each layer by itself, in the order of the definition.

use networks::{Branch, Layer, Named};

use super::draft::{Draft, Part, Target, Value};
use super::{After, Size, View, Work};

impl<'a> Draft<'a> {
    /// The steps of the whole network.
    pub(super) fn layers(&mut self, layers: &'a Branch) -> Part {
        self.one_by_one(layers, Self::image())
    }

    fn one_by_one(&mut self, layers: &'a [Named], input: Part) -> Part {
        layers.iter().fold(input, |input, named| {
            let layer = self.index(named);
            let before = self.steps();
            let output = match &named.layer {
                Layer::Dropout { .. } => return input,
                Layer::Flatten if is_one_place(self.shape(layer).input.into()) => return input,
                // It has no cost, so nobody is told.
                Layer::Flatten => return self.layer(layer, input, Target::default()),
                Layer::Norm(_) | Layer::Relu | Layer::PRelu { .. } => {
                    let after = vec![After::Layer { layer, first: 0 }];
                    self.deliver(layer, input, Target { view: None, after })
                }
                Layer::ZeroPadChannels { .. } => {
                    let view = self.area(layer, self.shape(layer).output.into());
                    let present = View { channels: self.size(input.value).channels, ..view };
                    self.deliver(layer, input, Target { view: Some(present), after: Vec::new() });
                    self.zero(view, present);
                    Part { value: Value::Area(view.area), is_own: true }
                }
                Layer::Sum(branches) => {
                    let parts = self.parts(branches, input, |draft, branch, input| draft.one_by_one(branch, input));
                    let before = self.steps();
                    let sum = self.sum(layer, &parts, Target::default());
                    if self.steps() == before { self.nothing(layer, sum) } else { sum }
                }
                Layer::Concat(branches) => {
                    let parts = self.parts(branches, input, |draft, branch, input| draft.one_by_one(branch, input));
                    let view = self.area(layer, self.shape(layer).output.into());
                    let mut first = 0;
                    for part in parts {
                        let channels = self.size(part.value).channels;
                        let view = Some(View { first, channels, ..view });
                        self.deliver(layer, part, Target { view, after: Vec::new() });
                        first += channels;
                    }
                    Part { value: Value::Area(view.area), is_own: true }
                }
                _ => self.layer(layer, input, Target::default()),
            };
            debug_assert!(self.steps() > before, "a layer that somebody is told of has a step");
            self.finished(layer);
            output
        })
    }

    /// A step that computes nothing, so that a layer can be told of: a sum of one part.
    fn nothing(&mut self, layer: usize, part: Part) -> Part {
        match part.value {
            Value::Area(area) => {
                self.push(Work::InPlace, self.whole_view(area), Vec::new());
                part
            }
            Value::Image => {
                let view = self.area(layer, self.size(part.value));
                self.deliver(layer, part, Target { view: Some(view), after: Vec::new() })
            }
        }
    }

    /// Zeros in the channels of `view` behind those that are `present`.
    pub(super) fn zero(&mut self, view: View, present: View) {
        let channels = view.channels - present.channels;
        if channels > 0 {
            self.push(Work::Zero, View { first: present.first + present.channels, channels, ..view }, Vec::new());
        }
    }
}

/// Whether flattening leaves every number where it is.
pub(super) fn is_one_place(size: Size) -> bool {
    (size.height, size.width) == (1, 1)
}
