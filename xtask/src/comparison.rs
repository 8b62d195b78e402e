//! Sets of records: finding what a word on the command line means, and taking its records with suspicion. Knows no statistics; those are
//! the business of the programs that compare and choose.

pub mod folder;
pub mod side;
