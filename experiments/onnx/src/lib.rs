//! Networks as files in the ONNX format, for other programs. Independent of devices and files: bytes go to any writer, and weights come
//! from any source.

mod error;
mod file;
mod graph;
mod later;
mod node;
mod wire;

pub use error::ExportError;
pub use file::{MAX_BYTES, Take, write};

/// The version of the operators. onnxruntime reads it since version 1.12 of 2022.
pub const OPSET: i64 = 17;
/// The version of the file format that belongs to it.
pub const IR_VERSION: i64 = 8;
/// The name of the graph's input: images `[n, channels, height, width]` in 32-bit floating point.
pub const INPUT: &str = "input";
/// The name of its output: `[n, 1000]`, before softmax.
pub const OUTPUT: &str = "logits";
/// The name of the size that is not fixed: the number of images.
pub const BATCH: &str = "n";
