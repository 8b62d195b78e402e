//! How a picture becomes the input of a network with certain weights. It belongs to the weights, not to the network: the same network has
//! several published ones, which differ in it.

mod published;

use serde::Serialize;

use crate::crop::Size;
use crate::normalise::normalise;
use crate::picture::{CHANNELS, Picture};
use crate::resample::{Filter, resample};

pub use published::PUBLISHED;

/// Resize of the shorter side, crop of the centre, then `(p / 255 - mean) / deviation` of red, green and blue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preprocessing {
    /// The weights that it belongs to, for example `torchvision/resnet50/IMAGENET1K_V2`.
    pub name: &'static str,
    /// The network that has them.
    #[serde(skip)]
    pub network: &'static str,
    /// The first digits of the SHA-256 of the published file, which its name has; empty where there is no such name.
    #[serde(skip)]
    pub file: &'static str,
    /// Pixels of the shorter side after resizing.
    pub resize: u32,
    /// Filter of the resizing, with antialiasing.
    pub filter: Filter,
    /// Pixels of a side of the crop, and of the network's input.
    pub crop: u32,
    /// Subtracted from red, green and blue as numbers from 0 to 1.
    pub mean: [f32; CHANNELS],
    /// Divisor of the difference.
    pub deviation: [f32; CHANNELS],
    /// Where this is published.
    pub source: &'static str,
}

/// How the preprocessing of a file of weights was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// By the digest of the file.
    Digest,
    /// By the name that the caller gave.
    Name,
}

/// Why there is no preprocessing. Worded to follow the name of the file of weights.
#[derive(Debug, thiserror::Error)]
pub enum PreprocessingError {
    /// The file is not a published one.
    #[error("it is not a published file of {network}, so its preprocessing is unknown\nhint: {}", hint(.names))]
    Unknown {
        /// The network.
        network: String,
        /// What can be given.
        names: Vec<&'static str>,
    },
    /// There is no such name.
    #[error("there is no preprocessing `{asked}` for inputs of {side} pixels\nhint: {}", hint(.names))]
    Name {
        /// The name.
        asked: String,
        /// The size of the network's input.
        side: u32,
        /// What can be given.
        names: Vec<&'static str>,
    },
    /// The file is known to need another one.
    #[error("by its digest, its preprocessing is `{known}`, not `{asked}`\nhint: omit --preprocessing")]
    Other {
        /// That of the file.
        known: &'static str,
        /// The name.
        asked: String,
    },
}

fn hint(names: &[&str]) -> String {
    match names {
        [] => "no published weights have inputs of that size".to_owned(),
        _ => format!("give --preprocessing with the one that the network was trained for: {}", names.join(", ")),
    }
}

impl Preprocessing {
    /// That of the weights with the SHA-256 `digest` (hexadecimal) for `network` with inputs of `side` pixels, or the one
    /// called `asked`. Nothing is guessed.
    ///
    /// # Errors
    /// The file is not a published one and no name is given, the name does not exist, or it contradicts the digest.
    pub fn of(
        network: &str,
        side: u32,
        digest: &str,
        asked: Option<&str>,
    ) -> Result<(&'static Self, Found), PreprocessingError> {
        let fitting = || PUBLISHED.iter().filter(move |row| row.crop == side);
        let known =
            fitting().find(|row| row.network == network && !row.file.is_empty() && digest.starts_with(row.file));
        let Some(asked) = asked else {
            let own: Vec<_> = fitting().filter(|row| row.network == network).map(|row| row.name).collect();
            let names = if own.is_empty() { fitting().map(|row| row.name).collect() } else { own };
            let unknown = || PreprocessingError::Unknown { network: network.to_owned(), names };
            return known.map(|row| (row, Found::Digest)).ok_or_else(unknown);
        };
        match (known, fitting().find(|row| row.name == asked)) {
            (Some(known), _) if known.name != asked => {
                Err(PreprocessingError::Other { known: known.name, asked: asked.to_owned() })
            }
            (_, Some(row)) => Ok((row, Found::Name)),
            (_, None) => {
                let names = fitting().map(|row| row.name).collect();
                Err(PreprocessingError::Name { asked: asked.to_owned(), side, names })
            }
        }
    }

    /// Number of elements of an input.
    pub fn elements(&self) -> usize {
        CHANNELS * (self.crop * self.crop) as usize
    }

    /// Writes the input `[3, crop, crop]` made from a picture to `out`. False if the picture is so narrow that its size after
    /// resizing cannot be expressed.
    ///
    /// # Panics
    /// `out` does not have [`Preprocessing::elements`].
    pub fn apply(&self, picture: &Picture, out: &mut [f32]) -> bool {
        let size = Size { width: picture.width(), height: picture.height() };
        let resized = size.resized(self.resize);
        let window = resized.and_then(|resized| Some((resized, resized.centre(self.crop)?)));
        let Some(cropped) = window.and_then(|(to, window)| resample(picture, to, self.filter, window)) else {
            return false;
        };
        normalise(&cropped, self.mean, self.deviation, out);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_file_is_recognised_by_its_digest() {
        let of = |digest, asked| Preprocessing::of("resnet-50", 224, digest, asked);
        let (first, how) =
            of("0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", None).expect("it is known");
        assert_eq!((first.resize, how), (256, Found::Digest));
        let (second, _) =
            of("11ad3fa62ac3d6dbc2eb9ac3d3cb4f7b1bbf2b1ea13d0d5c8d1d0a1a4a5e5d6f", None).expect("it is known");
        assert_eq!(second.resize, 232);
        let contradicted = of("0676ba61", Some("torchvision/resnet50/IMAGENET1K_V2"));
        assert!(matches!(contradicted, Err(PreprocessingError::Other { .. })), "{contradicted:?}");
    }

    #[test]
    fn nothing_is_guessed_for_another_file() {
        let unknown = Preprocessing::of("resnet-50", 224, "00", None).expect_err("it is unknown").to_string();
        assert!(unknown.contains("\nhint: ") && unknown.ends_with("IMAGENET1K_V1, torchvision/resnet50/IMAGENET1K_V2"));
        let (row, how) =
            Preprocessing::of("enet", 224, "00", Some("torchvision/resnet18/IMAGENET1K_V1")).expect("a name");
        assert_eq!((row.resize, how), (256, Found::Name));
        // The paper's AlexNet and torchvision's have inputs of different sizes.
        let wrong = Preprocessing::of("alexnet", 227, "00", Some("torchvision/alexnet/IMAGENET1K_V1"));
        assert!(wrong.expect_err("another size").to_string().ends_with("trained for: references/classification/227"));
        let (row, _) = Preprocessing::of("alexnet", 227, "00", Some("references/classification/227")).expect("a name");
        assert_eq!((row.resize, row.crop), (256, 227));
        let none = Preprocessing::of("other", 64, "00", None);
        assert!(none.expect_err("no inputs of that size").to_string().contains("\nhint: no published weights"));
    }

    #[test]
    fn a_picture_of_one_column_is_an_input_and_names_are_unique() {
        let row = &PUBLISHED[0];
        let narrow = Picture::new(1, 5000, vec![7; 15_000]).expect("a picture");
        let mut out = vec![0.0; row.elements()];
        assert!(row.apply(&narrow, &mut out) && out.iter().all(|value| value.is_finite()));
        for (index, row) in PUBLISHED.iter().enumerate() {
            assert!(PUBLISHED[..index].iter().all(|other| other.name != row.name), "{}", row.name);
        }
    }
}
