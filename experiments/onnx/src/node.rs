//! The parts of a graph, and their messages in `onnx.proto`, whose field numbers are here.

use networks::Shape;

use crate::BATCH;
use crate::wire::Message;

/// One operator with its inputs and its only output.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// For example `Conv`.
    pub operator: &'static str,
    /// Names of values and tensors.
    pub inputs: Vec<String>,
    /// Name of the value that it computes; also the name of the node.
    pub output: String,
    /// Its constants.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// A constant of an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// `INT`.
    Integer(usize),
    /// `INTS`.
    Integers(Vec<usize>),
    /// `FLOAT`.
    Float(f64),
}

/// A tensor that the file contains: an initializer.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its name; for weights the name in the state dict.
    pub name: String,
    /// Its sizes in the graph.
    pub sizes: Vec<usize>,
    /// Its values.
    pub values: Values,
}

/// The values of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The weight of this name, with these sizes in the state dict.
    Weights(Vec<usize>),
    /// These whole numbers.
    Integers(Vec<i64>),
    /// This number.
    Float(f64),
}

/// `TensorProto.DataType`.
const FLOAT: i64 = 1;
const INT64: i64 = 7;

impl Node {
    /// `NodeProto`.
    pub fn message(&self) -> Message {
        let inputs = self.inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = inputs.text(2, &self.output).text(3, &self.output).text(4, self.operator);
        self.attributes.iter().fold(node, |node, (name, attribute)| node.message(5, &attribute.message(name)))
    }
}

impl Attribute {
    /// `AttributeProto`, with the number of its `AttributeType`.
    fn message(&self, name: &str) -> Message {
        let attribute = Message::default().text(1, name);
        match self {
            Self::Float(value) => attribute.float(2, *value as f32).integer(20, 1),
            Self::Integer(value) => attribute.integer(3, *value as i64).integer(20, 2),
            Self::Integers(values) => {
                values.iter().fold(attribute, |attribute, &value| attribute.integer(8, value as i64)).integer(20, 7)
            }
        }
    }
}

impl Stored {
    /// Number of bytes of its values; none if 64 bits overflow.
    pub fn bytes(&self) -> Option<u64> {
        let width = match self.values {
            Values::Weights(_) | Values::Float(_) => 4,
            Values::Integers(_) => 8,
        };
        self.sizes.iter().try_fold(width, |product: u64, &size| product.checked_mul(size as u64))
    }

    /// `TensorProto` up to its last field, the values, of which there are `bytes`.
    pub fn head(&self, bytes: u64) -> Message {
        let kind = match self.values {
            Values::Weights(_) | Values::Float(_) => FLOAT,
            Values::Integers(_) => INT64,
        };
        let tensor = self.sizes.iter().fold(Message::default(), |tensor, &size| tensor.integer(1, size as i64));
        tensor.integer(2, kind).text(8, &self.name).before(9, bytes)
    }
}

/// `ValueInfoProto`: the type of a value, and its shape after the number of images.
pub fn typed(name: &str, shape: Shape) -> Message {
    let sizes: &[usize] = match &shape {
        Shape::Map(channels, height, width) => &[*channels, *height, *width],
        Shape::Vector(features) => &[*features],
    };
    let batch = Message::default().message(1, &Message::default().text(2, BATCH));
    let shape = sizes.iter().fold(batch, |shape, &size| shape.message(1, &Message::default().integer(1, size as i64)));
    let tensor = Message::default().integer(1, FLOAT).message(2, &shape);
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
}
