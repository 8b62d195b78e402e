//! The data of the figures: each network with its counts, its cited accuracy and its measurements, as measured here and as published in
//! 2016. Independent of figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use offprint_plot::style::MarkerStyle;
use results::counts::bytes_per_number;
use results::measured_accuracy::CITED_IMAGES;
use results::statistics::propagation::scaled;
use results::statistics::proportion;
use results::verdicts::{self, Judged};
use results::{
    Counts, DeviceIdentity, Estimate, Estimates, InputError, Inputs, LayersEstimate, Machine, NetworkCounts, Outcome,
    Point, PowerEstimate, Published,
};

use crate::style::marker_style;

/// No line is drawn through fewer networks: with four, a single one decides its slope.
pub const MIN_NETWORKS: usize = 5;

/// The batches of the figures with two panels, as in the original.
pub const PANELS: [u32; 2] = [1, 16];

/// What the 2016 values are called in notes and legends.
pub const PUBLISHED_NAME: &str = "2016, Jetson TX1";

/// Bytes of one parameter in 2016: 32-bit floating point.
const BYTES_IN_2016: f64 = 4.0;

/// Values with their intervals, by batch.
pub type Values = BTreeMap<u32, Estimate>;

/// The measured and the published values.
#[derive(Clone, Debug)]
pub struct FigureData {
    /// The device that was measured.
    pub device: DeviceIdentity,
    /// Every counted network, in the order of the study; one that was not measured has no values.
    pub networks: Vec<Network>,
    /// As published in 2016, by name.
    pub published: Vec<Network>,
    /// Every point that was requested, also those without numbers.
    pub points: Vec<Point>,
    /// The estimates that these values are from; ratios to other machines need their sessions.
    pub estimates: Estimates,
    /// The times of the layers of some networks; empty if no layer was measured.
    pub layers: Vec<LayersEstimate>,
    /// The other machines that these measurements are compared with.
    pub machines: Vec<Machine>,
    /// The verdicts on the claims; empty if no step has tested them.
    pub claims: Vec<Judged>,
}

/// The counts and values of one network.
#[derive(Clone, Debug)]
pub struct Network {
    /// For example `vgg-16`.
    pub name: String,
    /// For example `VGG-16`.
    pub title: String,
    /// Whether it is later than the study; no fit through the networks of the study includes it.
    pub later: bool,
    /// Its colour and marker.
    pub style: MarkerStyle,
    /// Top-1 accuracy of a single central crop [%]: measured here if it was, else cited.
    pub top1: Option<f64>,
    /// Pictures that it is a share of.
    pub pictures: f64,
    /// Whether it was measured here.
    pub is_accuracy_measured: bool,
    /// Operations for one image [10^9].
    pub g_ops: f64,
    /// Parameters [10^6].
    pub parameters_m: f64,
    /// Bytes of one parameter.
    pub bytes_per_parameter: f64,
    /// Its counts; `None` for the values of 2016.
    pub counts: Option<NetworkCounts>,
    /// Time per image [ms].
    pub time: Values,
    /// Maximum net memory [MB of 10^6 bytes].
    pub memory: Values,
    /// Net power [W].
    pub power: Values,
    /// Net energy of one image [J].
    pub energy: Values,
    /// The batches whose measurements are flagged.
    pub flagged: BTreeSet<u32>,
}

impl FigureData {
    /// Reads `counts.json`, `estimates.json` and `2016/*.csv` of `folder`, and, if they exist, `layers/*.json`, `machines/*.json` and
    /// `claims.json`.
    pub fn read(folder: &Path) -> Result<Self, InputError> {
        let Inputs { counts, estimates, published, layers, machines, .. } = Inputs::read(folder)?;
        let claims = folder.join(verdicts::FILE);
        let claims = if claims.exists() { results::json::read(&claims)? } else { Vec::new() };
        Ok(Self { layers, machines, claims, ..Self::new(&counts, estimates, &published) })
    }

