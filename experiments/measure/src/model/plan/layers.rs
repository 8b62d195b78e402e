//! [`Schedule::Layers`](super::Schedule::Layers): one layer at a time, in the order of the definition.

use networks::{Branch, Layer, Named};

use super::draft::{Draft, Part, Target, Value};
use super::{After, Size, Slice, Work};

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
                Layer::Flatten if is_one_pixel(self.shape(layer).input.into()) => return input,
                // It has no cost, so it is not reported.
                Layer::Flatten => return self.layer(layer, input, Target::default()),
                elementwise if elementwise.is_elementwise() => {
                    let after = vec![After::Layer { layer, first: 0 }];
                    self.deliver(layer, input, Target { slice: None, after })
                }
                Layer::ZeroPadChannels { .. } => {
                    let slice = self.area(layer, self.shape(layer).output.into());
                    let present = Slice { channels: self.size(input.value).channels, ..slice };
                    self.deliver(layer, input, Target { slice: Some(present), after: Vec::new() });
                    self.zero(slice, present);
                    Part { value: Value::Area(slice.area), is_own: true }
                }
                Layer::Sum(branches) => {
                    let parts = self.parts(branches, input, |draft, branch, input| draft.one_by_one(branch, input));
                    let before = self.steps();
                    let sum = self.sum(layer, &parts, Target::default());
                    if self.steps() == before { self.nothing(layer, sum) } else { sum }
                }
                Layer::Product(branches) => {
                    let parts = self.parts(branches, input, |draft, branch, input| draft.one_by_one(branch, input));
                    let before = self.steps();
                    let product = self.product(layer, &parts, input, Target::default());
                    if self.steps() == before { self.nothing(layer, product) } else { product }
                }
                Layer::Concat(branches) => {
                    let parts = self.parts(branches, input, |draft, branch, input| draft.one_by_one(branch, input));
                    let slice = self.area(layer, self.shape(layer).output.into());
                    let mut first = 0;
                    for part in parts {
                        let channels = self.size(part.value).channels;
                        let slice = Some(Slice { first, channels, ..slice });
                        self.deliver(layer, part, Target { slice, after: Vec::new() });
                        first += channels;
                    }
                    Part { value: Value::Area(slice.area), is_own: true }
                }
                _ => self.layer(layer, input, Target::default()),
            };
            debug_assert!(self.steps() > before, "a reported layer has a step");
            self.finished(layer);
            output
        })
    }

    /// A step that computes nothing, so that a layer can be reported: a sum of one part.
    fn nothing(&mut self, layer: usize, part: Part) -> Part {
        match part.value {
            Value::Area(area) => {
                self.push(Work::InPlace, self.whole_slice(area), Vec::new());
                part
            }
            Value::Image => {
                let slice = self.area(layer, self.size(part.value));
                self.deliver(layer, part, Target { slice: Some(slice), after: Vec::new() })
            }
        }
    }

    /// Zeros in the channels of `slice` after those of `present`.
    pub(super) fn zero(&mut self, slice: Slice, present: Slice) {
        let channels = slice.channels - present.channels;
        if channels > 0 {
            self.push(Work::Zero, Slice { first: present.first + present.channels, channels, ..slice }, Vec::new());
        }
    }
}

/// Whether flattening changes no offsets.
pub(super) fn is_one_pixel(size: Size) -> bool {
    (size.height, size.width) == (1, 1)
}
