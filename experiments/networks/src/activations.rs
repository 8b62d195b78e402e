//! The maximum number of activation elements alive at any time: what a forward pass needs in addition to the weights,
//! on any device. It does not depend on the width of an element, and excludes what an implementation adds, such as
//! padded copies, unfolded windows or temporaries.
//!
//! | value | how long it is alive, and where it is stored |
//! |---|---|
//! | image | during the whole pass; never overwritten, since the caller keeps it |
//! | input of a layer | until the layer has written its output |
//! | output of an elementwise layer | overwrites the input, unless another branch or the caller still needs that |
//! | output of dropout or flatten | is the input |
//! | output of any other layer | is alive together with the input |
//! | input of a sum, product or concatenation | until the last branch has read it; branches run one after the other |
//! | output of a branch | until the sum, product or concatenation is computed |
//! | sum | overwrites the first of its parts that nothing else needs |
//! | product | overwrites its first part, unless something else needs that |
//! | concatenation | is alive together with its parts |

use std::slice;

use crate::error::{NetworkError, Problem};
use crate::layer::{Branch, Layer, Named};
use crate::network::Network;
use crate::shapes::{Step, shapes};

/// The peak of the forward pass of one image. A batch of n images needs n times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activations {
    /// Elements alive at the same time, including the image.
    pub elements: u64,
    /// The first layer, in the order of execution, that reaches this peak; `input` if no layer needs more than the
    /// image.
    pub layer: String,
}

/// Computes the peak for the network's own input size, with branches in the order of definition. Another order may need
/// less.
pub fn activations(network: &Network) -> Result<Activations, NetworkError> {
    let too_large = |layer: &str| NetworkError {
        network: network.name.to_owned(),
        layer: layer.to_owned(),
        problem: Problem::TooLarge,
    };
    let steps = shapes(network)?;
    let image = network.input.elements().ok_or_else(|| too_large("input"))?;
    let mut traversal = Traversal { steps: steps.iter(), layer: "input", elements: image };
    traversal.branch(&network.layers, image, Value::Kept).map_err(|TooLarge(layer)| too_large(layer))?;
    Ok(Activations { elements: traversal.elements, layer: traversal.layer.to_owned() })
}

/// The input or output of a layer.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    /// Another branch or the caller needs it too: it is counted as kept and must not be overwritten.
    Kept,
    /// This many elements, which nothing else needs.
    Own(u64),
}

impl Value {
    /// Elements in addition to those that are kept.
    fn own(self) -> u64 {
        match self {
            Self::Kept => 0,
            Self::Own(elements) => elements,
        }
    }
}

/// The layer at which the count overflows 64 bits.
struct TooLarge<'a>(&'a str);

/// The remaining steps, and the peak so far.
struct Traversal<'a> {
    steps: slice::Iter<'a, Step<'a>>,
    layer: &'a str,
    elements: u64,
}

impl<'a> Traversal<'a> {
    /// Applies the layers in order to `value`, while `kept` other elements are alive.
    fn branch(&mut self, layers: &'a Branch, kept: u64, value: Value) -> Result<Value, TooLarge<'a>> {
        layers.iter().try_fold(value, |value, Named { name, layer }| match layer {
            Layer::Sum(branches) | Layer::Product(branches) | Layer::Concat(branches) => {
                self.branches(name, layer, branches, kept, value)
            }
            Layer::Dropout { .. } | Layer::Flatten => {
                self.steps.next();
                Ok(value)
            }
            elementwise if elementwise.is_elementwise() && value != Value::Kept => {
                self.steps.next();
                Ok(value)
            }
            _ => self.write(name, &[kept, value.own()]),
        })
    }

    fn branches(
        &mut self,
        name: &'a str,
        layer: &Layer,
        branches: &'a [Branch],
        kept: u64,
        input: Value,
    ) -> Result<Value, TooLarge<'a>> {
        let mut parts = Vec::with_capacity(branches.len());
        // Alive during a branch: what is kept for others, the input unless this branch may overwrite it, and the
        // finished parts.
        let (mut other, mut finished) = (kept, 0);
        for (index, branch) in branches.iter().enumerate() {
            // An empty branch returns the input itself, which is then alive until the sum or concatenation.
            let may_overwrite = index + 1 == branches.len() && !parts.contains(&Value::Kept);
            let (input, shared) = if may_overwrite { (input, 0) } else { (Value::Kept, input.own()) };
            other = total(name, &[kept, shared])?;
            let part = self.branch(branch, total(name, &[other, finished])?, input)?;
            finished = total(name, &[finished, part.own()])?;
            parts.push(part);
        }
        // A part that is the input itself may be overwritten if the input may.
        let has_room = |part: &Value| *part != Value::Kept || input != Value::Kept;
        let is_in_place = match layer {
            Layer::Sum(_) => parts.iter().any(has_room),
            Layer::Product(_) => parts.first().is_some_and(has_room),
            _ => false,
        };
        if is_in_place {
            let output = self.steps.next().and_then(|step| step.output.elements());
            return output.map(Value::Own).ok_or(TooLarge(name));
        }
        self.write(name, &[other, finished])
    }

