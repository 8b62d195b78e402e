//! The driver of the paper: declares its steps and runs those whose inputs changed. Knows no tensor, no plot and no
//! typesetting; what a step does is its program's business.

pub mod beside;
pub mod budget;
pub mod choice;
pub mod cli;
pub mod commands;
pub mod comparison;
pub mod cost;
pub mod declare;
pub mod device;
pub mod fitting;
pub mod graphics;
pub mod hardware;
pub mod left_out;
pub mod manifest;
pub mod measured;
pub mod paper_size;
pub mod places;
pub mod protocol;
pub mod publication;
pub mod sessions;
pub mod steps;
pub mod study;
pub mod surroundings;
pub mod turn;
pub mod verification;
pub mod versions;
pub mod views;
