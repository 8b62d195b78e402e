//! A publication: everything a report is based on, in files that anyone can check without this program.

pub mod archive;
pub mod bundle;
pub mod metadata;
pub mod records;
pub mod sources;
pub mod sums;
