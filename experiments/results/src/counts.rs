//! What the walks over the networks counted, as the step `counts` stores it (`counts.json`).

use serde::{Deserialize, Serialize};

use crate::peak_rates::PeakRates;

/// All networks, in the order of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// One entry a network.
    pub networks: Vec<NetworkCounts>,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCounts {
    /// For example `resnet-18`.
    pub name: String,
    /// For example `ResNet-18`.
    pub title: String,
    /// For example `resnet`; one hue a family.
    pub family: String,
    /// Where it is published.
    pub reference: String,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of convolutions and fully connected layers for one image, groups honoured.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, but at the input size and with the groups that are
    /// timed (it counted AlexNet at 224, not 227, and without its groups).
    pub operations_2016: u64,
    /// Elements of activations alive at most in the forward pass of one image, the image included; of whatever width.
    pub activations: u64,
    /// Elements of all tensors, running statistics included: what a pass reads once, whatever its batch.
    pub weights: u64,
    /// Elements that the layers together read and write for one image, each its input and its output once.
    pub moved: u64,
    /// The work of each layer, in the order of execution.
    pub layers: Vec<LayerWork>,
}

/// What one layer computes and moves for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerWork {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Elements of its tensors, read once a pass.
    pub weights: u64,
    /// Elements that it reads and writes.
    pub moved: u64,
}

/// The shortest time of an image that a roofline allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// All layers [s].
    pub time: f64,
    /// The part of it in layers that memory bounds [s].
    pub in_memory_bound_layers: f64,
}

/// Bytes of a number on a device of that kind: 32-bit floating point unless its name ends in another.
pub fn bytes_per_number(kind: &str) -> f64 {
    if kind.ends_with("-f16") { 2.0 } else { 4.0 }
}

impl NetworkCounts {
    /// Operations of arithmetic for one image: two a multiply-accumulate.
    pub fn arithmetic(&self) -> f64 {
        2.0 * self.macs as f64
    }

    /// Bytes that a pass moves for each of its `batch` images, if each layer reads its weights once a pass and reads and writes its
    /// activations in memory, in numbers of `width` bytes. Caches and fused layers move less.
    pub fn bytes(&self, batch: u32, width: f64) -> f64 {
        width * (self.weights as f64 / f64::from(batch) + self.moved as f64)
    }

    /// Operations for each byte moved, at that batch.
    pub fn intensity(&self, batch: u32, width: f64) -> f64 {
        self.arithmetic() / self.bytes(batch, width)
    }

    /// The shortest time of an image under these peaks (the roofline of Williams, Waterman and Patterson, 2009): the layers run one
    /// after the other, so it is the sum over the layers of their arithmetic or their traffic, whichever takes longer.
    pub fn bound(&self, batch: u32, width: f64, peaks: PeakRates) -> Bound {
        self.layers.iter().fold(Bound { time: 0.0, in_memory_bound_layers: 0.0 }, |sum, layer| {
            let arithmetic = 2.0 * layer.macs as f64 / peaks.operations_per_second;
            let bytes = width * (layer.weights as f64 / f64::from(batch) + layer.moved as f64);
            let traffic = bytes / peaks.bytes_per_second;
            let waiting = if traffic > arithmetic { traffic } else { 0.0 };
            Bound {
                time: sum.time + arithmetic.max(traffic),
                in_memory_bound_layers: sum.in_memory_bound_layers + waiting,
            }
        })
    }
}

impl Counts {
    /// The entry of a network, or none.
    pub fn get(&self, name: &str) -> Option<&NetworkCounts> {
        self.networks.iter().find(|network| network.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(layers: &[LayerWork]) -> NetworkCounts {
        let sum = |of: fn(&LayerWork) -> u64| layers.iter().map(of).sum();
        NetworkCounts {
            name: String::new(),
            title: String::new(),
            family: String::new(),
            reference: String::new(),
            input: [1, 1, 1],
            parameters: sum(|layer| layer.weights),
            macs: sum(|layer| layer.macs),
            operations_2016: 0,
            activations: 0,
            weights: sum(|layer| layer.weights),
            moved: sum(|layer| layer.moved),
            layers: layers.to_vec(),
        }
    }

    fn layer(macs: u64, weights: u64, moved: u64) -> LayerWork {
        LayerWork { macs, weights, moved }
    }

    #[test]
    fn a_product_of_a_matrix_and_a_vector_has_half_an_operation_a_byte_and_a_batch_raises_it() {
        // 1000 x 1000 weights in numbers of four bytes: two operations for each of them, and next to nothing else to move.
        let product = network(&[layer(1_000_000, 1_000_000, 2_000)]);
        assert!((product.intensity(1, 4.0) - 0.5).abs() < 0.002);
        assert!((product.intensity(64, 4.0) / product.intensity(1, 4.0) - 56.9).abs() < 0.1);
        assert!((product.intensity(1, 2.0) / product.intensity(1, 4.0) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_bound_adds_what_each_layer_waits_for() {
        let peaks = PeakRates::best(1e9, 1e9);
        // 2 ms of arithmetic, then 4 ms of reading: neither hides behind the other, as it would in one quotient of sums.
        let network = network(&[layer(1_000_000, 0, 10), layer(10, 1_000_000, 0)]);
        let bound = network.bound(1, 4.0, peaks);
        assert!((bound.time - 6e-3).abs() < 1e-12 && (bound.in_memory_bound_layers - 4e-3).abs() < 1e-12, "{bound:?}");
        // The weights are read once for eight images.
        assert!((network.bound(8, 4.0, peaks).time - 2.5e-3).abs() < 1e-12);
    }
}
