//! Estimates from the record of a network's time by layer. Independent of other records and files.

use serde::{Deserialize, Serialize};

use super::{LayerKind, LayerTimes, LayersRecord};
use crate::counts::bytes_per_number;
use crate::day;
use crate::estimates::Estimate;
use crate::peak_rates::PeakRates;
use crate::point;
use crate::record::{DeviceIdentity, Outcome};
use crate::statistics;
use crate::statistics::propagation;
use crate::units::Seconds;

/// One network at one batch; it has numbers only if it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayersEstimate {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// What it ran on.
    pub device: DeviceIdentity,
    /// How it ended.
    pub outcome: Outcome,
    /// The device's peak rates, measured just before.
    pub peak_rates: Option<PeakRates>,
    /// Time of a pass without stops after its layers [s].
    pub whole: Option<Estimate>,
    /// Time of a pass that waits after each layer: the sum of its layers' times [s].
    pub watched: Option<Estimate>,
    /// By how much that exceeds the time of a whole pass, as a share of the latter.
    pub difference: Option<Estimate>,
    /// Number of passes behind the time of a whole pass, and behind each layer's.
    pub passes: (usize, usize),
    /// In the order of execution.
    pub layers: Vec<LayerEstimate>,
    /// The day in UTC on which it was measured; none if its record lacks it.
    pub measured_on: Option<String>,
    /// True if an earlier version of the programs measured it, so that it would be measured again.
    pub outdated: bool,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerEstimate {
    /// For example `layer1.0.conv1`.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// Multiply-accumulates for the batch.
    pub macs: u64,
    /// Minimum traffic [bytes].
    pub bytes: u64,
    /// Its time [s].
    pub time: Estimate,
    /// Its median as a share of the sum of all medians.
    pub share: f64,
}

/// All layers of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KindEstimate {
    /// The kind.
    pub kind: LayerKind,
    /// Number of layers of that kind.
    pub layers: usize,
    /// Sum of their multiply-accumulates.
    pub macs: u64,
    /// Sum of their minimum traffic [bytes].
    pub bytes: u64,
    /// Sum of their medians [s].
    pub time: f64,
    /// That sum as a share of the sum over all layers.
    pub share: f64,
}

impl LayersEstimate {
    /// The estimates of a checked record. A record does not show whether it is outdated.
    pub fn of(record: &LayersRecord) -> Self {
        let is_measured = record.outcome == Outcome::Measured;
        let timed: &[LayerTimes] = if is_measured { &record.layers } else { &[] };
        let whole = if is_measured { record.whole.as_slice() } else { &[] };
        let seed = point::seed(&record.network, record.batch);
        let layer = |layer: &LayerTimes| {
            let time = statistics::estimate(&[&seconds(&layer.times)], seed)?;
            let LayerTimes { name, kind, macs, bytes, .. } = layer.clone();
            Some(LayerEstimate { name, kind, macs, bytes, time, share: 0.0 })
        };
        let mut layers: Vec<LayerEstimate> = timed.iter().filter_map(layer).collect();
        let sum: f64 = layers.iter().map(|layer| layer.time.value).sum();
        layers.iter_mut().for_each(|layer| layer.share = layer.time.value / sum);
        let (whole, watched) = (seconds(whole), watched(timed));
        let passes = (whole.len(), watched.len());
        let [whole, watched] = [whole, watched].map(|passes| statistics::estimate(&[&passes], seed));
        // The bytes in a record are for numbers in single precision.
        let width = bytes_per_number(&record.device.kind) / bytes_per_number("");
        for layer in &mut layers {
            layer.bytes = (layer.bytes as f64 * width) as u64;
        }
        Self {
            network: record.network.clone(),
            batch: record.batch,
            device: record.device.clone(),
            outcome: record.outcome.clone(),
            peak_rates: record.peak_rates.as_ref().map(PeakRates::of),
            whole,
            watched,
            difference: whole.zip(watched).and_then(|(whole, watched)| difference(whole, watched)),
            passes,
            layers,
            measured_on: day::of(&record.environment).ok().flatten(),
            outdated: false,
        }
    }

    /// Sum of the layers' medians [s]; none without layers. It is less than the median of a watched pass if occasional
    /// interference slows single layers: then each pass has some slow layer, but no layer's median shows it.
    pub fn sum(&self) -> Option<f64> {
        (!self.layers.is_empty()).then(|| self.layers.iter().map(|layer| layer.time.value).sum())
    }

    /// Whether its times have intervals, which a single pass does not give: then both ends are the time itself.
    pub fn has_intervals(&self) -> bool {
        self.passes.0 > 1 && self.passes.1 > 1
    }

