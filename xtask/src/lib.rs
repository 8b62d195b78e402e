//! The driver of the paper on the networks: what may be asked of it, its steps, and the commands that only it has.
//! Knows no tensor, no plot and no typesetting; what a step does is its program's business.

pub mod agreement;
pub mod commands;
pub mod comparison;
pub mod device;
pub mod graphics;
pub mod hardware;
pub mod help;
pub mod machines;
pub mod manifest;
pub mod measured;
pub mod paper;
pub mod paper_size;
pub mod priority;
pub mod protocol;
pub mod reduction;
pub mod sessions;
pub mod skipped;
pub mod steps;
pub mod study;
pub mod versions;
pub mod work;
