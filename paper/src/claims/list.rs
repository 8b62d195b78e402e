//! The list of claims, and their verdicts. A new claim is a file next to this one and a line here.

use results::verdicts::{Elsewhere, Judged, Test};
use results::{Estimates, Inputs};

use super::claim::{self, Claim};
use super::{
    accuracy_and_time_are_hyperbolic, accuracy_falls_with_throughput, alexnet_gains_from_batches,
    energy_bounds_accuracy, enet_uses_parameters_best, memory_is_a_floor_and_a_slope, newest_networks_lead,
    operations_predict_time, power_is_constant, vgg_is_the_most_expensive,
};
use crate::network_data::{NetworkData, THROUGHPUT_BATCH};

/// All claims in order.
pub fn all() -> Vec<Claim> {
    vec![
        accuracy_and_time_are_hyperbolic::CLAIM,
        operations_predict_time::CLAIM,
        power_is_constant::CLAIM,
        energy_bounds_accuracy::CLAIM,
        accuracy_falls_with_throughput::CLAIM,
        memory_is_a_floor_and_a_slope::CLAIM,
        alexnet_gains_from_batches::CLAIM,
        vgg_is_the_most_expensive::CLAIM,
        enet_uses_parameters_best::CLAIM,
        newest_networks_lead::CLAIM,
    ]
}

/// Tests every claim on everything in `inputs`.
pub fn of(inputs: &Inputs) -> Vec<Judged> {
    let on = |estimates: &Estimates| NetworkData::measured(&inputs.counts, estimates, &inputs.published);
    let others: Vec<(String, NetworkData)> =
        inputs.machines.iter().map(|machine| (machine.name.clone(), on(&machine.estimates))).collect();
    judge(&on(&inputs.estimates), &others, &NetworkData::published(&inputs.published))
}

/// Tests every claim on the measurements of this report, on those of other machines by name, and on the values of 2016.
pub fn judge(measured: &NetworkData, others: &[(String, NetworkData)], published: &NetworkData) -> Vec<Judged> {
    let batches: Vec<Option<u32>> = batches(measured).into_iter().map(Some).collect();
    let judged = |claim: Claim| {
        let verdict = |data: &NetworkData, batch| claim.test.of(data, batch, published);
        let test = |&batch: &Option<u32>| Test {
            batch,
            here: verdict(measured, batch),
            elsewhere: others
                .iter()
                .map(|(machine, on)| Elsewhere { machine: machine.clone(), verdict: verdict(on, batch) })
                .collect(),
            published: verdict(published, batch),
        };
        let at = if matches!(claim.test, claim::Test::AtBatch(_)) { batches.as_slice() } else { &[None] };
        Judged {
            id: claim.id.to_owned(),
            title: claim.title.to_owned(),
            statement: claim.statement.to_owned(),
            original: format!("{} ({})", claim.original.text, claim.original.source),
            basis: claim.basis,
            tests: at.iter().map(test).collect(),
        }
    };
    all().into_iter().map(judged).collect()
}

/// The batches of the original's Figures 7 and 9 and the largest measured batch, each once.
fn batches(measured: &NetworkData) -> Vec<u32> {
    let largest = measured.networks.iter().flat_map(|network| network.time.keys().copied()).max();
    let mut batches = vec![1, THROUGHPUT_BATCH];
    batches.extend(largest);
    batches.sort_unstable();
    batches.dedup();
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::sample;

    #[test]
    fn the_batches_of_the_original_and_the_largest_are_tested_once_each() {
        let mut data = sample::networks(2);
        assert_eq!(batches(&data), [1, 16]);
        for (measured, tested) in [(4, [1, 4, 16].as_slice()), (16, &[1, 16]), (64, &[1, 16, 64])] {
            data.networks[0].time = [(measured, sample::time(1.0))].into();
            assert_eq!(batches(&data), tested);
        }
    }
}
