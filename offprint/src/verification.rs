//! Checks a publication: that it is whole, that its figures and report follow from its records, and how its numbers
//! compare with those measured here. Does not need the hardware that measured.

pub mod agreement;
pub mod comparison;
pub mod findings;
pub mod material;
pub mod rebuild;

pub use comparison::{Comparison, MachineResults};
pub use findings::{Findings, Item, Verdict};
