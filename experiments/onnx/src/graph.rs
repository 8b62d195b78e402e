//! A network as a graph: each layer as the operators of ONNX that compute it, in the order of execution. A value has the name of the layer
//! whose output it is, and a weight its name in the state dict.

use std::collections::{BTreeMap, BTreeSet};

use networks::layer::{Branch, Layer, Named};
use networks::shapes::Step;
use networks::{Conv, Network, NetworkError, Pool, Shape, tensors};

use crate::error::ExportError;
use crate::later;
use crate::node::Attribute::{Float, Integer, Integers};
use crate::node::{Attribute, Node, Stored, Values};
use crate::{INPUT, OUTPUT};

/// The constants of an operator.
type Attributes = Vec<(&'static str, Attribute)>;

/// The graph of a network.
pub struct Graph<'a> {
    network: &'a Network,
    steps: BTreeMap<&'a str, Step<'a>>,
    /// The operators; each comes after those whose outputs it reads.
    pub nodes: Vec<Node>,
    /// Weights and constants, each read by a node.
    pub stored: Vec<Stored>,
    /// The values between layers, with their shapes.
    pub values: Vec<(String, Shape)>,
    /// The shape of [`OUTPUT`].
    pub output: Shape,
}

impl<'a> Graph<'a> {
    /// The graph of `network`.
    ///
    /// # Errors
    /// The network does not fit together, or has a layer that ONNX excludes.
    pub fn new(network: &'a Network) -> Result<Self, ExportError> {
        tensors(network)?;
        let steps = networks::shapes(network)?;
        let output = steps.last().map_or(network.input, |step| step.output);
        let steps = steps.into_iter().map(|step| (step.name, step)).collect();
        let (nodes, stored, values) = (Vec::new(), Vec::new(), Vec::new());
        let mut graph = Self { network, steps, nodes, stored, values, output };
        let last = graph.branch(&network.layers, INPUT.to_owned())?;
        graph.end(&last);
        graph.check_names()?;
        Ok(graph)
    }

    /// Gives the last value the name of the output.
    fn end(&mut self, last: &str) {
        match self.nodes.iter_mut().find(|node| node.output == last) {
            Some(node) => node.output = OUTPUT.to_owned(),
            None => drop(self.operator("Identity", OUTPUT, vec![last.to_owned()], vec![])),
        }
        self.values.retain(|(name, _)| name != last);
    }

    fn check_names(&self) -> Result<(), ExportError> {
        let mut seen = BTreeSet::from([INPUT]);
        let names = self.nodes.iter().map(|node| &node.output).chain(self.stored.iter().map(|tensor| &tensor.name));
        match names.into_iter().find(|name| !seen.insert(name)) {
            None => Ok(()),
            Some(name) => Err(ExportError::Twice(name.clone())),
        }
    }

    /// The name of a branch's output.
    fn branch(&mut self, layers: &'a Branch, input: String) -> Result<String, ExportError> {
        layers.iter().try_fold(input, |input, Named { name, layer }| {
            let output = self.layer(name, layer, input)?;
            if output == later::output(name, layer) {
                self.values.push((output.clone(), self.steps[name.as_str()].output));
            }
            Ok(output)
        })
    }

    fn branches(&mut self, branches: &'a [Branch], input: &str) -> Result<Vec<String>, ExportError> {
        branches.iter().map(|branch| self.branch(branch, input.to_owned())).collect()
    }

    /// The name of a layer's output: its own, unless it computes nothing.
    fn layer(&mut self, name: &'a str, layer: &'a Layer, input: String) -> Result<String, ExportError> {
        let (operator, inputs, attributes) = match layer {
            Layer::Conv(conv) => ("Conv", self.with_weights(name, layer, input)?, convolution(conv)),
            Layer::Norm(norm) => {
                // Scale, offset, mean and variance, as in the state dict.
                let inputs = self.with_weights(name, layer, input)?;
                ("BatchNormalization", inputs, vec![("epsilon", Float(norm.eps))])
            }
            Layer::Relu => ("Relu", vec![input], vec![]),
            Layer::Activation(activation) => return Ok(self.activation(name, *activation, input)),
            Layer::Scale { .. } => ("Mul", self.with_weights(name, layer, input)?, vec![]),
            Layer::LayerNorm(norm) => return Ok(self.layer_norm(name, layer, norm, input)?),
            Layer::Attention { heads } => return Ok(self.attention(name, *heads, input)),
            Layer::ClassToken { features } => return Ok(self.class_token(name, layer, *features, input)?),
            Layer::PositionEmbedding { .. } => return Ok(self.positions(name, layer, input)?),
            Layer::FirstToken => return Ok(self.first_token(name, input)),
            Layer::PRelu { channels } => {
                let inputs = self.with_weights(name, layer, input)?;
                // Slopes are broadcast from the last axis.
                let pixels: &[usize] = if let Shape::Map(..) = self.steps[name].input { &[1, 1] } else { &[] };
                if let Some(slope) = self.stored.last_mut() {
                    slope.sizes = [&[*channels], pixels].concat();
                }
                ("PRelu", inputs, vec![])
            }
            Layer::Lrn(lrn) => {
                if lrn.size % 2 == 0 {
                    return Err(ExportError::EvenWindow { layer: name.to_owned(), size: lrn.size });
                }
                let constants = [("alpha", lrn.alpha), ("beta", lrn.beta), ("bias", lrn.k)];
                let constants = constants.map(|(name, value)| (name, Float(value)));
                ("LRN", vec![input], [("size", Integer(lrn.size))].into_iter().chain(constants).collect())
            }
            Layer::MaxPool(pool) => ("MaxPool", vec![input], pooling(pool)),
            Layer::AvgPool(pool) => {
                let counted = ("count_include_pad", Integer(usize::from(pool.count_padding)));
                ("AveragePool", vec![input], [pooling(pool), vec![counted]].concat())
            }
            Layer::GlobalAvgPool => ("GlobalAveragePool", vec![input], vec![]),
            Layer::Flatten => ("Flatten", vec![input], vec![("axis", Integer(1))]),
            Layer::Projection { .. } => return Ok(self.of_pixels(name, layer, input)?),
            Layer::Linear { .. } if matches!(self.input_of(name), Shape::Map(..)) => {
                return Ok(self.of_pixels(name, layer, input)?);
            }
            Layer::Linear { .. } => {
                // The weight is `[outputs, inputs]`.
                ("Gemm", self.with_weights(name, layer, input)?, vec![("transB", Integer(1))])
            }
            Layer::Dropout { .. } => return Ok(input),
            Layer::ZeroPadChannels { channels } => {
                let before = if let Shape::Map(before, ..) = self.steps[name].input { before } else { *channels };
                // Before and after each axis.
                let pads = vec![0, 0, 0, 0, 0, (channels - before) as i64, 0, 0];
                let pads = self.constant(format!("{name}.pads"), pads);
                ("Pad", vec![input, pads], vec![])
            }
            Layer::Sum(branches) => return self.joined(name, "Add", branches, input),
            Layer::Product(branches) => return self.joined(name, "Mul", branches, input),
            Layer::Concat(branches) => ("Concat", self.branches(branches, &input)?, vec![("axis", Integer(1))]),
        };
        Ok(self.operator(operator, &later::output(name, layer), inputs, attributes))
    }

