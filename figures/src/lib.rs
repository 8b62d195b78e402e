//! The figures of the study, drawn from counts, estimates and the values of 2016. One file a figure; the others are what
//! figures share. Knows no device and no report.

pub mod axis;
pub mod canvas;
pub mod comparison;
pub mod figure;
pub mod flagged;
pub mod font;
pub mod frame;
pub mod grid;
pub mod key;
pub mod kinds;
pub mod label;
pub mod layer_bars;
pub mod layer_names;
mod lettering;
pub mod line;
pub mod list;
pub mod listing;
pub mod machine_looks;
pub mod marker;
pub mod message;
pub mod missing;
pub mod number;
pub mod others;
pub mod outdated;
pub mod panel;
pub mod rect;
pub mod roof;
pub mod roofline;
pub mod rows;
pub mod scatter;
pub mod sheet;
pub mod study;
pub mod style;
pub mod told;
pub mod wording;

pub use canvas::Canvas;
pub use figure::Figure;
pub use list::{FIGURES, find};
pub use rect::Rect;
pub use study::Study;
