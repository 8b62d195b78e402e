//! The claims of the 2016 paper, each in a file with its test and its bound. The same test judges new measurements and the values of 2016.
//!
//! A test compares one or more numbers, with their intervals, with their bounds (`condition.rs`). The result is a verdict with its margin
//! (`verdict.rs`).

pub(crate) mod accuracy_and_time_are_hyperbolic;
mod accuracy_falls_with_throughput;
pub(crate) mod alexnet_gains_from_batches;
mod claim;
mod condition;
mod energy_bounds_accuracy;
mod enet_uses_parameters_best;
mod list;
pub(crate) mod memory_is_a_floor_and_a_slope;
mod newest_networks_lead;
pub(crate) mod operations_predict_time;
mod power_is_constant;
mod straight_line;
pub(crate) mod verdict;
mod vgg_is_the_most_expensive;

pub use claim::{Claim, Original, Test};
pub use list::{all, judge, of};
