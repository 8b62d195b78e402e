//! Figures for papers as SVG: charts with error bars in a few lines, and the parts they are made of.
//!
//! ```
//! use offprint_plot::{Chart, Point, Scale, TEXT_WIDTH};
//!
//! // Numbers sorted, then the median time and its 95 % interval [ms].
//! let merge = [(1e3, 0.041, 0.040, 0.043), (3e4, 1.61, 1.58, 1.70), (1e6, 71.2, 70.1, 75.9)];
//! let radix = [(1e3, 0.012, 0.012, 0.013), (3e4, 0.22, 0.21, 0.24)];
//! let point = |(n, median, low, high)| Point::new(n, median).interval(low, high);
//!
//! let svg = Chart::new("Time to sort", TEXT_WIDTH, 220.0)
//!     .x("Numbers", Scale::Logarithmic)
//!     .y("Time [ms]", Scale::Logarithmic)
//!     .series("merge", merge.map(point))
//!     .series("radix", radix.map(point).into_iter().chain([Point::missing(1e6, "out of memory")]))
//!     .note("Bars: 95 % intervals of the median.")
//!     .to_svg()?;
//! # assert!(svg.contains("No value: radix at 1\u{2009}000\u{2009}000 (out of memory)."));
//! # Ok::<(), offprint_plot::Error>(())
//! ```
//!
//! * **Size.** In points; [`TEXT_WIDTH`] is the width of the text of a paper. Text is measured in the font that the
//!   paper embeds, Libertinus Serif, so that nothing overlaps or is cut off.
//! * **Missing values.** [`Point::missing`] leaves a gap in the line, and a note gives the reason. A number that is not
//!   finite is an [`Error`] that names the series and the point. A chart without any value shows a sentence instead of
//!   an empty frame.
//! * **Series** differ in colour and shape. The colours are those of Okabe and Ito, for every kind of colour vision.
//!   The legend is where it covers nothing, or above the frame.
//! * **Tooltips.** Each point shows its value under a pointer, even in the SVG file; [`Point::tooltip`] replaces the
//!   text. Elements of a series have the attribute `data-series`, so that a page can highlight them.
//! * **Reproducible.** The same values give the same bytes on every machine.
//!
//! [`DotChart`] draws one row per value. For any other figure, draw on a [`Canvas`] with the modules below: [`axis`]
//! chooses range and ticks, [`frame`] maps values to positions, [`label`] places names next to points, and [`notes`]
//! adds sentences and a watermark.

pub mod axis;
pub mod canvas;
pub mod chart;
pub mod error;
pub mod font;
pub mod frame;
pub mod label;
pub mod lines;
pub mod marker;
pub mod message;
pub mod notes;
pub mod number;
pub mod rect;
pub mod rows;
pub mod style;
pub mod text;
pub mod tooltip;

pub use axis::{Axis, Scale};
pub use canvas::Canvas;
pub use chart::{Chart, DotChart, Point, Value};
pub use error::Error;
pub use rect::Rect;
pub use style::TEXT_WIDTH;
