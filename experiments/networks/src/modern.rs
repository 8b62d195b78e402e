//! Networks after those of the study, as torchvision defines them, so that its published checkpoints load by name; and
//! one of another source.

pub mod alexnet;
mod blocks;
pub mod convnext;
pub mod densenet;
pub mod efficientnet;
pub mod googlenet;
pub mod mobilenet_v2;
pub mod mobilenet_v3;
pub mod regnet;
pub mod squeezenet;
pub mod vit;
