//! The statistics of one or more measured points: pure functions of numbers. Independent of networks, units and files.
//!
//! A point is measured by several processes; each has samples in the order in which they were taken. All computations
//! are sums, products, quotients, square roots, comparisons and functions of libm, so the same samples give the same
//! bits on every machine.

pub mod bimodality;
pub mod bootstrap;
mod change_points;
pub mod dependence;
pub mod drift;
pub mod median;
pub mod outliers;
pub mod pairs;
pub mod propagation;
pub mod proportion;
pub mod quantile;
pub mod rank_correlation;
pub mod rank_interval;
pub mod resampling;
pub mod sessions;
pub(crate) mod split_mix;
pub mod spread;
pub mod steady;
pub mod student;

pub use bootstrap::{estimate, interval};
pub use drift::Drift;
pub use median::median;
pub use outliers::Outliers;
pub use pairs::Pairs;
pub use proportion::proportion;
pub use rank_correlation::rank_correlation;
pub use rank_interval::rank_interval;
pub use sessions::BetweenSessions;
pub use spread::{Series, Spread};
pub use steady::{Steadiness, Steady};
