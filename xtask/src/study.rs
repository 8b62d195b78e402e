//! The study that a request selects: device, protocol, networks, batches. Refuses unknown names.

use std::collections::BTreeSet;
use std::path::Path;

use networks::Network;
use offprint::caller::Kinds;
use offprint::{ListedFiles, NamedFiles, PaperSize};

use crate::device::{Device, Precision};
use crate::machines::Machine;
use crate::protocol::{self, Protocol, ProtocolError};
use crate::sessions::{self, Sessions};
use crate::skipped::Skipped;

/// The automatic power source.
pub const POWER: &str = "auto";
/// Power sources with a place on the machine of the caller: an external meter.
pub const METERS: Kinds = Kinds { file: "meter", command: "command", options: &["accuracy", "column", "decimal"] };

/// A selection of points.
#[derive(Clone, Debug)]
pub struct Study {
    /// The device.
    pub device: Device,
    /// The precision.
    pub precision: Precision,
    /// Name of the protocol.
    pub protocol_name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// Networks, in the order of the paper.
    pub networks: Vec<Network>,
    /// Batch sizes, ascending.
    pub batches: Vec<u32>,
    /// Points of these networks and batches that are skipped for lack of time.
    pub skipped: Skipped,
    /// The number of sessions of points with several.
    pub sessions: Sessions,
    /// The power source, as an argument of `measure point`.
    pub power: String,
    /// Pictures to classify.
    pub images: Option<ListedFiles>,
    /// Weights to classify them with, by network.
    pub weights: NamedFiles,
    /// What a node of a cluster must have.
    pub needs: Vec<String>,
    /// The other machines to compare with.
    pub machines: Vec<Machine>,
    /// The paper size of the report.
    pub paper: PaperSize,
    /// Whether the figures are wanted as PNG, too.
    pub png: bool,
}

/// Why a study cannot be selected.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The protocols cannot be read.
    #[error(transparent)]
    Protocols(#[from] ProtocolError),
    /// Something requested does not exist.
    #[error("unknown {what} `{asked}`\nhint: choose from {known}")]
    Unknown {
        /// Network, batch or protocol.
        what: &'static str,
        /// The requested name.
        asked: String,
        /// The known names.
        known: String,
    },
}

impl Study {
    /// Its points: all batches of the first network, then those of the next.
    pub fn points(&self) -> impl Iterator<Item = (&Network, u32)> {
        self.networks.iter().flat_map(|network| self.batches_of(network).map(move |batch| (network, batch)))
    }

    /// The batches of a network, ascending.
    pub fn batches_of(&self, network: &Network) -> impl Iterator<Item = u32> {
        self.batches.iter().copied().filter(|&batch| !self.skipped.has(network.name, batch))
    }

    /// The study without those of these points that it has.
    pub fn without(self, mut skipped: Skipped) -> Self {
        let asked = |network: &str| self.networks.iter().any(|asked| asked.name == network);
        skipped.points.retain(|(network, batch)| asked(network) && self.batches.contains(batch));
        skipped.accuracies.retain(|network| asked(network));
        Self { skipped, ..self }
    }

    /// Device and precision, in names of steps and folders.
    pub fn slug(&self) -> String {
        self.device.slug() + self.precision.suffix()
    }

    /// Name of the step of a point.
    pub fn step(&self, network: &Network, batch: u32) -> String {
        format!("measure/{}/{}/b{batch}", self.slug(), network.name)
    }

    /// The steps of the sessions of a point, with their numbers.
    pub fn sessions(&self, network: &Network, batch: u32) -> impl Iterator<Item = (u32, String)> {
        let point = self.step(network, batch);
        let sessions = self.sessions.get(&point).copied().unwrap_or(1);
        (1..=sessions).map(move |session| (session, sessions::step(&point, session)))
    }

    /// Number of points with fewer sessions than the protocol requires.
    pub fn short_of_sessions(&self) -> usize {
        self.points()
            .filter(|(network, batch)| self.sessions(network, *batch).count() < self.protocol.sessions as usize)
            .count()
    }

    /// The networks that are timed by layer. Empty when points are skipped for lack of time, since points come first.
    pub fn layers(&self) -> impl Iterator<Item = &Network> {
        let asked = &self.protocol.layers.networks;
        let is_whole = self.is_whole() && self.device != Device::CpuOnnxruntime;
        self.networks.iter().filter(move |network| is_whole && asked.iter().any(|name| name == network.name))
    }

    /// The networks whose accuracy is measured. Empty when points are skipped, since points come first.
    pub fn classified(&self) -> impl Iterator<Item = &Network> {
        let names = self.weights.names();
        let is_asked = self.images.is_some() && self.skipped.points.is_empty();
        let has_time = |network: &Network| !self.skipped.accuracies.contains(network.name);
        self.networks.iter().filter(move |network| is_asked && names.contains(network.name) && has_time(network))
    }

    /// Name of the step that measures the accuracy of a network.
    pub fn accuracy_step(&self, network: &Network) -> String {
        format!("accuracy/{}/{}", self.slug(), network.name)
    }

    /// Whether no point is skipped.
    fn is_whole(&self) -> bool {
        self.skipped.points.is_empty() && !self.skipped.layers
    }

