//! A measurement and what is read out of it: records, units, statistics, tables. Knows no device, no figure and no file
//! but the ones it is handed.

pub mod choose;
pub mod compare;
pub mod counts;
mod csv;
mod day;
pub mod digest;
pub mod environment;
pub mod estimates;
pub mod figure_index;
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
pub mod statistics;
pub mod tables;
pub mod tf32;
pub mod units;
pub mod verdicts;

pub use compare::Comparison;
pub use counts::{Counts, LayerWork, NetworkCounts};
pub use estimates::{Estimate, Estimates, MemoryEstimate, Point, PowerEstimate, RailEstimate, Source};
pub use figure_index::{FigureEntry, Origin};
pub use flag::Flag;
pub use group::{Group, groups};
pub use inputs::{InputError, Inputs};
pub use layers::{KindEstimate, LayerEstimate, LayerKind, LayersError, LayersEstimate, LayersRecord};
pub use machines::Machine;
pub use power::Power;
pub use record::{DeviceIdentity, Memory, Observation, Outcome, Protocol, Record};
pub use records::{Records, RecordsError};
pub use reference::{Published, PublishedNetwork};
pub use units::{Bytes, Seconds};
