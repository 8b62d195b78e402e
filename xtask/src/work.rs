//! Rough time and memory of a point that was never measured, from the layers of its network.

use std::time::Duration;

use networks::{Network, NetworkError};

use crate::device::Precision;
use crate::hardware::Bytes;
use crate::protocol::Protocol;

/// Assumed speed of the processor, in operations per second.
const OPERATIONS_PER_SECOND: f64 = 40e9;
/// Time to measure the peak rates of the device [s].
const PEAK_RATES: f64 = 1.0;
/// Time to start a process and build a network in it [s].
const PROCESS: f64 = 0.5;

/// The work of one forward pass of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Multiply-accumulates for one image.
    macs: u64,
    /// Elements of all weight tensors.
    weights: u64,
    /// Maximum number of activations alive at once, for one image.
    activations: u64,
}

impl Work {
    /// The work of a network, or an error when its layers cannot be counted.
    pub fn of(network: &Network) -> Result<Self, NetworkError> {
        let layers = networks::costs(network)?;
        Ok(Self {
            macs: layers.iter().map(|layer| layer.macs).sum(),
            weights: layers.iter().map(|layer| layer.weights).sum(),
            activations: networks::activations(network)?.elements,
        })
    }

    /// Duration of a point: the passes that the protocol requires, at 40 billion operations per second.
    pub fn time(&self, protocol: &Protocol, batch: u32) -> Duration {
        let pass = 2.0 * self.macs as f64 * f64::from(batch) / OPERATIONS_PER_SECOND;
        let constant = |name: &str| protocol.point.get(name);
        let warm_up = (constant("warm-up-runs") * pass).max(constant("warm-up-seconds"));
        let wanted = (constant("samples") * pass).max(constant("window-seconds"));
        let samples = wanted.min(constant("enough-seconds").max(constant("min-samples") * pass));
        let process = PROCESS + pass + warm_up + samples;
        Duration::try_from_secs_f64(PEAK_RATES + constant("processes").max(1.0) * process).unwrap_or(Duration::MAX)
    }

    /// Duration of an accuracy over this number of pictures, which are decoded meanwhile.
    pub fn classifying(&self, pictures: u64) -> Duration {
        let passes = 2.0 * self.macs as f64 * pictures as f64 / OPERATIONS_PER_SECOND;
        Duration::try_from_secs_f64(PROCESS + passes).unwrap_or(Duration::MAX)
    }

    /// Peak memory of a pass in this precision: all weights, and the activations alive at once.
    pub fn memory(&self, batch: u32, precision: Precision) -> Bytes {
        let passing = self.activations.saturating_mul(u64::from(batch));
        Bytes(self.weights.saturating_add(passing).saturating_mul(precision.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol;
    use std::path::Path;

    fn work(name: &str) -> Work {
        Work::of(&networks::find(name).unwrap()).unwrap()
    }

    #[test]
    fn memory_is_that_of_weights_and_live_activations() {
        // VGG-16 has 138,357,544 parameters (torchvision's table of models). Its second convolution reads and writes 64
        // maps of 224 by 224, while the three channels of the image are still alive.
        let alive = (64 + 64 + 3) * 224 * 224;
        let bytes = |batch, precision| work("vgg-16").memory(batch, precision);
        assert_eq!(bytes(1, Precision::F32), Bytes(4 * (138_357_544 + alive)));
        assert_eq!(bytes(64, Precision::F32), Bytes(4 * (138_357_544 + 64 * alive)));
        assert_eq!(bytes(64, Precision::F16), Bytes(2 * (138_357_544 + 64 * alive)));
        assert_eq!(bytes(u32::MAX, Precision::F32).0, 4 * (138_357_544 + u64::from(u32::MAX) * alive));
    }

    #[test]
    fn an_accuracy_takes_one_pass_for_each_picture() {
        // torchvision's table of models: 4.09 billion multiply-accumulates, here with those of the pools and the last layer.
        let hours = work("resnet-50").classifying(50_000).as_secs_f64() / 3600.0;
        assert!((2.6..3.1).contains(&hours), "{hours}");
        assert_eq!(work("resnet-50").classifying(0).as_secs_f64(), PROCESS);
    }

    #[test]
    fn time_is_that_of_the_passes_that_the_protocol_requires() {
        let protocols = protocol::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let quick = &protocols["quick"];
        // 15.47 billion multiply-accumulates (the table of arXiv:1409.1556 as networks counts it) take 0.77 s.
        let vgg = work("vgg-16");
        let pass = 2.0 * vgg.macs as f64 / 40e9;
        assert!((0.75..0.8).contains(&pass), "{pass}");
        // One first pass, two warm-up passes, and the minimum of five samples, which take longer than `enough-seconds`.
        let one = vgg.time(quick, 1).as_secs_f64();
        assert!((one - (1.5 + 8.0 * pass)).abs() < 1e-6, "{one}");
        // AlexNet's ten samples take less than the minimum window of one second.
        let small = work("alexnet");
        let short = 2.0 * small.macs as f64 / 40e9;
        let one = small.time(quick, 1).as_secs_f64();
        assert!((one - (1.5 + short + 0.2 + 1.0)).abs() < 1e-6, "{one}");
        let five = small.time(&protocols["paper"], 1).as_secs_f64();
        assert!((five - (1.0 + 5.0 * (0.5 + short + 2.0 + 4.0))).abs() < 1e-6, "{five}");
    }
}
