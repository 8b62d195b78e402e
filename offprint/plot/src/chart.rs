//! Charts from values: [`Chart`] draws lines through points, [`DotChart`] one row per value. Both draw error bars, show
//! a tooltip at each value, and name missing values in a note.

mod axes;
mod dots;
mod legend;
mod line;
mod missing;
mod surroundings;
mod value;

pub use dots::DotChart;
pub use line::Chart;
pub use value::{Point, Value};
