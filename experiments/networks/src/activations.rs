//! The most activation elements alive at one time: what a forward pass needs beside the weights, on any device. Knows no
//! width of an element and nothing that an implementation adds, such as padded copies, unfolded windows or temporaries.
//!
//! | what | how long it is alive, and what is written where |
//! |---|---|
//! | image | through the whole pass; nothing is written over it, since the caller keeps it |
//! | input of a layer | until the layer has written its output |
//! | norm, relu, prelu | written over their input, or into a copy where another branch or the caller still needs it |
//! | dropout, flatten | give their input on |
//! | any other layer | input and output at once |
//! | input of a sum or a join | until the last branch has read it; the branches run one after the other |
//! | output of an branch | until the sum or the join is made |
//! | sum | added into the first of its parts that nobody else needs |
//! | join | its parts and its output at once |

use std::slice;

use crate::error::{NetworkError, Problem};
use crate::layer::{Branch, Layer, Named};
use crate::network::Network;
use crate::shapes::{Step, shapes};

/// The most that is alive in the forward pass of one image. A batch needs as many times that as it has images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activations {
    /// Elements alive at one time, the image included. Elements are numbers, of whatever width.
    pub elements: u64,
    /// The first layer in the order of execution that needs so many; `input` where none needs more than the image.
    pub layer: String,
}

/// Walks the network at its own input, branches in the order of definition. Another order of branches may need less.
pub fn activations(network: &Network) -> Result<Activations, NetworkError> {
    let too_large = |layer: &str| NetworkError {
        network: network.name.to_owned(),
        layer: layer.to_owned(),
        problem: Problem::TooLarge,
    };
    let steps = shapes(network)?;
    let image = network.input.elements().ok_or_else(|| too_large("input"))?;
    let mut walk = Walk { steps: steps.iter(), layer: "input", elements: image };
    walk.branch(&network.layers, image, Value::Kept).map_err(|TooLarge(layer)| too_large(layer))?;
    Ok(Activations { elements: walk.elements, layer: walk.layer.to_owned() })
}

/// What a layer reads or gives.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    /// Another branch or the caller needs it too: it is counted among what is kept, and stays as it is.
    Kept,
    /// So many elements that nobody else needs.
    Own(u64),
}

impl Value {
    /// Elements beyond those that are kept anyway.
    fn own(self) -> u64 {
        match self {
            Self::Kept => 0,
            Self::Own(elements) => elements,
        }
    }
}

/// The layer at which more than 64 bits count would be alive.
struct TooLarge<'a>(&'a str);

/// The steps still to come, and the most seen so far.
struct Walk<'a> {
    steps: slice::Iter<'a, Step<'a>>,
    layer: &'a str,
    elements: u64,
}