    /// Name of the step that times a network by layer.
    pub fn layers_step(&self, network: &Network) -> String {
        format!("layers/{}/{}/b{}", self.slug(), network.name, self.protocol.layers.batch)
    }

    /// Selects a study in the checkout at `root`: networks as in [`networks::select`]; without batches, all of the protocol.
    pub fn choose(
        root: &Path,
        device: Device,
        protocol_name: &str,
        networks: &[String],
        batches: &[u32],
    ) -> Result<Self, StudyError> {
        let protocols = protocol::read(root)?;
        let protocol = protocols.get(protocol_name).cloned();
        let protocol = protocol.ok_or_else(|| unknown("protocol", protocol_name, protocols.keys().cloned()))?;

        let networks = networks::select(networks).map_err(|error| unknown("network", &error.name, error.known))?;
        if let Some(error) = protocol.layers.networks.iter().find_map(|name| networks::find(name).err()) {
            let what = "network in `layers.networks` of experiments/protocols.toml";
            return Err(unknown(what, &error.name, error.known));
        }
        // Any batch of any protocol, so that a single larger point can be measured.
        let known: BTreeSet<u32> = protocols.values().flat_map(|protocol| protocol.batches.iter().copied()).collect();
        if let Some(unknown_name) = batches.iter().find(|asked| !known.contains(asked)) {
            return Err(unknown("batch", &unknown_name.to_string(), known));
        }

        let chosen: BTreeSet<u32> = if batches.is_empty() {
            protocol.batches.iter().copied().collect()
        } else {
            batches.iter().copied().collect()
        };
        Ok(Self {
            device,
            precision: Precision::default(),
            protocol_name: protocol_name.to_owned(),
            protocol,
            networks,
            batches: chosen.into_iter().collect(),
            skipped: Skipped::default(),
            sessions: Sessions::new(),
            power: POWER.to_owned(),
            images: None,
            weights: NamedFiles::default(),
            needs: Vec::new(),
            machines: Vec::new(),
            paper: PaperSize::default(),
            png: false,
        })
    }
}

fn unknown(what: &'static str, asked: &str, known: impl IntoIterator<Item = impl ToString>) -> StudyError {
    let known: Vec<_> = known.into_iter().map(|name| name.to_string()).collect();
    StudyError::Unknown { what, asked: asked.to_owned(), known: known.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(protocol: &str, networks: &[&str], batches: &[u32]) -> Result<Study, StudyError> {
        let networks: Vec<String> = networks.iter().map(|name| (*name).to_owned()).collect();
        Study::choose(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), Device::Cpu, protocol, &networks, batches)
    }

    #[test]
    fn an_empty_request_selects_everything() {
        let study = choose("quick", &[], &[]).unwrap();
        assert_eq!((study.networks.len(), study.batches), (14, vec![1, 2, 4, 8, 16]));
    }

    #[test]
    fn a_study_keeps_the_papers_order_and_has_no_duplicates() {
        let study = choose("quick", &["resnet-18", "alexnet", "alexnet"], &[64, 1, 1]).unwrap();
        assert_eq!(study.networks.iter().map(|network| network.name).collect::<Vec<_>>(), ["alexnet", "resnet-18"]);
        assert_eq!(study.batches, [1, 64]);
    }

    #[test]
    fn later_networks_are_selected_only_by_name_and_follow_those_of_the_paper() {
        let names = |asked: &[&str]| {
            choose("quick", asked, &[]).unwrap().networks.iter().map(|network| network.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&["vit-b-16", "enet", "densenet-121"]), ["enet", "densenet-121", "vit-b-16"]);
        assert_eq!(names(&["modern"]).len(), networks::modern().len());
        assert_eq!(names(&["modern", "resnet-18"])[0], "resnet-18");
        assert_eq!(names(&["all"]), names(&[]));
        assert_eq!(names(&["all", "modern"]).len(), 14 + networks::modern().len());
    }

    #[test]
    fn skipped_points_are_not_in_the_study_and_unknown_ones_are_ignored() {
        let study = choose("quick", &["enet", "alexnet"], &[1, 2]).unwrap();
        let point = |name: &str, batch| (name.to_owned(), batch);
        let points = [point("alexnet", 2), point("alexnet", 16), point("vgg-16", 1)].into();
        let study = study.without(Skipped { points, budget: "20m".to_owned(), layers: true, ..Skipped::default() });
        let points: Vec<_> = study.points().map(|(network, batch)| (network.name, batch)).collect();
        assert_eq!(points, [("alexnet", 1), ("enet", 1), ("enet", 2)]);
        assert_eq!(study.skipped.points, [point("alexnet", 2)].into());
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        for (study, asked, known) in [
            (choose("slow", &[], &[]), "protocol `slow`", "paper, quick"),
            (choose("quick", &["lenet"], &[]), "network `lenet`", "alexnet, bn-alexnet"),
            (choose("quick", &[], &[3]), "batch `3`", "1, 2, 4, 8, 16, 32, 64"),
        ] {
            let error = study.unwrap_err().to_string();
            assert!(error.contains(asked) && error.contains(known), "{error}");
        }
    }
}
