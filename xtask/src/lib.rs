//! The driver of the paper on the networks: its flags, its steps and its own commands. Links no library for tensors,
//! plots or typesetting; the programs of the steps do.

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
pub mod priority;
pub mod protocol;
pub mod reduction;
pub mod sessions;
pub mod skipped;
pub mod steps;
pub mod study;
pub mod versions;
pub mod work;
