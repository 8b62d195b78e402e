//! From records to numbers: medians with intervals, ratios, one claim with its verdict, and the facts that the text
//! prints.

pub mod claim;
pub mod estimate;
pub mod facts;
pub mod records;
pub mod text;
