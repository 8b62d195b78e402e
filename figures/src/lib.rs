//! The figures of the study, drawn from counts, estimates and the values of 2016. One file a figure; the others are what
//! figures share. Knows no device and no report.

pub mod axis;
pub mod bars;
pub mod bubbles;
pub mod canvas;
pub mod comparison;
pub mod curves;
pub mod fig01_accuracy;
pub mod fig02_accuracy_operations;
pub mod fig03_time;
pub mod fig04_power;
pub mod fig05_memory;
pub mod fig06_memory_parameters;
pub mod fig07_time_operations;
pub mod fig08_power_operations;
pub mod fig09_accuracy_throughput;
pub mod fig10_density;
pub mod fig11_layers;
pub mod fig12_accuracy_energy;
pub mod flagged;
pub mod font;
pub mod frame;
pub mod key;
pub mod kinds;
pub mod label;
pub mod layer_bars;
pub mod legend;
pub mod line;
pub mod list;
pub mod listing;
pub mod marker;
pub mod message;
pub mod missing;
pub mod number;
pub mod outdated;
pub mod panel;
pub mod rect;
pub mod roof;
pub mod roofline;
pub mod sheet;
pub mod study;
pub mod style;

pub use canvas::Canvas;
pub use list::{FIGURES, Figure, find};
pub use rect::Rect;
pub use study::Study;
