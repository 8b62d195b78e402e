//! A network with its weights in an ONNX file. Independent of devices.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context, Error, Result};
use networks::Network;

use crate::formula::Formula;
use crate::weights::Weights;

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
    use crate::formula;
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
