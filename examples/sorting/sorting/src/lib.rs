//! Four sorting algorithms, how they are timed, and what follows from the times.

pub mod algorithms;
pub mod analysis;
pub mod bench;
pub mod median;
pub mod rank_interval;
pub mod record;