    /// Writes the next step's output while `alive` elements are alive.
    fn write(&mut self, name: &'a str, alive: &[u64]) -> Result<Value, TooLarge<'a>> {
        let output = self.steps.next().and_then(|step| step.output.elements()).ok_or(TooLarge(name))?;
        let elements = total(name, &[total(name, alive)?, output])?;
        if elements > self.elements {
            (self.layer, self.elements) = (name, elements);
        }
        Ok(Value::Own(output))
    }
}

fn total<'a>(name: &'a str, elements: &[u64]) -> Result<u64, TooLarge<'a>> {
    elements.iter().try_fold(0_u64, |sum, &elements| sum.checked_add(elements)).ok_or(TooLarge(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, Shape};
    use crate::notation::{concat, conv, dropout, flatten, layers, linear, lrn, max_pool, norm, relu, sum};

    /// The peak for an image of 2 x 10 x 10: 200 elements, which are always alive.
    fn max(layers: Vec<Named>) -> (u64, String) {
        let input = Shape::Map(2, 10, 10);
        let network = Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "", input, layers };
        let max = activations(&network).expect("it fits");
        (max.elements, max.layer)
    }

    fn at(elements: u64, layer: &str) -> (u64, String) {
        (elements, layer.to_owned())
    }

    #[test]
    fn a_chain_needs_the_image_and_the_largest_input_with_its_output() {
        let widen = || layers![conv("c", 2, 8, 1), norm("n", 8, 1e-5), relu("r")];
        assert_eq!(max(widen()), at(200 + 800, "c"));
        assert_eq!(max([widen(), layers![max_pool("p", 2, 2)]].concat()), at(200 + 800 + 200, "p"));
        // A normalisation across channels reads neighbouring channels after writing, so it cannot overwrite its input.
        assert_eq!(max([widen(), layers![lrn("l")]].concat()), at(200 + 800 + 800, "l"));
        let classifier = layers![dropout("d", 0.5), flatten("f"), linear("fc", 800, 10)];
        assert_eq!(max([widen(), classifier].concat()), at(200 + 800 + 10, "fc"));
        assert_eq!(max(layers![]), at(200, "input"));
    }

    #[test]
    fn the_image_is_never_overwritten() {
        assert_eq!(max(layers![relu("r")]), at(200 + 200, "r"));
        assert_eq!(max(layers![dropout("d", 0.5), relu("r"), relu("s")]), at(200 + 200, "r"));
        assert_eq!(max(layers![flatten("f"), dropout("d", 0.5)]), at(200, "input"));
    }

    #[test]
    fn a_residual_block_keeps_its_input_for_the_shortcut() {
        let entry = conv("entry", 2, 4, 1); // 400
        let main = || layers![conv("a", 4, 6, 1), norm("n", 6, 1e-5), relu("r"), conv("b", 6, 4, 1)]; // 600, then 400
        let block = |branches| max(layers![entry.clone(), sum("add", branches), relu("out")]);
        // Image, block's input, 600 and 400; the sum is added into the 400 of `b`.
        assert_eq!(block(vec![main(), layers![]]), at(200 + 400 + 600 + 400, "b"));
        // The order of the branches does not matter if one of them is empty.
        assert_eq!(block(vec![layers![], main()]), at(200 + 400 + 600 + 400, "b"));
        // A projection reads the input while the main branch's output is alive; its second convolution needs as much,
        // but is not the first.
        let projected = layers![conv("wide", 4, 9, 1), conv("narrow", 9, 4, 1)];
        assert_eq!(block(vec![main(), projected.clone()]), at(200 + 400 + 400 + 900, "wide"));
        // In the other order the input is kept for the main branch, and the second convolution needs more than the
        // first.
        assert_eq!(block(vec![projected, main()]), at(200 + 400 + 900 + 400, "narrow"));
    }

    #[test]
    fn a_branch_that_starts_with_a_rectifier_copies_unless_it_is_the_last() {
        let entry = conv("entry", 2, 4, 1); // 400
        let branches = |branches| max(layers![entry.clone(), sum("add", branches)]);
        // The first branch copies, the second overwrites the input, and the sum overwrites the copy.
        assert_eq!(branches(vec![layers![relu("r")], layers![relu("s")]]), at(200 + 400 + 400, "r"));
        // An empty branch before it still needs the input.
        assert_eq!(branches(vec![layers![], layers![relu("s")]]), at(200 + 400 + 400, "s"));
        // Dropout returns the shared input, so the rectifier after it copies too.
        let dropped = layers![dropout("d", 0.5), relu("r")];
        assert_eq!(branches(vec![dropped, layers![]]), at(200 + 400 + 400, "r"));
        // Two empty branches are added in place, but never over the image.
        assert_eq!(branches(vec![layers![], layers![]]), at(200 + 400, "entry"));
        assert_eq!(max(layers![sum("add", vec![layers![], layers![]])]), at(200 + 200, "add"));
    }

    #[test]
    fn a_concatenation_of_three_branches_needs_its_parts_and_its_output() {
        let entry = conv("entry", 2, 5, 1); // 500
        let branches = |branches| max(layers![entry.clone(), concat("concat", branches)]);
        let [one, two, three] = [("one", 1), ("two", 2), ("three", 3)].map(|(name, maps)| conv(name, 5, maps, 1));
        let parts = || vec![layers![one.clone()], layers![two.clone()], layers![three.clone()]];
        // The parts (600) and the output (600) exceed the input (500) and the parts (600).
        assert_eq!(branches(parts()), at(200 + 600 + 600, "concat"));
        // The second branch's 1500 are alive together with the first part and the input, which the third branch still
        // needs.
        let wide = layers![conv("wide", 5, 15, 1), conv("two", 15, 2, 1)];
        assert_eq!(
            branches(vec![layers![one.clone()], wide.clone(), layers![three.clone()]]),
            at(200 + 500 + 100 + 1500 + 200, "two")
        );
        // As the last branch it no longer needs the input when its second convolution writes.
        assert_eq!(branches([parts(), vec![wide]].concat()), at(200 + 500 + 600 + 1500, "wide"));
        // A part that is the input itself is alive until the concatenation is computed.
        assert_eq!(branches([vec![layers![]], parts()].concat()), at(200 + 500 + 600 + 1100, "concat"));
    }

    #[test]
    fn values_alive_during_a_nested_sum_are_counted() {
        let inner = sum("inner", vec![layers![conv("a", 4, 4, 1)], layers![]]);
        let outer = concat("outer", vec![layers![conv("first", 4, 1, 1)], layers![inner.clone()]]);
        // Image, input, first part, `a`; then 500 of the parts and 500 of the output.
        assert_eq!(max(layers![conv("entry", 2, 4, 1), outer]), at(200 + 500 + 500, "outer"));
        // The inner shortcut of a branch that is not the last keeps the input for the branch after it.
        let sums = sum("outer", vec![layers![inner, relu("r")], layers![conv("b", 4, 4, 1)], layers![]]);
        assert_eq!(max(layers![conv("entry", 2, 4, 1), sums]), at(200 + 400 + 400 + 400, "b"));
    }

    #[test]
    fn an_overflow_is_an_error_that_names_the_layer() {
        let input = Shape::Map(1, 1 << 31, 1 << 31);
        let layers = layers![conv("a", 1, 2, 1), conv("b", 2, 2, 1)];
        let network = Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "", input, layers };
        let error = activations(&network).expect_err("five times 2^62");
        assert_eq!((error.layer.as_str(), error.problem), ("b", Problem::TooLarge));
    }
}
