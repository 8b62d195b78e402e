//! The data that claims are tested on: each network with its counts, its accuracy and its measurements. They come from our measurements
//! or from the values of 2016, so the same test judges both. Independent of claims.

use std::collections::BTreeMap;

use results::counts::bytes_per_number;
use results::measured_accuracy::CITED_IMAGES;
use results::statistics::propagation::scaled;
use results::statistics::proportion;
use results::verdicts::IntervalKind;
use results::{Counts, Estimate, Estimates, Interval, PowerEstimate, Published};

/// No line is fitted through fewer networks: with four, a single one decides its slope.
pub const MIN_NETWORKS: usize = 5;

/// The batch at which throughput is compared, as in Figures 7 and 9 of the original.
pub const THROUGHPUT_BATCH: u32 = 16;

/// All networks, in the order of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkData {
    /// One entry for each network, measured or not.
    pub networks: Vec<Subject>,
    /// The kind of the intervals of times; none if a time has no interval.
    pub interval: Option<IntervalKind>,
}

/// The counts and values of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// For example `vgg-16`.
    pub name: String,
    /// For example `VGG-16`.
    pub title: String,
    /// Top-1 accuracy of a single central crop [%]: measured here if it was, else cited.
    pub top1: Option<f64>,
    /// Pictures that it is a share of.
    pub pictures: f64,
    /// Operations for one image [10^9], by the rules of 2016.
    pub g_ops: f64,
    /// Parameters [10^6].
    pub parameters_m: f64,
    /// Bytes of one parameter in the measured program.
    pub bytes_per_number: f64,
    /// Time per image [s] by batch.
    pub time: BTreeMap<u32, Estimate>,
    /// Net memory [MB of 10^6 bytes] by batch.
    pub memory_mb: BTreeMap<u32, f64>,
    /// Net power and energy of one image by batch.
    pub power: BTreeMap<u32, Load>,
}

/// Power of one point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Power under load minus idle power [W].
    pub net: f64,
    /// Net energy of one image [J].
    pub energy: f64,
}

impl Subject {
    /// Size of the parameters in memory [MB of 10^6 bytes].
    pub fn parameters_mb(&self) -> f64 {
        self.parameters_m * self.bytes_per_number
    }

    /// The accuracy [%] with the 95 % interval for that number of images. It ignores that all networks were tested on the same images.
    pub fn accuracy(&self) -> Option<Estimate> {
        Some(scaled(proportion(self.top1? / 100.0, self.pictures)?, 100.0))
    }

    /// Whether it belongs to the VGG family, whose cost the original treats separately.
    pub fn is_vgg(&self) -> bool {
        self.name.starts_with("vgg")
    }

    /// Images per second at `batch`.
    pub fn throughput(&self, batch: u32) -> Option<f64> {
        self.time.get(&batch).map(|time| 1.0 / time.value).filter(|rate| rate.is_finite() && *rate > 0.0)
    }
}

impl NetworkData {
    /// Our measurements and counts of the study's networks, with the accuracies of 2016.
    pub fn measured(counts: &Counts, estimates: &Estimates, published: &Published) -> Self {
        Self::of(counts, estimates, published, |network| !network.later)
    }

    /// The same of other networks, with their cited accuracies.
    pub fn of(
        counts: &Counts,
        estimates: &Estimates,
        published: &Published,
        which: impl Fn(&results::NetworkCounts) -> bool,
    ) -> Self {
        let subject = |network: &results::NetworkCounts| {
            let points = || estimates.points.iter().filter(|point| point.network == network.name);
            Subject {
                name: network.name.clone(),
                title: network.title.clone(),
                top1: estimates.top1(&network.name, published).map(|top1| top1.percent.value),
                pictures: estimates.accuracies.pictures(&network.name),
                g_ops: network.operations_2016 as f64 / 1e9,
                parameters_m: network.parameters as f64 / 1e6,
                bytes_per_number: bytes_per_number(&estimates.device.kind),
                time: points().filter_map(|point| Some((point.batch, point.time?))).collect(),
                memory_mb: points().filter_map(|point| Some((point.batch, point.memory?.net.megabytes()))).collect(),
                power: points()
                    .filter_map(|point| match &point.power {
                        PowerEstimate::Measured { net, energy_per_image: energy, .. } => {
                            Some((point.batch, Load { net: net.value, energy: energy.value }))
                        }
                        _ => None,
                    })
                    .collect(),
            }
        };
        // The weakest kind is that of them all.
        let interval = match Interval::of(&estimates.points).first() {
            Some(Interval::None) => None,
            Some(Interval::WithinProcess) => Some(IntervalKind::WithinProcess),
            _ => Some(IntervalKind::Confidence),
        };
        Self { networks: counts.networks.iter().filter(|network| which(network)).map(subject).collect(), interval }
    }

