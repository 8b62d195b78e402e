//! The figures of the study, drawn from counts, estimates and the values of 2016. One file for each figure; the others are
//! shared. Independent of devices and reports.

pub mod area_legend;
pub mod comparison;
pub mod figure;
pub mod figure_data;
pub mod finish;
pub mod flagged;
pub mod grid;
pub mod layer_bars;
pub mod layer_legend;
pub mod layer_names;
pub mod layer_roofline;
pub mod line;
pub mod list;
pub mod listing;
pub mod machine_rows;
pub mod machine_styles;
pub mod missing;
pub mod others;
pub mod outdated;
pub mod panel;
pub mod roofline;
pub mod rows;
pub mod scatter;
pub mod style;
pub mod wording;

pub use figure::Figure;
pub use figure_data::FigureData;
pub use list::{FIGURES, find, named};
