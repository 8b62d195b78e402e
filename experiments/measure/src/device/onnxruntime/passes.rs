//! Loading a network into a process with ONNX Runtime, passes there, and the peak rate of its matrix products.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use networks::layer::{Conv, Layer, Named};
use networks::{Family, Network, Shape};

use super::Session;
use crate::passes::{Pass, Passes};
use crate::{formula, onnx_file};

/// Logits of more images than any protocol has.
const MAX_LOGITS_BYTES: usize = 1 << 30;

/// A file that is deleted with its handle.
struct Temporary<'a>(&'a Path);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        fs::remove_file(self.0).ok();
    }
}

impl Session {
    /// Loads `network` with weights and a batch of images by formula. It passes through a file in `scratch`, which exists only meanwhile:
    /// bytes that ONNX Runtime 1.32 is given in Python stay in memory with the session.
    ///
    /// # Errors
    /// The network cannot be exported, the file cannot be written, or ONNX Runtime fails.
    pub fn load(&mut self, network: &Network, batch: u32, seed: u64, scratch: &Path) -> Result<()> {
        let elements = network.input.elements().and_then(|elements| elements.checked_mul(u64::from(batch)));
        let elements = elements.and_then(|elements| usize::try_from(elements).ok());
        let elements = elements.filter(|elements| *elements <= isize::MAX as usize / 4);
        let elements = elements.with_context(|| format!("a batch of {batch} images is too large for any memory"))?;
        let cannot = || format!("cannot use the folder {}", scratch.display());
        fs::create_dir_all(scratch).with_context(cannot)?;
        let path = scratch.canonicalize().with_context(cannot)?.join("network.onnx");
        let file = Temporary(&path);
        onnx_file::by_formula(network, formula::GAIN, seed, &path)?;
        let sent = self.send_images(&path, batch, &formula::images(seed, elements));
        // An error of the process says more than the pipe that it closed.
        self.expect("loaded")?;
        drop(file);
        sent.context("cannot write to ONNX Runtime")
    }

    fn send_images(&mut self, path: &Path, batch: u32, images: &[f32]) -> std::io::Result<()> {
        writeln!(self.input, "load {} {batch}", path.display())?;
        for part in images.chunks(1 << 14) {
            self.input.write_all(&part.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        }
        self.input.flush()
    }

    fn request(&mut self, line: &str) -> Result<String> {
        // If the process has ended, its closed output shows it.
        self.input.write_all(line.as_bytes()).and_then(|()| self.input.flush()).ok();
        self.line()
    }

    /// Loads a convolution of 1x1 with `channels` inputs and outputs over a map with this side: a matrix product as networks have them.
    /// Returns its operations.
    pub fn load_product(&mut self, channels: usize, side: usize, scratch: &Path) -> Result<f64> {
        let conv = Conv {
            inputs: channels,
            outputs: channels,
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0, 0],
            extra_padding: [0, 0],
            dilation: [1, 1],
            groups: 1,
            bias: false,
        };
        let layers = vec![Named { name: "product".to_owned(), layer: Layer::Conv(conv) }];
        let input = Shape::Map(channels, side, side);
        let network = Network { name: "product", title: "Product", family: Family::Nin, reference: "", input, layers };
        self.load(&network, 1, 0, scratch)?;
        Ok(2.0 * (side * side) as f64 * (channels as f64).powi(2))
    }
}

impl Passes for Session {
    fn pass(&mut self) -> Result<Pass> {
        let line = self.request("pass\n")?;
        let times = line.split_once(' ').and_then(|(began, ended)| Some((began.parse().ok()?, ended.parse().ok()?)));
        let (began, ended) =
            times.with_context(|| format!("ONNX Runtime's process wrote {line:?}, expected two times"))?;
        Ok(Pass { began, ended })
    }

    fn logits(&mut self) -> Result<Vec<f32>> {
        let length: usize = self.request("logits\n")?.parse().context("ONNX Runtime's process wrote no length")?;
        ensure!(length <= MAX_LOGITS_BYTES, "ONNX Runtime's process wrote {length} bytes of logits");
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).context("cannot read from ONNX Runtime")?;
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
    }
}
