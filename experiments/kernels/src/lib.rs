//! The layers of convolutional networks on the processor: convolutions, fully connected layers, pools, normalisations, joins.
//! Activations lie channels last, weights are packed once, and every sum has one order, so that a layer gives the same bits with
//! vectors of any width and on any number of threads. Knows no network, no device and no file.
//!
//! What is read and written:
//! - [`map`]: batches of maps in memory, and how large they may be;
//! - [`layout`]: from and to the order of images and of flattened maps.
//!
//! Convolutions, by the indirect algorithm (M. Dukhan, "The Indirect Convolution Algorithm", 2019, arXiv:1907.02129):
//! - [`geometry`]: what a convolution is, and the sizes of its output;
//! - [`convolution`]: packed weights, and a pass over a batch;
//! - `packing`: weights in the order of the sums;
//! - `sharing`: parts of places and groups of outputs, for threads and caches;
//! - `inputs`: where each tap reads, and what lies beyond the edges;
//! - `pieces`: the parts of a sum whose weights stay in the cache;
//! - `tile`: sums of products in registers.
//!
//! All other layers:
//! - [`elementwise`]: what is done to each number by itself, alone or after a convolution, and copies into joined maps;
//! - [`window`]: largest numbers and means under windows and of whole maps;
//! - [`response`]: local response normalisation;
//! - `blocks`: loops over short and long rows;
//! - `parts`: shares among threads.
//!
//! What computes:
//! - [`processor`]: which vectors;
//! - [`threads`]: how many threads, and awake.

mod blocks;
pub mod convolution;
pub mod elementwise;
pub mod geometry;
mod inputs;
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
pub mod window;

pub use convolution::Convolution;
pub use elementwise::After;
pub use geometry::Geometry;
pub use map::{Dims, Map, Rows};
pub use processor::Processor;
pub use response::Response;
pub use window::Window;