    /// The kinds that occur, by descending time.
    pub fn by_kind(&self) -> Vec<KindEstimate> {
        let of = |kind: LayerKind| {
            let layers: Vec<&LayerEstimate> = self.layers.iter().filter(|layer| layer.kind == kind).collect();
            KindEstimate {
                kind,
                layers: layers.len(),
                macs: layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.macs)),
                bytes: layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.bytes)),
                time: layers.iter().map(|layer| layer.time.value).sum(),
                share: layers.iter().map(|layer| layer.share).sum(),
            }
        };
        let mut kinds: Vec<_> = LayerKind::ALL.map(of).into_iter().filter(|kind| kind.layers > 0).collect();
        kinds.sort_by(|a, b| b.time.total_cmp(&a.time));
        kinds
    }
}

/// Time of each watched pass [s]: the sum over its layers.
fn watched(layers: &[LayerTimes]) -> Vec<f64> {
    let passes = layers.iter().map(|layer| layer.times.len()).min().unwrap_or(0);
    (0..passes).map(|pass| layers.iter().map(|layer| layer.times[pass].0).sum()).collect()
}

/// Waiting for the device after each layer makes a pass longer. It also changes the state of the cache in which a layer
/// finds its input.
fn difference(whole: Estimate, watched: Estimate) -> Option<Estimate> {
    let ratio = propagation::ratio(watched, whole)?;
    Some(Estimate { value: ratio.value - 1.0, low: ratio.low - 1.0, high: ratio.high - 1.0 })
}

/// Operations per second of `macs` multiply-accumulates in `time` [s], two operations each.
fn rate(macs: u64, time: f64) -> f64 {
    2.0 * macs as f64 / time
}

impl LayerEstimate {
    /// Operations per second; 0 for a layer without multiplications.
    pub fn operations_per_second(&self) -> f64 {
        rate(self.macs, self.time.value)
    }

    /// Bytes per second, assuming minimum traffic.
    pub fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.time.value
    }

    /// Operations per byte; none for a layer without multiplications.
    pub fn intensity(&self) -> Option<f64> {
        (self.macs > 0 && self.bytes > 0).then(|| 2.0 * self.macs as f64 / self.bytes as f64)
    }
}

impl KindEstimate {
    /// Operations per second; 0 for a kind without multiplications.
    pub fn operations_per_second(&self) -> f64 {
        rate(self.macs, self.time)
    }

    /// Bytes per second, assuming minimum traffic.
    pub fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.time
    }
}

fn seconds(times: &[Seconds]) -> Vec<f64> {
    times.iter().map(|time| time.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::reading::tests::record;
    use super::*;

    #[test]
    fn shares_are_of_the_sum_and_kinds_are_sorted_by_time() {
        // Medians of 4, 1 and 3 s; the whole takes 10 s.
        let estimate = LayersEstimate::of(&record());
        assert_eq!(estimate.sum(), Some(8.0));
        assert_eq!(estimate.layers.iter().map(|layer| layer.share).collect::<Vec<_>>(), [0.5, 0.125, 0.375]);
        let kinds = estimate.by_kind();
        assert_eq!(
            kinds.iter().map(|kind| (kind.kind, kind.layers)).collect::<Vec<_>>(),
            [(LayerKind::Conv, 2), (LayerKind::Relu, 1)]
        );
        assert_eq!((kinds[0].time, kinds[0].share, kinds[0].macs, kinds[0].bytes), (7.0, 0.875, 2100, 140));
        assert_eq!((kinds[0].operations_per_second(), kinds[1].bytes_per_second()), (600.0, 20.0));
    }

    #[test]
    fn the_difference_compares_watched_and_whole_passes() {
        // Watched passes take 8, 7 and 9.5 s, whole ones 9, 10 and 11 s.
        let estimate = LayersEstimate::of(&record());
        assert_eq!(estimate.watched.map(|watched| watched.value), Some(8.0));
        let difference = estimate.difference.expect("both are known");
        assert!((difference.value + 0.2).abs() < 1e-12, "8 s instead of 10 s: {difference:?}");
        assert!((7.0 / 11.0 - 1.0 - 1e-9..-0.2).contains(&difference.low), "{difference:?}");
        assert!(difference.high > -0.2 && difference.high <= 9.5 / 9.0 - 1.0 + 1e-9, "{difference:?}");
    }

    #[test]
    fn a_layer_without_multiplications_has_no_intensity() {
        let estimate = LayersEstimate::of(&record());
        let intensities: Vec<_> = estimate.layers.iter().map(LayerEstimate::intensity).collect();
        assert_eq!(intensities, [Some(20.0), None, Some(55.0)]);
        assert_eq!(estimate.layers[0].operations_per_second(), 500.0);
    }

    #[test]
    fn a_network_that_was_not_measured_has_no_numbers() {
        let outcome = Outcome::OutOfTime { reason: "limit".to_owned() };
        let estimate = LayersEstimate::of(&LayersRecord { outcome, ..record() });
        assert!(estimate.layers.is_empty() && estimate.whole.is_none() && estimate.sum().is_none());
        assert!(estimate.by_kind().is_empty() && estimate.difference.is_none() && estimate.watched.is_none());
    }
}
