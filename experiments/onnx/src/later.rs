//! Layers that are several operators of ONNX. A sequence of tokens is a map with one column, as in [`Layer`].

use networks::layer::Activation;
use networks::{Layer, NetworkError, Norm, Shape};

use crate::graph::Graph;
use crate::node::Attribute::{Float, Integer, Integers};

/// Axes of a map in the order of height, width and channels, and back.
const CHANNELS_LAST: [usize; 4] = [0, 2, 3, 1];
const CHANNELS_FIRST: [usize; 4] = [0, 3, 1, 2];

impl Graph<'_> {
    /// An activation. GELU is an operator since version 20 only.
    pub(super) fn activation(&mut self, name: &str, activation: Activation, input: String) -> String {
        match activation {
            Activation::Relu6 => {
                let [zero, six] = [("zero", 0.0), ("six", 6.0)].map(|(part, value)| self.scalar(name, part, value));
                self.operator("Clip", name, vec![input, zero, six], vec![])
            }
            Activation::HardSigmoid => {
                let constants = vec![("alpha", Float(1.0 / 6.0)), ("beta", Float(0.5))];
                self.operator("HardSigmoid", name, vec![input], constants)
            }
            Activation::HardSwish => self.operator("HardSwish", name, vec![input], vec![]),
            Activation::Sigmoid => self.operator("Sigmoid", name, vec![input], vec![]),
            Activation::Silu => {
                let sigmoid = self.part(name, "sigmoid", "Sigmoid", vec![input.clone()], vec![]);
                self.operator("Mul", name, vec![input, sigmoid], vec![])
            }
            Activation::Gelu => {
                let constants = [("scale", std::f64::consts::FRAC_1_SQRT_2), ("one", 1.0), ("half", 0.5)];
                let [scale, one, half] = constants.map(|(part, value)| self.scalar(name, part, value));
                let scaled = self.part(name, "scaled", "Mul", vec![input.clone(), scale], vec![]);
                let erf = self.part(name, "erf", "Erf", vec![scaled], vec![]);
                let sum = self.part(name, "sum", "Add", vec![erf, one], vec![]);
                let twice = self.part(name, "twice", "Mul", vec![input, sum], vec![]);
                self.operator("Mul", name, vec![twice, half], vec![])
            }
        }
    }

    /// Layer normalisation over the channels, which ONNX takes from the last axes.
    pub(super) fn layer_norm(
        &mut self,
        name: &str,
        layer: &Layer,
        norm: &Norm,
        input: String,
    ) -> Result<String, NetworkError> {
        let is_map = matches!(self.input_of(name), Shape::Map(..));
        let turned = |axes: [usize; 4]| vec![("perm", Integers(axes.to_vec()))];
        let input = match is_map {
            true => self.part(name, "last", "Transpose", vec![input], turned(CHANNELS_LAST)),
            false => input,
        };
        let inputs = self.with_weights(name, layer, input)?;
        let constants = vec![("axis", Integer(if is_map { 3 } else { 1 })), ("epsilon", Float(norm.eps))];
        if !is_map {
            return Ok(self.operator("LayerNormalization", name, inputs, constants));
        }
        let normal = self.part(name, "normal", "LayerNormalization", inputs, constants);
        Ok(self.operator("Transpose", name, vec![normal], turned(CHANNELS_FIRST)))
    }

    /// A matrix product with the channels of each pixel: a convolution with one tap.
    pub(super) fn of_pixels(&mut self, name: &str, layer: &Layer, input: String) -> Result<String, NetworkError> {
        let weight = self.stored.len();
        let inputs = self.with_weights(name, layer, input)?;
        self.stored[weight].sizes.extend([1, 1]);
        Ok(self.operator("Conv", name, inputs, vec![("kernel_shape", Integers(vec![1, 1]))]))
    }

    /// Attention among the tokens of an image: `[n, 3 * features, tokens, 1]` to `[n, features, tokens, 1]`.
    pub(super) fn attention(&mut self, name: &str, heads: usize, input: String) -> String {
        let (all, tokens) = match self.input_of(name) {
            Shape::Map(all, tokens, _) => (all, tokens),
            Shape::Vector(all) => (all, 1),
        };
        let (features, width) = (all / 3, all / 3 / heads.max(1));
        // 0 stands for the number of images.
        let sizes = [0, 3, heads, width, tokens].map(|size| size as i64).to_vec();
        let sizes = self.constant(format!("{name}.split"), sizes);
        let split = self.part(name, "heads", "Reshape", vec![input, sizes], vec![]);
        let [queries, keys, values] = [("queries", 0), ("keys", 1), ("values", 2)].map(|(part, index)| {
            let index = self.index(format!("{name}.{part}.index"), index);
            self.part(name, part, "Gather", vec![split.clone(), index], vec![("axis", Integer(1))])
        });
        // A row for each key and a column for each query, so that no further transposition is needed.
        let turned = self.part(name, "turned", "Transpose", vec![keys], vec![("perm", Integers(vec![0, 1, 3, 2]))]);
        let products = self.part(name, "products", "MatMul", vec![turned, queries], vec![]);
        let scale = self.scalar(name, "scale", 1.0 / (width as f64).sqrt());
        let scaled = self.part(name, "scaled", "Mul", vec![products, scale], vec![]);
        let shares = self.part(name, "shares", "Softmax", vec![scaled], vec![("axis", Integer(2))]);
        let sums = self.part(name, "sums", "MatMul", vec![values, shares], vec![]);
        let sizes = [0, features, tokens, 1].map(|size| size as i64).to_vec();
        let sizes = self.constant(format!("{name}.join"), sizes);
        self.operator("Reshape", name, vec![sums, sizes], vec![])
    }

    /// The class token before the pixels, which become tokens.
    pub(super) fn class_token(
        &mut self,
        name: &str,
        layer: &Layer,
        features: usize,
        input: String,
    ) -> Result<String, NetworkError> {
        let token = self.stored.len();
        let inputs = self.with_weights(name, layer, input)?;
        self.stored[token].sizes = vec![1, features, 1, 1];
        let [input, token] = <[String; 2]>::try_from(inputs).unwrap_or_default();
        let sizes = self.constant(format!("{name}.pixels.sizes"), vec![0, features as i64, -1, 1]);
        let pixels = self.part(name, "pixels", "Reshape", vec![input.clone(), sizes], vec![]);
        let images = self.part(name, "images", "Shape", vec![input], vec![("start", Integer(0)), ("end", Integer(1))]);
        let sizes = self.constant(format!("{name}.token.sizes"), vec![features as i64, 1, 1]);
        let sizes = self.part(name, "sizes", "Concat", vec![images, sizes], vec![("axis", Integer(0))]);
        let tokens = self.part(name, "token", "Expand", vec![token, sizes], vec![]);
        Ok(self.operator("Concat", &output(name, layer), vec![tokens, pixels], vec![("axis", Integer(2))]))
    }

    /// A learned vector for each token, which the state dict has token by token.
    pub(super) fn positions(&mut self, name: &str, layer: &Layer, input: String) -> Result<String, NetworkError> {
        let embedding = self.stored.len();
        let inputs = self.with_weights(name, layer, input)?;
        self.stored[embedding].sizes.push(1);
        let [input, embedding] = <[String; 2]>::try_from(inputs).unwrap_or_default();
        let turned =
            self.part(name, "turned", "Transpose", vec![embedding], vec![("perm", Integers(vec![0, 2, 1, 3]))]);
        Ok(self.operator("Add", &output(name, layer), vec![input, turned], vec![]))
    }

    /// The features of the first token.
    pub(super) fn first_token(&mut self, name: &str, input: String) -> String {
        let index = self.index(format!("{name}.index"), 0);
        let token = self.part(name, "token", "Gather", vec![input, index], vec![("axis", Integer(2))]);
        self.operator("Flatten", name, vec![token], vec![("axis", Integer(1))])
    }
}

/// The name of a layer's output: its own, unless its tensor has that.
pub(super) fn output(name: &str, layer: &Layer) -> String {
    match layer {
        Layer::Scale { .. } | Layer::ClassToken { .. } | Layer::PositionEmbedding { .. } => format!("{name}.output"),
        _ => name.to_owned(),
    }
}
