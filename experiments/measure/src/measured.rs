//! What the processes of a point measured, or what the model computed: the part of its record that is not an argument.

use results::record::{Benchmark, Process};
use results::{Outcome, Power};

/// The measurements of a point.
pub struct Measurements {
    /// How it ended.
    pub outcome: Outcome,
    /// As in [`results::Record`].
    pub peak_rates: Option<Benchmark>,
    /// The processes that finished.
    pub processes: Vec<Process>,
    /// As in [`results::Record`].
    pub power: Power,
    /// How many threads computed, where this is known.
    pub threads: Option<u32>,
}

impl Measurements {
    /// For a point that ended before anything was measured.
    pub fn none(outcome: Outcome) -> Self {
        let reason = "nothing was measured, so no power was read".to_owned();
        Self { outcome, peak_rates: None, processes: Vec::new(), power: Power::NotChosen { reason }, threads: None }
    }
}
