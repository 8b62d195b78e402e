//! What came out of the processes of a point, measured or modelled: the part of its record that is not asked for.

use results::record::{Benchmark, Process};
use results::{Outcome, Power};

/// What came out of the processes of a point.
pub struct Measured {
    /// How it ended.
    pub outcome: Outcome,
    /// See [`Record`].
    pub peak_rates: Option<Benchmark>,
    /// Those that were done.
    pub processes: Vec<Process>,
    /// See [`Record`].
    pub power: Power,
    /// How many threads computed, as those processes tell.
    pub threads: Option<u32>,
}

impl Measured {
    /// Of a point that ended before anything was measured.
    pub fn nothing(outcome: Outcome) -> Self {
        let reason = "nothing was measured, so no power was read".to_owned();
        Self { outcome, peak_rates: None, processes: Vec::new(), power: Power::NotChosen { reason }, threads: None }
    }
}
