//! Lines and curves through points, and which of them the points support. Knows no network and no unit.

mod bound;
mod criterion;
mod frontier_line;
mod hinge;
mod hyperbola;
mod line;

pub use bound::{Bound, quantile_line, upper_bound};
pub use criterion::{aicc, left_out, squares};
pub use frontier_line::{FrontierLine, frontier_line};
pub use hinge::{Hinge, hinge};
pub use hyperbola::{Hyperbola, hyperbola};
pub use line::{Line, least_squares};
