//! The commands of every paper, one file each.

pub mod check;
pub mod gc;
pub mod graph;
pub mod plan;
pub mod publish;
pub mod reproduce;
pub mod status;
pub mod verify;
pub mod watch;
