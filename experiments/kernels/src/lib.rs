//! The layers of convolutional networks on the processor: convolutions, fully connected layers, pools, normalisations, joins.
//! Activations lie channels last, weights are packed once, and every sum has one order, so that a layer gives the same bits with
//! vectors of any width and on any number of threads. Knows no network, no device and no file.

mod blocks;
pub mod convolution;
pub mod elementwise;
pub mod layout;
pub mod map;
mod packing;
mod parts;
pub mod processor;
pub mod response;
mod sharing;
pub mod threads;
mod tile;
pub mod window;

pub use convolution::{Convolution, Geometry};
pub use elementwise::After;
pub use map::{Dims, Frame, Map, Rows};
pub use processor::Processor;
pub use response::Response;
pub use window::Window;
