//! The command `export`: writes a network with its weights as an ONNX file, for other programs. Independent of devices.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use networks::Network;

use crate::formula::{self, Formula};
use crate::forward::{Checkpoint, unusable_weights};
use crate::weights::Weights;

/// What is written, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Export {
    /// Network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Its state dict, as for `measure forward`; without it the weights by formula that are timed
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Seed of the formula
    #[arg(long, value_name = "N", default_value = "0", conflicts_with = "weights")]
    pub seed: u64,
    /// Scale of the formula: weights are uniform within sqrt(G / fan-in)
    #[arg(long, value_name = "G", default_value_t = formula::GAIN, conflicts_with = "weights")]
    pub gain: f64,
    /// ONNX file to write: operators of version 17, `input` [n, channels, height, width], `logits` [n, 1000] before softmax
    #[arg(long, value_name = "FILE")]
    pub onnx: PathBuf,
}

/// Runs the command.
pub fn run(arguments: &Export) -> Result<()> {
    let network = networks::find(&arguments.network)?;
    let bytes = match &arguments.weights {
        None => by_formula(&network, arguments.gain, arguments.seed, &arguments.onnx)?,
        Some(path) => {
            let origin = path.file_name().unwrap_or_default().to_string_lossy();
            let unusable = |error| unusable_weights(&network, path, &error);
            let mut weights = Checkpoint::open(path).map_err(Error::from).map_err(unusable)?;
            write(&network, &mut weights, &format!("the file {origin}"), &arguments.onnx).map_err(|error| {
                if error.downcast_ref::<crate::weights::WeightError>().is_some() { unusable(error) } else { error }
            })?
        }
    };
    println!("{}: {:.1} MB", arguments.onnx.display(), bytes as f64 / 1e6);
    Ok(())
}

/// Writes `network` with weights by formula to `path`. Returns the number of bytes.
///
/// # Errors
/// As [`write`].
pub fn by_formula(network: &Network, gain: f64, seed: u64, path: &Path) -> Result<u64> {
    let origin = format!("by formula, gain {gain}, seed {seed}");
    write(network, &mut Formula::new(network, gain, seed)?, &origin, path)
}

/// Writes `network` with `weights`, which are from `origin`, to `path`: to a file next to it first, so that `path` is never incomplete.
///
/// # Errors
/// The weights are not those of the network; ONNX excludes the network; the file cannot be written.
pub fn write(network: &Network, weights: &mut dyn Weights, origin: &str, path: &Path) -> Result<u64> {
    let name = path.file_name().context("--onnx names no file\nhint: give --onnx a file, such as network.onnx")?;
    let part = path.with_file_name(format!("{}.{}.part", name.to_string_lossy(), std::process::id()));
    let cannot = || {
        format!(
            "cannot write {}\nhint: give --onnx a file in a folder with enough space that can be written",
            path.display()
        )
    };
    let written = (|| {
        let mut file = BufWriter::new(File::create(&part).with_context(cannot)?);
        let facts = [("network", network.title), ("weights", origin)];
        let mut take = |name: &str, sizes: &[usize]| Ok(weights.take(name, sizes)?);
        let bytes = onnx::write(network, &facts, &mut take, &mut file).map_err(|error| match error {
            onnx::ExportError::Weights(error) => error,
            onnx::ExportError::Io(error) => Error::from(error).context(cannot()),
            other => other.into(),
        })?;
        weights.finish()?;
        file.flush().with_context(cannot)?;
        fs::rename(&part, path).with_context(cannot)?;
        Ok(bytes)
    })();
    if written.is_err() {
        // The error of writing is the one to report.
        fs::remove_file(&part).ok();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::WeightError;

    #[test]
    fn a_file_that_fails_leaves_neither_itself_nor_a_part() {
        struct Missing;
        impl Weights for Missing {
            fn take(&mut self, name: &str, _: &[usize]) -> Result<Vec<f32>, WeightError> {
                Err(WeightError::Missing { name: name.to_owned(), prefixed: None })
            }
            fn finish(&mut self) -> Result<(), WeightError> {
                Ok(())
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let network = networks::find("enet").expect("it is known");
        let error = write(&network, &mut Missing, "nowhere", &folder.path().join("enet.onnx")).expect_err("no weights");
        assert!(format!("{error:#}").contains("is missing"), "{error:#}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
        let error = by_formula(&network, formula::GAIN, 0, Path::new("/nowhere/enet.onnx")).expect_err("no folder");
        assert!(format!("{error:#}").contains("hint: "), "{error:#}");
    }
}
