//! The 14 networks of the study as values, and the walks over them. Knows no tensor, no device and no file.

pub mod layer;
pub mod network;

pub use layer::{Arm, Conv, Layer, Lrn, Named, Norm, Pool};
pub use network::{Family, Network, Shape};
