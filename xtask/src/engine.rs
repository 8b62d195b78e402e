//! Steps with content keys: which ran, which must run, and why. Knows nothing of what the steps are about.

pub mod crates;
pub mod digest;
pub mod entry;
pub mod execute;
pub mod explain;
pub mod files;
pub mod graph;
pub mod hold;
pub mod key;
pub mod lock;
pub mod plan;
pub mod program;
pub mod progress;
pub mod reason;
pub mod run;
pub mod session;
pub mod source;
pub mod step;
pub mod store;
pub mod tokens;
pub mod tree;
pub mod word;
