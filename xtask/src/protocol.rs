//! The protocols of measurement, read from `experiments/protocols.toml`. Only the names of constants matter here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Their file, relative to the top of the checkout.
pub const FILE: &str = "experiments/protocols.toml";

/// How points are measured.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Batch sizes, one point each.
    pub batches: Vec<u32>,
    /// The seed of weights and images.
    pub seed: u64,
    /// Sessions of each point: measurements apart in time, one per run.
    pub sessions: u32,
    /// Flags of `measure point`.
    pub point: Constants,
    /// The networks that are timed layer by layer.
    pub layers: Layers,
}

/// How networks are timed layer by layer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Layers {
    /// Names of networks.
    pub networks: Vec<String>,
    /// The batch size.
    pub batch: u32,
    /// Flags of `measure layers`.
    #[serde(flatten)]
    pub constants: Constants,
}

/// Why the protocols cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}\nhint: {hint}", path.display())]
pub struct ProtocolError {
    path: PathBuf,
    problem: String,
    hint: String,
}

/// All protocols by name.
pub fn read(root: &Path) -> Result<BTreeMap<String, Protocol>, ProtocolError> {
    let path = root.join(FILE);
    let text = fs::read_to_string(&path).map_err(|error| {
        let hint = format!("`git checkout -- {FILE}` restores it; after a sparse checkout, `git sparse-checkout disable` gets all files");
        ProtocolError { path: path.clone(), problem: error.to_string(), hint }
    })?;
    parse(&text).map_err(|problem| ProtocolError {
        path,
        problem,
        hint: format!("`git diff {FILE}` shows what changed"),
    })
}

fn parse(text: &str) -> Result<BTreeMap<String, Protocol>, String> {
    let protocols: BTreeMap<String, Protocol> = toml::from_str(text).map_err(|error| error.to_string())?;
    for (name, protocol) in &protocols {
        if protocol.layers.batch == 0 {
            return Err(format!("field `{name}.layers.batch`: expected at least one image"));
        }
        if protocol.sessions == 0 {
            return Err(format!("field `{name}.sessions`: expected at least one"));
        }
        if protocol.batches.is_empty() || protocol.batches.contains(&0) {
            return Err(format!("field `{name}.batches`: expected at least one batch, each at least 1"));
        }
        if !protocol.batches.is_sorted_by(|one, next| one < next) {
            return Err(format!("field `{name}.batches`: expected each batch once, in ascending order"));
        }
    }
    Ok(protocols)
}

/// Flags of a program, by name without dashes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Constants(pub BTreeMap<String, f64>);

impl Constants {
    /// The arguments.
    pub fn arguments(&self) -> Vec<String> {
        self.0.iter().flat_map(|(name, value)| [format!("--{name}"), value.to_string()]).collect()
    }

    /// A constant by name; zero when the protocol does not set it.
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_protocols_are_read_and_paper_is_more_thorough_than_quick() {
        let protocols = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let (quick, paper) = (&protocols["quick"], &protocols["paper"]);
        assert_eq!(quick.batches, [1, 2, 4, 8, 16]);
        assert_eq!(paper.batches, [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!((quick.sessions, paper.sessions), (1, 2));
        assert!(quick.point.0.keys().eq(paper.point.0.keys()));
    }

    #[test]
    fn a_missing_file_is_named_with_the_commands_that_restore_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("experiments/protocols.toml: No such file") && error.contains("\nhint: "), "{error}");
        assert!(error.contains("`git checkout -- experiments/protocols.toml`"), "{error}");
        assert!(error.contains("`git sparse-checkout disable`"), "{error}");
    }

    #[test]
    fn a_constant_is_an_argument_of_the_same_name() {
        let protocols = parse("[p]\nbatches = [1]\nseed = 3\nsessions = 1\n[p.point]\nsamples = 10\nwindow-seconds = 0.5\n[p.layers]\nnetworks = [\"a\"]\nbatch = 2\nseconds = 3\n").unwrap();
        assert_eq!(protocols["p"].point.arguments(), ["--samples", "10", "--window-seconds", "0.5"]);
        assert_eq!(protocols["p"].layers.constants.arguments(), ["--seconds", "3"]);
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (text, field) in [
            (
                "[p]\nbatches = [1]\nseed = 1\nsessions = 0\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 1\n",
                "p.sessions",
            ),
            ("[p]\nbatches = [1]\nseed = 1\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 1\n", "sessions"),
            (
                "[p]\nbatches = []\nseed = 1\nsessions = 1\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 1\n",
                "p.batches",
            ),
            (
                "[p]\nbatches = [2, 1]\nseed = 1\nsessions = 1\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 1\n",
                "p.batches",
            ),
            ("[p]\nbatches = [1]\nsede = 1\nsessions = 1\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 1\n", "sede"),
            (
                "[p]\nbatches = [1]\nseed = 1\nsessions = 1\n[p.point]\nsamples = \"ten\"\n[p.layers]\nnetworks = []\nbatch = 1\n",
                "samples",
            ),
            (
                "[p]\nbatches = [1]\nseed = 1\nsessions = 1\n[p.point]\n[p.layers]\nnetworks = []\nbatch = 0\n",
                "p.layers.batch",
            ),
            ("[p]\nbatches = [1]\nseed = 1\nsessions = 1\n[p.point]\n[p.layers]\nbatch = 1\n", "networks"),
        ] {
            assert!(parse(text).unwrap_err().contains(field), "{text}: {}", parse(text).unwrap_err());
        }
    }
}
