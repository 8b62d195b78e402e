//! What figures, facts and claims are drawn from: the counts, the estimates, the 2016 values and, where there are such, times by
//! layer, as one folder holds them.

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

/// The sources.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The counts from the networks' definitions.
    pub counts: Counts,
    /// What was measured.
    pub estimates: Estimates,
    /// What the 2016 paper published.
    pub published: Published,
    /// Where the time of some networks goes, in the order of the counts; empty where no layer was measured.
    pub layers: Vec<LayersEstimate>,
    /// The other machines that these measurements are compared with, by name.
    pub machines: Vec<Machine>,
    /// SHA-256 of each of these files by its path in the folder.
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
    #[error("estimates.json: network `{0}` is not in counts.json\nhint: make both with the same list of networks")]
    Uncounted(String),
    /// A record of layers is missing something or malformed.
    #[error(transparent)]
    Layers(#[from] LayersError),
    /// Layers of a network without counts.
    #[error("layers: network `{0}` is not in counts.json\nhint: make both with the same list of networks")]
    UncountedLayers(String),
    /// Layers of another device than the points.
    #[error(
        "layers: {0} was measured on the device `{1}`, the points on another or a model of it\nhint: measure both on one device"
    )]
    OtherDevice(String, String),
    /// A file that was there cannot be read a second time.
    #[error("{}: {problem}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        problem: String,
    },
}

impl Inputs {
    /// Reads `counts.json`, `estimates.json`, `2016/*.csv` and, where there are such, `layers/*.json` of `folder`.
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
        let place = |network: &str| counts.networks.iter().position(|counted| counted.name == network);
        layers.sort_by_key(|of| (place(&of.network), of.batch));
        inputs.digests = digests(folder)?;
        Ok(inputs)
    }

    /// Layers are of counted networks, and simulated only where the points are: the mark for simulated numbers covers both.
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
    for place in ["counts.json", "estimates.json"].map(str::to_owned).into_iter().chain(published) {
        let path = folder.join(&place);
        digests.insert(place, digest::of_file(&path).map_err(fail(path))?);
    }
    for place in ["layers", machines::FOLDER] {
        let inside = folder.join(place);
        for (name, digest) in digest::of_folder(&inside).map_err(fail(inside))? {
            digests.insert(format!("{place}/{name}"), digest);
        }
    }
    Ok(digests)
}