    /// The outputs of branches, added or multiplied one after the other.
    fn joined(
        &mut self,
        name: &str,
        operator: &'static str,
        branches: &'a [Branch],
        input: String,
    ) -> Result<String, ExportError> {
        let parts = self.branches(branches, &input)?;
        let count = parts.len();
        let joined = parts.into_iter().enumerate().reduce(|(_, joined), (index, part)| {
            let output = if index + 1 == count { name.to_owned() } else { format!("{name}.{index}") };
            (index, self.operator(operator, &output, vec![joined, part], vec![]))
        });
        Ok(joined.map_or(input, |(_, joined)| joined))
    }

    /// The shape of a layer's input.
    pub(super) fn input_of(&self, name: &str) -> Shape {
        self.steps[name].input
    }

    /// A part of a layer's computation: an operator whose output is `NAME.PART`.
    pub(super) fn part(
        &mut self,
        name: &str,
        part: &str,
        operator: &'static str,
        inputs: Vec<String>,
        attributes: Attributes,
    ) -> String {
        self.operator(operator, &format!("{name}.{part}"), inputs, attributes)
    }

    /// An operator. Returns the name of its output.
    pub(super) fn operator(
        &mut self,
        operator: &'static str,
        output: &str,
        inputs: Vec<String>,
        attributes: Attributes,
    ) -> String {
        self.nodes.push(Node { operator, inputs, output: output.to_owned(), attributes });
        output.to_owned()
    }

    /// The input and the weights of a layer, which are then in the file.
    pub(super) fn with_weights(
        &mut self,
        name: &str,
        layer: &Layer,
        input: String,
    ) -> Result<Vec<String>, NetworkError> {
        let tensors = tensors::of_layer(name, layer).map_err(|problem| NetworkError {
            network: self.network.name.to_owned(),
            layer: name.to_owned(),
            problem,
        })?;
        let names = tensors.iter().map(|tensor| tensor.name.clone());
        let inputs = [input].into_iter().chain(names).collect();
        let stored = tensors.into_iter().map(|tensor| {
            let (name, sizes) = (tensor.name, tensor.shape);
            Stored { name, values: Values::Weights(sizes.clone()), sizes }
        });
        self.stored.extend(stored);
        Ok(inputs)
    }

    /// The name of a list of numbers, which is then in the file.
    pub(super) fn constant(&mut self, name: String, values: Vec<i64>) -> String {
        let sizes = vec![values.len()];
        self.stored.push(Stored { name: name.clone(), sizes, values: Values::Integers(values) });
        name
    }

    /// The name of a whole number, which is then in the file.
    pub(super) fn index(&mut self, name: String, index: i64) -> String {
        self.stored.push(Stored { name: name.clone(), sizes: vec![], values: Values::Integers(vec![index]) });
        name
    }

    /// The name of a number of a layer, which is then in the file.
    pub(super) fn scalar(&mut self, name: &str, part: &str, value: f64) -> String {
        let name = format!("{name}.{part}");
        self.stored.push(Stored { name: name.clone(), sizes: vec![], values: Values::Float(value) });
        name
    }
}

fn convolution(conv: &Conv) -> Attributes {
    let dilations = ("dilations", Integers(conv.dilation.to_vec()));
    let group = ("group", Integer(conv.groups));
    let after = [0, 1].map(|axis| conv.padding[axis] + conv.extra_padding[axis]);
    [window(conv.kernel, conv.stride, [conv.padding, after]), vec![dilations, group]].concat()
}

fn pooling(pool: &Pool) -> Attributes {
    let ceil = ("ceil_mode", Integer(usize::from(pool.ceil)));
    [window(pool.kernel, pool.stride, [pool.padding; 2]), vec![ceil]].concat()
}

/// `padding` is that before both axes, then that after both.
fn window(kernel: [usize; 2], stride: [usize; 2], padding: [[usize; 2]; 2]) -> Attributes {
    let pads = padding.concat();
    vec![("kernel_shape", Integers(kernel.to_vec())), ("strides", Integers(stride.to_vec())), ("pads", Integers(pads))]
}