    /// Combines counts, estimates and the values of 2016, without layers, other machines and verdicts.
    pub fn new(counts: &Counts, estimates: Estimates, published: &Published) -> Self {
        Self {
            networks: counts.networks.iter().map(|network| measured(network, &estimates, published)).collect(),
            published: published.networks.keys().filter_map(|name| printed(name, published)).collect(),
            device: estimates.device.clone(),
            points: estimates.points.clone(),
            estimates,
            layers: Vec::new(),
            machines: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// What a network is called in print.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.networks.iter().find(|network| network.name == name).map_or(name, |network| &network.title)
    }

    /// Which networks the fitted lines are about, in a sentence; `None` if there are no others.
    pub fn fitted_to(&self) -> Option<String> {
        let later = self.networks.iter().any(|network| network.later);
        later.then(|| "Fitted to the networks of the study; later networks are drawn, but not in any fit.".to_owned())
    }

    /// Where the accuracies are from, in words for captions.
    pub fn accuracies_are(&self) -> &'static str {
        let mut shown = self.networks.iter().filter(|network| network.top1.is_some());
        match shown.clone().any(|network| network.is_accuracy_measured) {
            false => "cited",
            true if shown.all(|network| network.is_accuracy_measured) => "measured here",
            true => "measured here or cited",
        }
    }

    /// Sentences about accuracies: the networks that figures of accuracy do not show, and those whose accuracy was measured here.
    pub fn about_accuracy(&self) -> Vec<String> {
        let titles = |which: fn(&Network) -> bool| {
            let titles: Vec<&str> =
                self.networks.iter().filter(|network| which(network)).map(|network| network.title.as_str()).collect();
            (!titles.is_empty()).then(|| titles.join(", "))
        };
        let unknown = titles(|network| network.top1.is_none());
        let unknown = unknown.map(|titles| format!("Not shown with an accuracy, since none is cited: {titles}."));
        let measured = titles(|network| network.is_accuracy_measured);
        let measured = measured.map(|titles| format!("Accuracy measured here, not cited: {titles}."));
        unknown.into_iter().chain(measured).collect()
    }

    /// The message of a frame without a measured point.
    pub fn nothing_measured(&self) -> Option<String> {
        let measured = self.points.iter().any(|point| point.outcome == Outcome::Measured);
        (!measured).then(|| "no point was measured".to_owned())
    }
}

impl Network {
    /// A network without values.
    #[cfg(test)]
    pub fn without_values(name: &str) -> Self {
        let none = Values::new;
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            later: false,
            style: marker_style(name),
            top1: None,
            pictures: CITED_IMAGES,
            is_accuracy_measured: false,
            g_ops: 0.0,
            parameters_m: 0.0,
            bytes_per_parameter: BYTES_IN_2016,
            counts: None,
            time: none(),
            memory: none(),
            power: none(),
            energy: none(),
            flagged: BTreeSet::new(),
        }
    }

    /// Size of the parameters in memory [MB of 10^6 bytes].
    pub fn parameters_mb(&self) -> f64 {
        self.parameters_m * self.bytes_per_parameter
    }

    /// Its mark at `batch`: open where the point is flagged.
    pub fn style_at(&self, batch: Option<u32>) -> MarkerStyle {
        self.style.open_if(batch.is_some_and(|batch| self.flagged.contains(&batch)))
    }

    /// Images per second at `batch`.
    pub fn throughput(&self, batch: u32) -> Option<Estimate> {
        let rate = |millis: f64| 1e3 / millis;
        let time = self.time.get(&batch)?;
        let rates = Estimate { value: rate(time.value), low: rate(time.high), high: rate(time.low) };
        Some(rates).filter(|rates| rates.value.is_finite())
    }

    /// The cited accuracy, which has no interval.
    pub fn accuracy(&self) -> Option<Estimate> {
        self.top1.map(exactly)
    }

    /// Top-1 [%] with its 95 % interval by Wilson over its pictures.
    pub fn accuracy_interval(&self) -> Option<Estimate> {
        Some(scaled(proportion(self.top1? / 100.0, self.pictures)?, 100.0))
    }
}

