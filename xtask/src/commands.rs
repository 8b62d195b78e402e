//! The commands, one file each.

pub mod choose;
pub mod compare;
pub mod doctor;
pub mod gc;
pub mod graph;
pub mod new;
pub mod plan;
pub mod publish;
pub mod reproduce;
pub mod verify;
pub mod watch;
