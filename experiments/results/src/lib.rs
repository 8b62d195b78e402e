//! A measurement and what is read out of it: records, units, statistics, tables. Knows no device, no figure and no file
//! but the ones it is handed.

pub mod agree;
pub mod agreement;
pub mod choose;
pub mod compare;
pub mod counts;
mod csv;
mod day;
pub mod digest;
pub mod environment;
pub mod estimates;
pub mod fit;
pub mod flag;
pub mod frontier;
pub mod group;
pub mod guard;
pub mod inputs;
pub mod json;
pub mod layers;
pub mod machines;
mod outdated;
pub mod page;
mod point;
pub mod power;
pub mod record;
pub mod records;
pub mod reference;
pub mod replication;
pub mod statistics;
pub mod tables;
pub mod tf32;
pub mod units;

pub use compare::Comparison;
pub use counts::{Counts, NetworkCounts};
pub use estimates::{Estimate, Estimates, MemoryEstimate, Peaks, Point, PowerEstimate, RailEstimate, Source};
pub use flag::Flag;
pub use group::{Group, groups};
pub use inputs::{InputError, Inputs};
pub use layers::{KindEstimate, LayerEstimate, LayerKind, LayersError, LayersEstimate, LayersRecord};
pub use machines::Machine;
pub use power::Power;
pub use record::{DeviceIdentity, Memory, Observation, Outcome, Protocol, Record};
pub use records::{Records, RecordsError, Session};
pub use reference::{Published, PublishedNetwork};
pub use replication::{Interval, Replication};
pub use units::{Bytes, Seconds};
