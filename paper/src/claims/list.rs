//! The list of claims, and their judgement. A new claim is a file beside this and a line here.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::verdict::Verdict;
use super::{
    accuracy_and_time_are_hyperbolic, accuracy_falls_with_throughput, alexnet_gains_from_batches,
    energy_bounds_accuracy, enet_uses_parameters_best, memory_is_a_floor_and_a_slope, newest_networks_lead,
    operations_predict_time, power_is_constant, vgg_is_the_most_expensive,
};
use crate::evidence::Evidence;

/// A claim with its verdicts, as the step `claims` stores it (`claims.json` is a list of these).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// See [`Claim::id`].
    pub id: String,
    /// See [`Claim::title`].
    pub title: String,
    /// See [`Claim::statement`].
    pub statement: String,
    /// See [`Claim::original`].
    pub original: String,
    /// On the new measurements.
    pub verdict: Verdict,
    /// By the same test on the values of 2016.
    pub verdict_2016: Verdict,
}

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

/// Tests every claim on the new measurements and on the values of 2016.
pub fn judge(measured: &Evidence, published: &Evidence) -> Vec<Judged> {
    let judged = |claim: Claim| Judged {
        id: claim.id.to_owned(),
        title: claim.title.to_owned(),
        statement: claim.statement.to_owned(),
        original: claim.original.to_owned(),
        verdict: (claim.test)(measured),
        verdict_2016: (claim.test)(published),
    };
    all().into_iter().map(judged).collect()
}
