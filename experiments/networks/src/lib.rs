//! The 14 networks of the study and some later ones as values, and traversals over them. This crate knows no tensors,
//! devices or files.

pub mod layer;
pub mod network;

pub mod list;
mod notation;

mod alexnet;
mod bn_alexnet;
mod bn_nin;
mod enet;
mod googlenet;
mod inception_v3;
mod inception_v4;
mod modern;
mod resnet;
mod vgg;

pub mod activations;
pub mod canonical;
pub mod costs;
pub mod counts;
pub mod error;
pub mod macs;
pub mod operations;
pub mod parameters;
pub mod shapes;
pub mod table;
pub mod tensors;

pub use activations::{Activations, activations};
pub use canonical::canonical;
pub use costs::{Cost, costs};
pub use counts::{Counts, counts};
pub use error::{NetworkError, Problem};
pub use layer::{Activation, Branch, Conv, Layer, Lrn, Named, Norm, Pool};
pub use list::{UnknownNetwork, all, find, modern, select};
pub use macs::macs;
pub use network::{Family, Network, Shape};
pub use operations::{Convention, operations_2016};
pub use parameters::parameters;
pub use shapes::{Step, shapes};
pub use table::table;
pub use tensors::{Role, Tensor, tensors};
