//! The part that computes: whole passes and passes layer by layer alternate in one process, so that interference affects both.

use anyhow::{Context, Result};
use results::{Seconds, guard};

use super::parameters::{Parameters, Timings};
use crate::device::loaded::Loaded;
use crate::model::Operators;
use crate::passes::Passes;
use crate::workload::Workload;
use crate::{memory, worker};

/// Passes of each kind before those that count.
const WARM_UP: usize = 2;

/// Measures. `report` is called with the current stage.
pub fn measure(parameters: &Parameters, report: &mut dyn FnMut(&str)) -> Result<Timings> {
    report("while the network was built");
    if let Some(max) = parameters.memory_limit {
        memory::limit(max.bytes)?;
    }
    let Workload { device, precision, batch, seed, .. } = parameters.workload;
    let mut loaded = Loaded::build(
        &parameters.workload.network()?,
        batch,
        seed,
        device.open(precision)?,
        Operators::of(device, precision, device.largest_buffer()?),
    )?;
    report("in the warm-up");
    for _ in 0..WARM_UP {
        loaded.pass()?;
        loaded.pass_by_layer()?;
    }
    loaded.pass()?;
    let before = loaded.logits()?;
    let mut timings = Timings { threads: worker::threads(device), ..Timings::default() };
    let (mut last_end, mut spent) = (f64::NEG_INFINITY, 0.0);
    while !is_enough(parameters, timings.whole.len(), spent) {
        report(&format!("in the timed passes, after {} of each kind", timings.whole.len()));
        let pass = loaded.pass()?;
        check(&mut timings, &mut last_end, pass.began, pass.ended);
        timings.whole.push(Seconds(pass.ended - pass.began));
        spent += pass.ended - pass.began;

        let (mut began, marks) = loaded.pass_by_layer()?;
        if timings.layers.is_empty() {
            timings.layers = marks.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        }
        for ((name, times), (marked, ended)) in timings.layers.iter_mut().zip(marks) {
            anyhow::ensure!(*name == marked, "layer {marked} ran at the position of {name}");
            let refused = guard::clock(last_end, began, ended);
            timings.refused = timings.refused.take().or(refused);
            times.push(Seconds(ended - began));
            (began, last_end) = (ended, ended);
        }
    }
    // The last pass was one layer by layer: it must give the logits of a whole one.
    let after = loaded.logits().context("cannot read the logits of the last pass")?;
    timings.refused = timings.refused.take().or_else(|| guard::logits(&before, &after));
    Ok(timings)
}

fn check(timings: &mut Timings, last_end: &mut f64, began: f64, ended: f64) {
    timings.refused = timings.refused.take().or_else(|| guard::clock(*last_end, began, ended));
    *last_end = ended;
}

fn is_enough(parameters: &Parameters, passes: usize, spent: f64) -> bool {
    let at_least = |number: u32| passes >= number as usize;
    at_least(parameters.max_passes) || (at_least(parameters.min_passes) && spent >= parameters.seconds)
}