fn measured(network: &NetworkCounts, estimates: &Estimates, published: &Published) -> Network {
    let points = || estimates.points.iter().filter(|point| point.network == network.name);
    let time = points().filter_map(|point| Some((point.batch, in_millis(point.time?))));
    let memory = points().filter_map(|point| Some((point.batch, exactly(point.memory?.net.megabytes()))));
    let power = points().filter_map(|point| match &point.power {
        PowerEstimate::Measured { net, .. } if net.value.is_finite() => Some((point.batch, *net)),
        _ => None,
    });
    let energy = points().filter_map(|point| match &point.power {
        PowerEstimate::Measured { energy_per_image, .. } => Some((point.batch, *energy_per_image)),
        _ => None,
    });
    Network {
        name: network.name.clone(),
        title: network.title.clone(),
        later: network.later,
        style: marker_style(&network.name),
        top1: estimates.top1(&network.name, published).map(|top1| top1.percent.value),
        pictures: estimates.accuracies.pictures(&network.name),
        is_accuracy_measured: estimates.accuracies.networks.contains_key(&network.name),
        g_ops: network.operations_2016 as f64 / 1e9,
        parameters_m: network.parameters as f64 / 1e6,
        bytes_per_parameter: bytes_per_number(&estimates.device.kind),
        counts: Some(network.clone()),
        time: time.filter(drawable).collect(),
        memory: memory.filter(drawable).collect(),
        power: power.collect(),
        energy: energy.filter(drawable).collect(),
        flagged: points().filter(|point| !point.flags.is_empty()).map(|point| point.batch).collect(),
    }
}

fn in_millis(time: Estimate) -> Estimate {
    Estimate { value: time.value * 1e3, low: time.low * 1e3, high: time.high * 1e3 }
}

fn printed(name: &str, published: &Published) -> Option<Network> {
    let known = published.networks.get(name)?;
    let power = published.power_w.get(name).copied();
    // Power is known at batch 1.
    let joules = |watts: f64, time: Estimate| Estimate {
        value: watts * time.value,
        low: watts * time.low,
        high: watts * time.high,
    };
    let energy = power.zip(published.time(name, 1)).map(|(watts, time)| (1, joules(watts, time)));
    let time = published.time_ms.get(name).into_iter().flat_map(BTreeMap::keys);
    let time = time.filter_map(|&batch| Some((batch, in_millis(published.time(name, batch)?))));
    let memory = published.memory_mb.get(name).into_iter().flat_map(BTreeMap::keys);
    let memory = memory.filter_map(|&batch| Some((batch, published.memory(name, batch)?)));
    Some(Network {
        name: name.to_owned(),
        title: known.title.clone(),
        later: false,
        style: marker_style(name),
        top1: Some(known.top1),
        pictures: CITED_IMAGES,
        is_accuracy_measured: false,
        g_ops: known.g_ops,
        parameters_m: known.parameters_m,
        bytes_per_parameter: BYTES_IN_2016,
        counts: None,
        time: time.filter(drawable).collect(),
        memory: memory.filter(drawable).collect(),
        power: power.map(|net| (1, exactly(net))).into_iter().collect(),
        energy: energy.into_iter().filter(drawable).collect(),
        flagged: BTreeSet::new(),
    })
}

/// A counted or cited number, which has no interval.
pub fn exactly(value: f64) -> Estimate {
    Estimate { value, low: value, high: value }
}

/// Times, memory and energy are drawn on logarithmic axes, which have no zero.
fn drawable(entry: &(u32, Estimate)) -> bool {
    entry.1.value.is_finite() && entry.1.value > 0.0
}
