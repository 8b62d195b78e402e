//! Whether 32-bit matrix products may have been computed with 10-bit mantissas (TF32) on NVIDIA's tensor cores. A
//! record does not state this for each product; it depends on the library that computed.

use serde_json::json;

use crate::record::{DeviceIdentity, Observation};

/// The name of the fact.
pub const NAME: &str = "tf32";

/// What is known about it; none for a device without TF32.
pub fn fact(device: &DeviceIdentity) -> Option<Observation> {
    let is_nvidia = device.kind.starts_with("cuda");
    // The library's `multi_level/definition/blueprint.rs` selects it for 32-bit products on all devices that have it.
    let value = json!("may have been used: cubek-matmul 0.3 computes 32-bit matrix products with it on tensor cores");
    (is_nvidia && !device.kind.ends_with("-f16")).then_some(Observation::Known { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_bit_numbers_on_cuda_may_be_tf32() {
        let of = |kind: &str| {
            let device = DeviceIdentity {
                kind: kind.to_owned(),
                hardware: String::new(),
                backend: String::new(),
                simulated: false,
            };
            fact(&device).is_some()
        };
        assert!(of("cuda") && of("cuda-1"));
        assert!(!of("cuda-f16") && !of("cpu") && !of("vulkan") && !of("vulkan-software"));
    }
}
