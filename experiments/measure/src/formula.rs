//! Weights and images from a formula: splitmix64 over the FNV-1a hash of a tensor's name. The values are the same on every machine and
//! in every language, so two implementations can be compared without exchanging files. Independent of devices.

use std::collections::BTreeMap;

use networks::{Network, NetworkError, Role};

use crate::weights::{WeightError, Weights};

/// The gain of timed networks. Uniform values within sqrt(6 / fan_in) have the variance 2 / fan_in, with which rectified activations
/// keep their size from layer to layer (arXiv:1502.01852, Section 2.2). So there is no overflow and there are no denormal numbers, which
/// processors multiply slowly.
pub const GAIN: f64 = 6.0;

/// The tensors of one network by formula.
pub struct Formula {
    roles: BTreeMap<String, Role>,
    gain: f64,
    seed: u64,
}

impl Formula {
    /// Convolution and linear weights are uniform within `sqrt(gain / fan_in)`. Seed 0 gives the values of the oracle; another seed gives
    /// other values of the same distribution.
    pub fn new(network: &Network, gain: f64, seed: u64) -> Result<Self, NetworkError> {
        let roles = networks::tensors(network)?.into_iter().map(|tensor| (tensor.name, tensor.role)).collect();
        Ok(Self { roles, gain, seed })
    }
}

impl Weights for Formula {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        let role =
            *self.roles.get(name).ok_or_else(|| WeightError::Missing { name: name.to_owned(), prefixed: None })?;
        let value = |u: f64| match role {
            Role::Weight { fan_in } => (2.0 * u - 1.0) * (self.gain / fan_in as f64).sqrt(),
            Role::Bias => (2.0 * u - 1.0) * 0.05,
            Role::NormWeight => 0.5 + 0.5 * u,
            Role::NormBias | Role::NormMean => (2.0 * u - 1.0) * 0.1,
            Role::NormVariance => 0.75 + 0.5 * u,
            Role::Slope => 0.1 + 0.3 * u,
            Role::Scale => 0.25 + 0.5 * u,
            Role::Embedding => (2.0 * u - 1.0) * 0.5,
        };
        Ok(uniform(name, self.seed, shape.iter().product()).map(|u| value(u) as f32).collect())
    }

    fn finish(&mut self) -> Result<(), WeightError> {
        Ok(())
    }
}

/// Images in [-1, 1), row-major.
pub fn images(seed: u64, elements: usize) -> Vec<f32> {
    uniform("input", seed, elements).map(|u| (2.0 * u - 1.0) as f32).collect()
}

/// The first `elements` values of the tensor `name`, each in [0, 1).
pub(crate) fn uniform(name: &str, seed: u64, elements: usize) -> impl Iterator<Item = f64> + use<> {
    let start = fnv1a(name.as_bytes()) ^ seed;
    (0..elements as u64).map(move |k| (splitmix64(start.wrapping_add(k)) >> 40) as f64 / (1u64 << 24) as f64)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn splitmix64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From tests/oracle/README.md.
    #[test]
    fn the_generator_gives_the_check_values_of_the_oracle() {
        assert_eq!(fnv1a(b"input"), 0x1ebb_ae8f_5810_b65b);
        let first: Vec<f64> = uniform("input", 0, 4).collect();
        assert_eq!(first, [0.09781831502914429, 0.14747858047485352, 0.5740844011306763, 0.8527277708053589]);
        assert_eq!(uniform("conv1.weight", 0, 1).next(), Some(0.5450749397277832));
    }

    #[test]
    fn another_seed_gives_other_values() {
        assert_ne!(images(0, 8), images(1, 8));
    }
}
