//! Whether products of 32-bit numbers may have been made of numbers with 10 bits after the point (TF32), which NVIDIA's tensor cores take. A
//! record does not state it for each product; the library that measured determines it.

use serde_json::json;

use crate::record::{DeviceIdentity, Observation};

/// The name of the fact.
pub const NAME: &str = "tf32";

/// What is known of it; none of a device that has no such numbers.
pub fn fact(device: &DeviceIdentity) -> Option<Observation> {
    let is_of_nvidia = device.kind.starts_with("cuda");
    // The library's `multi_level/definition/blueprint.rs` chooses them for products of 32-bit numbers wherever the device has them.
    let value =
        json!("may have been used: cubek-matmul 0.3 makes products of 32-bit numbers of them where tensor cores do");
    (is_of_nvidia && !device.kind.ends_with("-f16")).then_some(Observation::Known { value })
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
