//! Lines and curves fitted to points, and which of them the points support. Independent of networks and units.

mod criterion;
mod frontier_line;
mod hinge;
mod line;

pub use criterion::{aicc, leave_one_out, squares};
pub use frontier_line::{FrontierLine, frontier_line};
pub use hinge::{Hinge, hinge};
pub use line::{Line, least_squares, power_law};
