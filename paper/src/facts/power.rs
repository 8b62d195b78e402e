//! Facts of power and energy. A quantity that no sensor measured is a phrase, never a number.

use std::collections::BTreeSet;

use results::{Outcome, PowerEstimate};

use super::{Facts, NOT_MEASURED, Sources, set_known};
use crate::number::{fixed, list, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let points = || sources.inputs.estimates.points.iter().filter(|point| point.outcome == Outcome::Measured);
    let mut seen: Vec<(f64, f64, f64)> = Vec::new();
    let mut named = BTreeSet::new();
    let mut missing = BTreeSet::new();
    for point in points() {
        match &point.power {
            PowerEstimate::Measured { net, idle, energy_per_image, source, .. } => {
                seen.push((net.value, *idle, energy_per_image.value));
                named.insert(source.clone());
            }
            PowerEstimate::NoSensor => {
                missing.insert("no power sensor that the program supports".to_owned());
            }
            PowerEstimate::Unusable { reason } => {
                missing.insert(format!("a power sensor whose readings could not be used ({reason})"));
            }
            PowerEstimate::NotChosen { reason } => {
                missing.insert(format!("no selected power source ({reason})"));
            }
            PowerEstimate::NotReadable { remedy } => {
                missing.insert(format!("a power sensor that may not be read ({remedy})"));
            }
            PowerEstimate::BelowResolution { resolution } => {
                let step = with_unit(&three(*resolution), "W");
                missing.insert(format!("a power sensor too coarse for the difference to idle (its step is {step})"));
            }
        }
    }
    let verb = if sources.inputs.estimates.device.simulated { "modelled" } else { "measured" };
    let missing: Vec<String> = missing.into_iter().collect();
    let total = points().count();
    let sentence = if total == 0 {
        "No point was measured, so power is unknown.".to_owned()
    } else if seen.is_empty() {
        format!(
            "The machine has {}: power and energy were not measured, and nothing is inferred instead.",
            list(&missing)
        )
    } else {
        let sources: Vec<String> = named.into_iter().collect();
        format!("Net power was {verb} at {} of {total} points by this source: {}.", seen.len(), list(&sources))
    };
    facts.set("power.state", sentence);
    let range = |quantity: fn(&(f64, f64, f64)) -> f64, unit: &str| {
        let min = seen.iter().map(quantity).reduce(f64::min)?;
        let max = seen.iter().map(quantity).reduce(f64::max)?;
        let digits = |value: f64| if unit == "W" { fixed(value, 1) } else { three(value) };
        let (min, max) = (digits(min), digits(max));
        let range = if min == max { min } else { format!("{min} to {max}") };
        Some(with_unit(&range, unit))
    };
    set_known(facts, "power.net", range(|point| point.0, "W"));
    set_known(facts, "power.idle", range(|point| point.1, "W"));
    set_known(facts, "power.energy", range(|point| point.2, "J"));
    set_known(facts, "power.images", range(|point| 1.0 / point.2, "images/J"));
    let known = sources.published.networks.iter().filter_map(|network| network.power.get(&1));
    let watts: Vec<f64> = known.map(|load| load.net).collect();
    let range = watts.iter().copied().reduce(f64::min).zip(watts.iter().copied().reduce(f64::max));
    let range = range.map(|(min, max)| with_unit(&format!("{} to {}", fixed(min, 1), fixed(max, 1)), "W"));
    facts.set("power.net.2016", range.unwrap_or_else(|| NOT_MEASURED.to_owned()));
}
