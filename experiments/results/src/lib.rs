//! A measurement and what is read out of it: records, units, statistics, tables. Knows no device, no figure and no file
//! but the ones it is handed.

pub mod counts;
pub mod estimates;
pub mod fit;
pub mod json;
pub mod record;
pub mod reference;
pub mod units;

pub use counts::{Counts, NetworkCounts};
pub use estimates::{Estimate, Estimates, MemoryEstimate, Point, PowerEstimate};
pub use record::{DeviceIdentity, Memory, Observation, Outcome, Power, Protocol, Record};
pub use reference::{Published, PublishedNetwork};
pub use units::{Bytes, Joules, Seconds, Watts};
