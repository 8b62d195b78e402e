//! The text of tooltips: the network of a mark, and its quantities with units and intervals. Independent of canvases and figures.

use offprint_plot::number::{grouped, percent, three};
use results::replication::Interval;
use results::{Estimate, LayersEstimate};

use crate::figure_data::{FigureData, Network, Values};

/// `VGG-16, batch 4`, and whether the point is simulated or outdated.
pub fn measured_label(data: &FigureData, network: &Network, batch: Option<u32>) -> String {
    let Some(batch) = batch else { return network.title.clone() };
    let is_it = |point: &&results::Point| point.network == network.name && point.batch == batch;
    let outdated = data.points.iter().find(is_it).is_some_and(|point| point.outdated);
    label(&network.title, batch, data.device.simulated, outdated)
}

/// `VGG-16, 2016, batch 4`.
pub fn published_label(network: &Network, batch: Option<u32>) -> String {
    let batch = batch.map(|batch| format!(", batch {batch}")).unwrap_or_default();
    format!("{}, 2016{batch}", network.title)
}

/// The same as [`measured_label`] for a network that was timed by layer.
pub fn of_layers(data: &FigureData, of: &LayersEstimate) -> String {
    label(data.title(&of.network), of.batch, data.device.simulated, of.outdated)
}

fn label(title: &str, batch: u32, simulated: bool, outdated: bool) -> String {
    let mut text = format!("{title}, batch {batch}");
    text += if simulated { ", simulated" } else { "" };
    text += if outdated { ", outdated" } else { "" };
    text
}

/// `303 ms [297, 311]`; an exact number has no range.
pub fn number(of: &Estimate, unit: &str) -> String {
    let Estimate { value, low, high } = *of;
    let value_only = format!("{} {unit}", three(value));
    if low == value && high == value {
        value_only
    } else if low.is_finite() && high.is_finite() {
        format!("{value_only} [{}, {}]", three(low), three(high))
    } else {
        format!("{value_only}, interval not known")
    }
}

/// The number at a batch.
pub fn at(values: &Values, batch: Option<u32>, unit: &str) -> Option<String> {
    Some(number(values.get(&batch?)?, unit))
}

/// `31.0 G-Op`.
pub fn operations(network: &Network) -> String {
    format!("{} G-Op", three(network.g_ops))
}

/// `138 M parameters`.
pub fn parameters(network: &Network) -> String {
    format!("{} M parameters", three(network.parameters_m))
}

/// `70.79 % top-1`, with the decimals it is cited with.
pub fn accuracy(network: &Network) -> Option<String> {
    Some(format!("{} % top-1", grouped(network.top1?, 2)))
}

/// `12 % of the time`.
pub fn share(share: f64) -> String {
    format!("{} of the time", percent(share))
}

/// What the bars of times show; none if no point has a time.
pub fn bars(data: &FigureData) -> Option<String> {
    let kinds: Vec<&str> = Interval::of(&data.points).into_iter().map(Interval::words).collect();
    (!kinds.is_empty()).then(|| format!("Bars, where longer than the mark: {}.", kinds.join(" or ")))
}

/// The known parts, separated by commas.
pub fn list<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_unit_and_its_interval_unless_it_is_exact() {
        let of = |value, low, high| number(&Estimate { value, low, high }, "ms");
        assert_eq!(of(303.2, 297.0, 311.4), "303 ms [297, 311]");
        assert_eq!(of(5.0, 5.0, 5.0), "5.00 ms");
        assert_eq!(of(-0.5, -1.0, 0.25), "\u{2212}0.500 ms [\u{2212}1.00, 0.250]");
        assert_eq!(of(5.0, 4.0, f64::INFINITY), "5.00 ms, interval not known");
    }

    #[test]
    fn a_label_states_that_its_point_is_simulated_or_outdated() {
        assert_eq!(label("VGG-16", 4, false, false), "VGG-16, batch 4");
        assert_eq!(label("VGG-16", 4, true, true), "VGG-16, batch 4, simulated, outdated");
    }

    #[test]
    fn unknown_values_are_omitted() {
        assert_eq!(list([Some("a".to_owned()), None, Some("b".to_owned())]), "a, b");
        assert_eq!(at(&Values::new(), Some(1), "W"), None);
    }
}
