//! Comparing two sets of records: finding what a word on the command line means, and taking its records with suspicion. Knows
//! no statistics; those are the business of the programs it runs.

pub mod called;
pub mod folder;
pub mod side;
