//! The command `forward`: computes the logits of the images in one file with the weights in another, and writes them to a third. Independent of time and protocols.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};
use burn::tensor::{Tensor, TensorData};
use networks::{Network, Shape};
use safetensors::tensor::{Dtype, TensorView};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::device::{Device, Precision};
use crate::model::{Model, Operators};
use crate::weights::{WeightError, Weights};

/// The files of the computation.
#[derive(clap::Args, Clone, Debug)]
pub struct Forward {
    /// Network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Its state dict: a safetensors or PyTorch file
    ///
    /// Of 16, 32 or 64-bit floats; PyTorch's files are read without executing anything. The state dict must have exactly the tensors of
    /// the network. Auxiliary heads and `*.num_batches_tracked` are ignored, and prefixes such as `module.` are stripped.
    #[arg(long, value_name = "FILE")]
    pub weights: PathBuf,
    /// Images: a safetensors file with the tensor `input` [n, channels, height, width]
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// File to write the tensor `logits` [n, 1000] to, before softmax
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Runs the command on the CPU.
pub fn run(arguments: &Forward) -> Result<()> {
    let network = networks::find(&arguments.network)?;
    networks::shapes(&network)?;
    let (device, operators) = (Device::Cpu.open(Precision::F32)?, Operators::of(Device::Cpu, Precision::F32, None));
    // The images first: they are small, and a wrong shape is found before the weights are read.
    let (values, shape) = images(&network, &arguments.input).map_err(|error| {
        let hint = "give --input a file with a tensor `input` [n, channels, height, width]";
        unusable("images", &arguments.input, &error, hint.to_owned())
    })?;
    Model::check(&network, shape[0], operators)?;
    let model = model(&network, &arguments.weights, &device, operators)?;
    let input: Tensor<4> = Tensor::from_data(TensorData::new(values, shape), &device);
    let logits = model.forward(input);
    let shape = logits.dims();
    let values = logits.into_data().try_to_vec::<f32>().context("cannot read the logits from the device")?;
    write(&arguments.output, "logits", &shape, &values).with_context(|| {
        format!(
            "cannot write {}\nhint: give --output a file in a folder that can be written",
            arguments.output.display()
        )
    })
}

/// The network with the weights in a file.
///
/// # Errors
/// The file is not usable, or not of this network; the error has the remedy.
pub(crate) fn model(
    network: &Network,
    file: &Path,
    device: &burn::tensor::Device,
    operators: Operators,
) -> Result<Model> {
    let model = Model::build(network, &mut weights(network, file)?, device, operators);
    model.map_err(|error| unusable_weights(network, file, &error.into()))
}

/// The weights in a file. Prints what was changed to read them.
///
/// # Errors
/// The file is not usable; the error has the remedy.
pub(crate) fn weights(network: &Network, file: &Path) -> Result<Checkpoint> {
    let weights = Checkpoint::open(file).map_err(|error| unusable_weights(network, file, &error.into()))?;
    weights.remarks().iter().for_each(|remark| eprintln!("note: {}: {remark}", file.display()));
    Ok(weights)
}

/// An error about the file of a network's weights.
pub(crate) fn unusable_weights(network: &Network, file: &Path, error: &Error) -> Error {
    let name = network.name;
    let hint = format!("give --weights the state dict of {name}; `networks show {name}` prints its layers");
    unusable("weights", file, error, hint)
}

/// An error about the file of `what`, with the remedy that its content shows, or else with `hint`.
fn unusable(what: &str, file: &Path, error: &Error, hint: String) -> Error {
    let of_file = error.downcast_ref::<CheckpointError>().and_then(CheckpointError::remedy).map(str::to_owned);
    let of_tensor = error.downcast_ref::<WeightError>().and_then(WeightError::remedy);
    let hint = of_file.or(of_tensor).unwrap_or(hint);
    anyhow!("cannot use the {what} in {}: {error:#}\nhint: {hint}", file.display())
}

/// The images of a file and their shape.
fn images(network: &Network, path: &Path) -> Result<(Vec<f32>, [usize; 4])> {
    let Shape::Map(channels, height, width) = network.input else { bail!("network {} takes no images", network.name) };
    let mut file = Checkpoint::open(path)?;
    let found = file.shape("input")?;
    let expected = format!("[n, {channels}, {height}, {width}]");
    let shape = match *found {
        [n, c, h, w] if n > 0 && (c, h, w) == (channels, height, width) => [n, c, h, w],
        _ => bail!("tensor `input` has shape {found:?}, {} expects {expected}", network.name),
    };
    let values = file.take("input", &shape)?;
    file.finish()?;
    Ok((values, shape))
}

/// Writes one tensor of f32 values in row-major order to `path`.
fn write(path: &Path, name: &str, shape: &[usize], values: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes)?;
    std::fs::write(path, safetensors::serialize([(name, view)], None)?)?;
    Ok(())
}