    /// The values the original published, with its own counts.
    pub fn published(published: &Published) -> Self {
        let subject = |(name, network): (&String, &results::PublishedNetwork)| {
            let batches = published.time_ms.get(name).into_iter().flat_map(|row| row.keys().copied());
            let time: BTreeMap<u32, Estimate> =
                batches.filter_map(|batch| Some((batch, published.time(name, batch)?))).collect();
            let power = published.power_w.get(name).zip(time.get(&1)).map(|(&net, time)| {
                let load = Load { net, energy: net * time.value };
                (1, load)
            });
            Subject {
                name: name.clone(),
                title: network.title.clone(),
                top1: Some(network.top1),
                pictures: CITED_IMAGES,
                g_ops: network.g_ops,
                parameters_m: network.parameters_m,
                bytes_per_number: bytes_per_number("gpu"),
                memory_mb: published
                    .memory_mb
                    .get(name)
                    .into_iter()
                    .flatten()
                    .filter_map(|(&batch, _)| Some((batch, published.memory(name, batch)?.value)))
                    .collect(),
                power: power.into_iter().collect(),
                time,
            }
        };
        Self { networks: published.networks.iter().map(subject).collect(), interval: Some(IntervalKind::Reading) }
    }

    /// The network called `name`.
    pub fn get(&self, name: &str) -> Option<&Subject> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// What a network is called in print.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.get(name).map_or(name, |network| &network.title)
    }

    /// The networks with a time at `batch`.
    pub fn timed(&self, batch: u32) -> Vec<&Subject> {
        self.networks.iter().filter(|network| network.time.contains_key(&batch)).collect()
    }

    /// The batch for throughput: that of the original if enough networks have it, else the largest batch that enough networks have.
    pub fn throughput_batch(&self) -> Option<u32> {
        let enough = |batch: &u32| self.timed(*batch).len() >= MIN_NETWORKS;
        let batches = self.networks.iter().flat_map(|network| network.time.keys().copied());
        Some(THROUGHPUT_BATCH).filter(enough).or_else(|| batches.filter(enough).max())
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! Synthetic networks on which a claim holds or fails by construction.

    use super::*;

    /// Networks `n1`, `n2` … with 1, 2 … G-Ops and M parameters; each test sets the values that its claim uses.
    pub fn networks(count: u32) -> NetworkData {
        let subject = |index: u32| Subject {
            name: format!("n{index}"),
            title: format!("N{index}"),
            top1: Some(60.0 + f64::from(index)),
            pictures: CITED_IMAGES,
            g_ops: f64::from(index),
            parameters_m: f64::from(index),
            bytes_per_number: 4.0,
            time: BTreeMap::new(),
            memory_mb: BTreeMap::new(),
            power: BTreeMap::new(),
        };
        NetworkData { networks: (1..=count).map(subject).collect(), interval: Some(IntervalKind::Confidence) }
    }

    /// A time known to 1 %.
    pub fn time(value: f64) -> Estimate {
        Estimate { value, low: value * 0.99, high: value * 1.01 }
    }

    /// The same network under another name.
    pub fn renamed(data: &mut NetworkData, index: usize, name: &str) {
        let network = data.networks.get_mut(index).expect("the sample has that many");
        name.clone_into(&mut network.name);
        name.clone_into(&mut network.title);
    }
}
