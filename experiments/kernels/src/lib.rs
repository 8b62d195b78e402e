//! The layers of networks for images on the processor: convolutions, fully connected layers, attention, pooling,
//! normalisation and concatenation. Activations are stored channels last, and weights are packed once. The order of every sum is
//! fixed, so a layer gives the same bits with vectors of any width and on any number of threads. This crate knows no
//! network, device or file.
//!
//! Data:
//! - [`map`]: batches of maps in memory, and their maximum size;
//! - [`layout`]: conversion from and to the layout of images and of flattened maps.
//!
//! Convolutions, by the indirect algorithm (M. Dukhan, "The Indirect Convolution Algorithm", 2019, arXiv:1907.02129):
//! - [`geometry`]: the parameters of a convolution, and the size of its output;
//! - [`convolution`]: packed weights, and the forward pass of a batch;
//! - `packing`: weights in the order in which the sums read them;
//! - `sharing`: parts of pixels and groups of outputs, for threads and caches;
//! - `inputs`: where each tap reads the input, and what it reads beyond the edges;
//! - `pieces`: the pieces of a sum whose weights stay in the cache;
//! - `tile`: sums of products in registers;
//! - [`depthwise`]: convolutions of each channel by itself.
//!
//! All other layers:
//! - [`elementwise`]: elementwise steps, on their own or after a convolution, and copies into concatenated maps;
//! - [`activation`]: functions of single numbers;
//! - [`window`]: maxima and means under windows and of whole maps;
//! - [`response`]: local response normalisation;
//! - [`layer_norm`]: layer normalisation;
//! - [`attention`]: attention between tokens;
//! - [`tokens`]: tokens and their positions;
//! - `blocks`: loops over short and long rows;
//! - `parts`: how threads share the work of all these.
//!
//! Hardware:
//! - [`processor`]: the vector instructions in use;
//! - [`threads`]: the number of threads, and how they stay awake.

pub mod activation;
pub mod attention;
mod blocks;
pub mod convolution;
pub mod depthwise;
pub mod elementwise;
pub mod geometry;
mod inputs;
pub mod layer_norm;
pub mod layout;
pub mod map;
mod packing;
mod parts;
mod pieces;
pub mod processor;
pub mod response;
mod sharing;
pub mod threads;
mod tile;
pub mod tokens;
pub mod window;

pub use activation::Function;
pub use convolution::Convolution;
pub use depthwise::Depthwise;
pub use elementwise::After;
pub use geometry::Geometry;
pub use layer_norm::LayerNorm;
pub use map::{Dims, Map, Rows};
pub use processor::Processor;
pub use response::Response;
pub use window::Window;
