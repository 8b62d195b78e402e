//! The part that computes: whole passes and passes layer by layer take turns in one process, so that whatever the machine does
//! happens to both.

use anyhow::{Context, Result};
use results::{Seconds, guard};

use super::question::{Question, Watched};
use crate::device::loaded::Loaded;
use crate::model::Operators;
use crate::passes::Passes;
use crate::{memory, point, worker};

/// Passes of each kind before those that count.
const WARM_UP: usize = 2;

/// Measures; `report` is told how far it is.
pub fn measure(question: &Question, report: &mut dyn FnMut(&str)) -> Result<Watched> {
    report("while the network was built");
    if let Some(max) = question.memory_limit {
        memory::limit(max)?;
    }
    let network = point::network(&question.network)?;
    let mut loaded = Loaded::build(
        &network,
        question.batch,
        question.seed,
        question.device.open(question.precision)?,
        Operators::of(question.device, question.precision, question.device.largest_buffer()?),
    )?;
    report("in the warm-up");
    for _ in 0..WARM_UP {
        loaded.pass()?;
        loaded.watched()?;
    }
    loaded.pass()?;
    let before = loaded.logits()?;
    let mut watched =
        Watched { whole: Vec::new(), layers: Vec::new(), refused: None, threads: worker::threads(question.device) };
    let (mut last_end, mut spent) = (f64::NEG_INFINITY, 0.0);
    while !is_enough(question, watched.whole.len(), spent) {
        report(&format!("in the timed passes, after {} of each kind", watched.whole.len()));
        let pass = loaded.pass()?;
        check(&mut watched, &mut last_end, pass.began, pass.ended);
        watched.whole.push(Seconds(pass.ended - pass.began));
        spent += pass.ended - pass.began;

        let (mut began, marks) = loaded.watched()?;
        if watched.layers.is_empty() {
            watched.layers = marks.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        }
        for ((name, times), (marked, ended)) in watched.layers.iter_mut().zip(marks) {
            anyhow::ensure!(*name == marked, "layer {marked} came where {name} was before");
            let refused = guard::clock(last_end, began, ended);
            watched.refused = watched.refused.take().or(refused);
            times.push(Seconds(ended - began));
            (began, last_end) = (ended, ended);
        }
    }
    // Of a pass layer by layer: it must give what a whole one gave.
    let after = loaded.logits().context("the logits of the last pass")?;
    watched.refused = watched.refused.take().or_else(|| guard::logits(&before, &after));
    Ok(watched)
}

fn check(watched: &mut Watched, last_end: &mut f64, began: f64, ended: f64) {
    watched.refused = watched.refused.take().or_else(|| guard::clock(*last_end, began, ended));
    *last_end = ended;
}

fn is_enough(question: &Question, passes: usize, spent: f64) -> bool {
    let at_least = |number: u32| passes >= number as usize;
    at_least(question.max_passes) || (at_least(question.min_passes) && spent >= question.seconds)
}
