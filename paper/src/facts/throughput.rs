//! Facts of throughput: that of the fastest network, and that of the most accurate network.

use super::{Facts, Sources, extremes, set_known};
use crate::network_data::Subject;
use crate::number::{three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let data = &sources.measured;
    let batches = data.networks.iter().flat_map(|network| network.time.keys().copied());
    let batch = data.throughput_batch().or_else(|| batches.max());
    set_known(facts, "throughput.batch", batch.map(|batch| format!("batch {batch}")));
    let rate = |network: &Subject| batch.and_then(|batch| network.throughput(batch));
    let named = |network: &Subject, rate: f64| format!("{}, {}", network.title, with_unit(&three(rate), "images/s"));
    let fastest = extremes(data, rate).map(|(_, (network, rate))| named(network, rate));
    set_known(facts, "throughput.max", fastest);
    let measured = |network: &Subject| rate(network).and(network.top1);
    let accurate = extremes(data, measured).and_then(|(_, (network, _))| Some(named(network, rate(network)?)));
    set_known(facts, "throughput.accurate", accurate);
}
