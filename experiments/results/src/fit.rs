//! Lines and curves through points, and lines above them. Knows no network and no unit.

mod bound;
mod hyperbola;
mod line;

pub use bound::{Bound, quantile_line, upper_bound};
pub use hyperbola::{Hyperbola, hyperbola};
pub use line::{Line, least_squares};
