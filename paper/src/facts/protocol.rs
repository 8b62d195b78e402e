//! Facts of the protocol: its constants, as the text names them.

use super::{Facts, Sources};
use crate::number::{count, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let protocol = &sources.inputs.estimates.protocol;
    let processes = match protocol.processes {
        1 => "one process".to_owned(),
        several => format!("{} processes, one after the other", count(several as usize)),
    };
    facts.set("protocol.processes", processes);
    let seconds = |value: f64| with_unit(&value.to_string(), "s");
    let percent = |value: f64| with_unit(&value.to_string(), "%");
    // The first pass counts as one of them.
    facts.set("protocol.warm-up.runs", count(protocol.warm_up_runs as usize + 1));
    facts.set("protocol.warm-up.time", seconds(protocol.warm_up_seconds));
    facts.set("protocol.warm-up.steady", percent(protocol.steady_percent));
    facts.set("protocol.warm-up.limit", seconds(protocol.warm_up_limit_seconds));
    facts.set("protocol.samples", count(protocol.samples as usize));
    facts.set("protocol.window", seconds(protocol.window_seconds));
    facts.set("protocol.interval", percent(protocol.width_percent));
    facts.set("protocol.samples.max", count(protocol.max_samples as usize));
    facts.set("protocol.samples.min", count(protocol.min_samples as usize));
    facts.set("protocol.enough", seconds(protocol.enough_seconds));
    facts.set("protocol.idle", seconds(protocol.idle_seconds));
    facts.set("protocol.power.readings", count(protocol.power_readings as usize));
    facts.set("protocol.power.limit", seconds(protocol.power_limit_seconds));
    facts.set("protocol.limit", seconds(protocol.limit_seconds));
}
