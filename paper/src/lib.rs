//! The paper itself: the numbers of its text (facts), its conclusions (claims), and its page for browsers. All data come from the files of
//! its input folder. Independent of devices; draws no figures.

pub mod claims;
pub mod facts;
pub mod network_data;
pub mod number;
pub mod page;

pub use claims::Claim;
pub use network_data::{NetworkData, Subject};
