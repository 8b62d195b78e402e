//! Figures for papers.

pub mod axis;
pub mod canvas;
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
pub use error::Error;
pub use rect::Rect;
pub use style::TEXT_WIDTH;