impl<'a> Walk<'a> {
    /// The layers one after the other on `value`, while `kept` elements are alive for others.
    fn branch(&mut self, layers: &'a Branch, kept: u64, value: Value) -> Result<Value, TooLarge<'a>> {
        layers.iter().try_fold(value, |value, Named { name, layer }| match layer {
            Layer::Sum(branches) | Layer::Concat(branches) => self.branches(name, layer, branches, kept, value),
            Layer::Dropout { .. } | Layer::Flatten => {
                self.steps.next();
                Ok(value)
            }
            Layer::Norm(_) | Layer::Relu | Layer::PRelu { .. } if value != Value::Kept => {
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
        // Alive beside an branch: what is kept for others, the input where this branch may not take it, and the finished parts.
        let (mut beside, mut finished) = (kept, 0);
        for (index, branch) in branches.iter().enumerate() {
            // An empty branch gives the input itself on, which then lives until the sum or join.
            let is_taken = index + 1 == branches.len() && !parts.contains(&Value::Kept);
            let (input, shared) = if is_taken { (input, 0) } else { (Value::Kept, input.own()) };
            beside = total(name, &[kept, shared])?;
            let part = self.branch(branch, total(name, &[beside, finished])?, input)?;
            finished = total(name, &[finished, part.own()])?;
            parts.push(part);
        }
        let has_room = parts.iter().any(|&part| part != Value::Kept) || input != Value::Kept;
        if matches!(layer, Layer::Sum(_)) && has_room {
            let output = self.steps.next().and_then(|step| step.output.elements());
            return output.map(Value::Own).ok_or(TooLarge(name));
        }
        self.write(name, &[beside, finished])
    }

    /// The next step's output, written beside what is alive.
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

    /// Of an image of 2 x 10 x 10: 200 elements, alive all the time.
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
        // A normalisation across channels reads its neighbours after writing: it needs room of its own.
        assert_eq!(max([widen(), layers![lrn("l")]].concat()), at(200 + 800 + 800, "l"));
        let classifier = layers![dropout("d", 0.5), flatten("f"), linear("fc", 800, 10)];
        assert_eq!(max([widen(), classifier].concat()), at(200 + 800 + 10, "fc"));
        assert_eq!(max(layers![]), at(200, "input"));
    }

    #[test]
    fn nothing_is_written_over_the_image() {
        assert_eq!(max(layers![relu("r")]), at(200 + 200, "r"));
        assert_eq!(max(layers![dropout("d", 0.5), relu("r"), relu("s")]), at(200 + 200, "r"));
        assert_eq!(max(layers![flatten("f"), dropout("d", 0.5)]), at(200, "input"));
    }

    #[test]
    fn a_residual_block_keeps_its_input_for_the_short_cut() {
        let entry = conv("entry", 2, 4, 1); // 400
        let main = || layers![conv("a", 4, 6, 1), norm("n", 6, 1e-5), relu("r"), conv("b", 6, 4, 1)]; // 600, then 400
        let block = |branches| max(layers![entry.clone(), sum("add", branches), relu("out")]);
        // Image, block's input, 600 and 400; the sum is added into the 400 of `b`.
        assert_eq!(block(vec![main(), layers![]]), at(200 + 400 + 600 + 400, "b"));
        // The order of the branches does not matter where one is the input itself.
        assert_eq!(block(vec![layers![], main()]), at(200 + 400 + 600 + 400, "b"));
        // A projection reads the input beside the main branch's end; its second convolution needs as much but does not see it.
        let projected = layers![conv("wide", 4, 9, 1), conv("narrow", 9, 4, 1)];
        assert_eq!(block(vec![main(), projected.clone()]), at(200 + 400 + 400 + 900, "wide"));
        // The other way round the input waits for the main branch, and the second convolution needs more than the first.
        assert_eq!(block(vec![projected, main()]), at(200 + 400 + 900 + 400, "narrow"));
    }

    #[test]
    fn an_arm_that_heads_with_a_rectifier_copies_unless_it_is_the_last() {
        let entry = conv("entry", 2, 4, 1); // 400
        let branches = |branches| max(layers![entry.clone(), sum("add", branches)]);
        // The first copies, the second writes over the input and the sum into the copy.
        assert_eq!(branches(vec![layers![relu("r")], layers![relu("s")]]), at(200 + 400 + 400, "r"));
        // An identity before it still needs the input.
        assert_eq!(branches(vec![layers![], layers![relu("s")]]), at(200 + 400 + 400, "s"));
        // Dropout gives the shared input on, so the rectifier after it copies too.
        let dropped = layers![dropout("d", 0.5), relu("r")];
        assert_eq!(branches(vec![dropped, layers![]]), at(200 + 400 + 400, "r"));
        // Two identities are added in place, but not over the image.
        assert_eq!(branches(vec![layers![], layers![]]), at(200 + 400, "entry"));
        assert_eq!(max(layers![sum("add", vec![layers![], layers![]])]), at(200 + 200, "add"));
    }

    #[test]
    fn a_concat_of_three_arms_needs_their_parts_and_its_output() {
        let entry = conv("entry", 2, 5, 1); // 500
        let branches = |branches| max(layers![entry.clone(), concat("join", branches)]);
        let [one, two, three] = [("one", 1), ("two", 2), ("three", 3)].map(|(name, maps)| conv(name, 5, maps, 1));
        let parts = || vec![layers![one.clone()], layers![two.clone()], layers![three.clone()]];
        // 600 of the parts and 600 of the output outweigh 500 of the input with the 600 of the parts.
        assert_eq!(branches(parts()), at(200 + 600 + 600, "join"));
        // The second branch's own 1500 lie beside the input, which the third still needs, and the first part.
        let wide = layers![conv("wide", 5, 15, 1), conv("two", 15, 2, 1)];
        assert_eq!(
            branches(vec![layers![one.clone()], wide.clone(), layers![three.clone()]]),
            at(200 + 500 + 100 + 1500 + 200, "two")
        );
        // As the last branch it has taken the input when its second convolution writes.
        assert_eq!(branches([parts(), vec![wide]].concat()), at(200 + 500 + 600 + 1500, "wide"));
        // A part that is the input itself lives until the join is made.
        assert_eq!(branches([vec![layers![]], parts()].concat()), at(200 + 500 + 600 + 1100, "join"));
    }

    #[test]
    fn what_is_alive_around_a_nested_sum_counts() {
        let inner = sum("inner", vec![layers![conv("a", 4, 4, 1)], layers![]]);
        let outer = concat("outer", vec![layers![conv("first", 4, 1, 1)], layers![inner.clone()]]);
        // Image, input, first part, `a`; then 500 of the parts and 500 of the output.
        assert_eq!(max(layers![conv("entry", 2, 4, 1), outer]), at(200 + 500 + 500, "outer"));
        // The inner short cut of an branch that is not the last keeps the input for the branch after it.
        let sums = sum("outer", vec![layers![inner, relu("r")], layers![conv("b", 4, 4, 1)], layers![]]);
        assert_eq!(max(layers![conv("entry", 2, 4, 1), sums]), at(200 + 400 + 400 + 400, "b"));
    }

    #[test]
    fn more_than_64_bits_is_an_error_that_names_the_layer() {
        let input = Shape::Map(1, 1 << 31, 1 << 31);
        let layers = layers![conv("a", 1, 2, 1), conv("b", 2, 2, 1)];
        let network = Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "", input, layers };
        let error = activations(&network).expect_err("five times 2^62");
        assert_eq!((error.layer.as_str(), error.problem), ("b", Problem::TooLarge));
    }
}
