//! The inputs of figures, facts and claims: counts, estimates, the values of 2016 and, if any, times by layer and other
//! machines, all in one folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::counts::Counts;
use crate::digest;
use crate::estimates::Estimates;
use crate::json::{self, JsonError};
use crate::layers::{self, LayersError, LayersEstimate};
use crate::machines::{self, Machine};
use crate::reference::{self, Published, PublishedError};

/// The inputs.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The counts from the networks' definitions.
    pub counts: Counts,
    /// What was measured.
    pub estimates: Estimates,
    /// What the 2016 paper published.
    pub published: Published,
    /// Times by layer, in the order of the counts; empty if no layers were measured.
    pub layers: Vec<LayersEstimate>,
    /// The other machines to compare with, by name.
    pub machines: Vec<Machine>,
    /// SHA-256 of each of these files, by its path in the folder.
    pub digests: BTreeMap<String, String>,
}

/// Why the folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A JSON file is missing or malformed.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A CSV file is missing or malformed.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// A measured network has no counts.
    #[error("estimates.json: network `{0}` is not in counts.json\nhint: create both with the same list of networks")]
    Uncounted(String),
    /// A record of layers cannot be used.
    #[error(transparent)]
    Layers(#[from] LayersError),
    /// Layers of a network without counts.
    #[error("layers: network `{0}` is not in counts.json\nhint: create both with the same list of networks")]
    UncountedLayers(String),
    /// Layers and points of different devices.
    #[error(
        "layers: {0} was measured on the device `{1}`, the points on another device or on a model\nhint: measure both on one device"
    )]
    OtherDevice(String, String),
    /// A file cannot be read a second time for its digest.
    #[error("{}: {problem}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        problem: String,
    },
}

impl Inputs {
    /// Reads `counts.json`, `estimates.json`, `2016/*.csv` and, if any, `torchvision/accuracy.csv`, `layers/*.json` and
    /// `machines/*.json`.
    pub fn read(folder: &Path) -> Result<Self, InputError> {
        let mut inputs = Self {
            counts: json::read(&folder.join("counts.json"))?,
            estimates: json::read(&folder.join("estimates.json"))?,
            published: Published::read(&folder.join("2016"))?,
            layers: layers::read(folder)?,
            machines: machines::read(folder)?,
            digests: BTreeMap::new(),
        };
        let estimates = inputs.machines.iter().map(|machine| &machine.estimates).chain([&inputs.estimates]);
        let unknown = estimates.flat_map(Estimates::networks).find(|name| inputs.counts.get(name).is_none());
        if let Some(name) = unknown {
            return Err(InputError::Uncounted(name.to_owned()));
        }
        inputs.check_layers()?;
        let Self { counts, layers, .. } = &mut inputs;
        let index = |network: &str| counts.networks.iter().position(|counted| counted.name == network);
        layers.sort_by_key(|of| (index(&of.network), of.batch));
        inputs.digests = digests(folder)?;
        Ok(inputs)
    }

    /// Checks that layers are of counted networks, and simulated only if the points are: one mark covers both.
    fn check_layers(&self) -> Result<(), InputError> {
        let device = &self.estimates.device;
        for of in &self.layers {
            if self.counts.get(&of.network).is_none() {
                return Err(InputError::UncountedLayers(of.network.clone()));
            }
            if (&of.device.kind, of.device.simulated) != (&device.kind, device.simulated) {
                return Err(InputError::OtherDevice(of.network.clone(), of.device.kind.clone()));
            }
        }
        Ok(())
    }
}

/// SHA-256 of each file that is read.
fn digests(folder: &Path) -> Result<BTreeMap<String, String>, InputError> {
    let fail = |path: PathBuf| move |error: io::Error| InputError::Digest { path, problem: error.to_string() };
    let mut digests = BTreeMap::new();
    let published = reference::FILES.iter().map(|file| format!("2016/{file}"));
    let torchvision = folder.join(reference::TORCHVISION).exists().then(|| reference::TORCHVISION.to_owned());
    let files = ["counts.json", "estimates.json"].map(str::to_owned).into_iter().chain(published).chain(torchvision);
    for file in files {
        let path = folder.join(&file);
        digests.insert(file, digest::of_file(&path).map_err(fail(path))?);
    }
    for subfolder in ["layers", machines::FOLDER] {
        let path = folder.join(subfolder);
        for (name, digest) in digest::of_folder(&path).map_err(fail(path))? {
            digests.insert(format!("{subfolder}/{name}"), digest);
        }
    }
    Ok(digests)
}
