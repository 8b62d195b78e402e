//! The command `export`: writes a network with its weights as an ONNX file, for other programs. Independent of devices.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::onnx_file::{by_formula, write};
use crate::weights::WeightError;
use crate::{formula, forward};

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
    let gain = arguments.gain;
    ensure!(gain.is_finite() && gain >= 0.0, "--gain is {gain}\nhint: give --gain a number of 0 or more");
    let bytes = match &arguments.weights {
        None => by_formula(&network, gain, arguments.seed, &arguments.onnx)?,
        Some(path) => {
            let origin = path.file_name().unwrap_or_default().to_string_lossy();
            let mut weights = forward::weights(&network, path)?;
            let written = write(&network, &mut weights, &format!("the file {origin}"), &arguments.onnx);
            written.map_err(|error| match error.is::<WeightError>() {
                true => forward::unusable_weights(&network, path, &error),
                false => error,
            })?
        }
    };
    println!("{}: {:.1} MB", arguments.onnx.display(), bytes as f64 / 1e6);
    Ok(())
}
