//! What figures, facts and claims are drawn from: the counts, the estimates and the 2016 values, as one folder holds them.

use std::path::Path;

use crate::counts::Counts;
use crate::estimates::Estimates;
use crate::json::{self, JsonError};
use crate::reference::{Published, PublishedError};

/// The three sources.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What the networks' walks counted.
    pub counts: Counts,
    /// What was measured.
    pub estimates: Estimates,
    /// What the 2016 paper published.
    pub published: Published,
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
}

impl Inputs {
    /// Reads `counts.json`, `estimates.json` and `2016/*.csv` of `folder`.
    pub fn read(folder: &Path) -> Result<Self, InputError> {
        let inputs = Self {
            counts: json::read(&folder.join("counts.json"))?,
            estimates: json::read(&folder.join("estimates.json"))?,
            published: Published::read(&folder.join("2016"))?,
        };
        match inputs.estimates.networks().into_iter().find(|name| inputs.counts.get(name).is_none()) {
            Some(name) => Err(InputError::Uncounted(name.to_owned())),
            None => Ok(inputs),
        }
    }
}
