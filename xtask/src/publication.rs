//! A publication: everything the report rests on, in files that anyone can check without this program. Built from what the store
//! has; knows no device.

pub mod archive;
pub mod bundle;
pub mod metadata;
pub mod shelve;
pub mod sources;
pub mod sums;
