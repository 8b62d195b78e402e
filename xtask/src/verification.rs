//! Checking a publication: that it is whole, that its figures and report follow from its records, and how its numbers compare
//! with those measured here. Needs no device.

pub mod answer;
pub mod evidence;
pub mod numbers;
pub mod rebuild;
