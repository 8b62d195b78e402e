//! The file `accuracy.json`: how many pictures of a data set a network with certain weights classifies correctly. Files from outside are not
//! trusted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::{self, JsonError};
use crate::record::DeviceIdentity;
use crate::statistics::proportion;

/// Version of the layout.
const SCHEMA: u32 = 1;

/// The accuracy of a network, and everything that decides it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Version of the layout.
    pub schema: u32,
    /// Name of the network.
    pub network: String,
    /// What computed the logits. Other devices give other last digits.
    pub device: DeviceIdentity,
    /// Pictures in one forward pass.
    pub batch: u32,
    /// SHA-256 of the file of weights.
    pub weights_sha256: String,
    /// From picture to input, as `images::Preprocessing`; `found` says how it was chosen.
    pub preprocessing: Value,
    /// The decoder of JPEG.
    pub decoder: Decoder,
    /// The pictures.
    pub images: DataSet,
    /// Whether the class with the largest logit is right; the first one of equals.
    pub top_1: Score,
    /// Whether one of the five classes with the largest logits is right; the first ones of equals.
    pub top_5: Score,
}

/// The decoder of JPEG.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoder {
    /// Its name and version.
    pub name: String,
    /// How its pixels agree with those of torchvision, in words.
    pub agreement: String,
    /// Files with errors that were tolerated, as Pillow does.
    pub lenient: Vec<String>,
}

/// A set of pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// Number of pictures.
    pub pictures: u64,
    /// SHA-256 of the lines `SHA256 CLASS PATH` of all pictures, sorted by path.
    pub sha256: String,
}

/// A number of correct pictures, and what it says about all pictures of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Pictures that are right.
    pub correct: u64,
    /// Their share, 0 to 1.
    pub share: f64,
    /// Lower end of the share's 95 % interval, by Wilson.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccuracyError {
    /// It cannot be read.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It contradicts itself.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Score {
    /// The score of `correct` of `pictures`. None without pictures, or with more correct ones.
    pub fn of(correct: u64, pictures: u64) -> Option<Self> {
        let share = proportion(correct as f64 / pictures as f64, pictures as f64)?;
        Some(Self { correct, share: share.value, low: share.low, high: share.high })
    }
}

impl Accuracy {
    /// The present version of the layout.
    pub const SCHEMA: u32 = SCHEMA;

    /// Reads `path` and checks that the scores follow from the counts.
    ///
    /// # Errors
    /// It cannot be read, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self, AccuracyError> {
        let accuracy: Self = json::read(path)?;
        match accuracy.problem() {
            None => Ok(accuracy),
            Some(problem) => Err(AccuracyError::Content { path: path.to_owned(), problem }),
        }
    }

    fn problem(&self) -> Option<String> {
        let pictures = self.images.pictures;
        let follows = |score: &Score| Score::of(score.correct, pictures).as_ref() == Some(score);
        if self.schema != SCHEMA {
            Some(format!("version {} is not supported, expected {SCHEMA}", self.schema))
        } else if !follows(&self.top_1) || !follows(&self.top_5) {
            Some(format!("its scores do not follow from the counts of {pictures} pictures"))
        } else if self.top_1.correct > self.top_5.correct {
            Some("more pictures are right in one class than in five".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accuracy() -> Accuracy {
        let device = DeviceIdentity {
            kind: "cpu".to_owned(),
            hardware: "a processor".to_owned(),
            backend: "kernels".to_owned(),
            simulated: false,
        };
        let decoder = Decoder { name: "x".to_owned(), agreement: "y".to_owned(), lenient: Vec::new() };
        Accuracy {
            schema: SCHEMA,
            network: "resnet-18".to_owned(),
            device,
            batch: 16,
            weights_sha256: "00".to_owned(),
            preprocessing: Value::Null,
            decoder,
            images: DataSet { name: "z".to_owned(), pictures: 50_000, sha256: "00".to_owned() },
            top_1: Score::of(34_879, 50_000).expect("a score"),
            top_5: Score::of(44_539, 50_000).expect("a score"),
        }
    }

    fn written(accuracy: &Accuracy) -> Result<Accuracy, AccuracyError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("accuracy.json");
        json::write(&path, accuracy).expect("a writable folder");
        Accuracy::read(&path)
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        assert_eq!(written(&accuracy()).expect("it is valid"), accuracy());
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let refused = |expected: &str, change: &dyn Fn(&mut Accuracy)| {
            let mut file = accuracy();
            change(&mut file);
            let error = written(&file).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        };
        refused("version 2", &|file| file.schema = 2);
        refused("do not follow", &|file| file.top_1.correct += 1);
        refused("do not follow", &|file| file.images.pictures += 1);
        refused("more pictures", &|file| file.top_5 = Score::of(34_878, 50_000).expect("a score"));
    }
}
