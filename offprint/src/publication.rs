//! A publication: everything a report rests on, in files that anyone can check without this program. Built from what the store has.

pub mod archive;
pub mod bundle;
pub mod metadata;
pub mod records;
pub mod sources;
pub mod sums;
