//! 16-bit floating point on software Vulkan. A process of its own, since a device keeps the precision that it was opened with. Skipped or
//! required like the tests in `vulkan.rs`.

#[path = "oracle/logits.rs"]
mod logits;

use std::env;

use measure::device::{Adapter, Device, Precision, vulkan};
use measure::model::Operators;

/// As a share of the largest logit: 16-bit numbers have eleven binary digits, and a network has dozens of layers.
const TOLERANCE: f64 = 3e-2;

#[test]
fn enet_in_16_bits_gives_approximately_the_oracles_logits() {
    let device = match Device::Vulkan(Adapter::Software).open(Precision::F16) {
        Ok(device) => device,
        Err(error) if env::var_os("VULKAN_REQUIRED").is_none() => {
            eprintln!("SKIPPED: {error}; run `sudo apt install mesa-vulkan-drivers`");
            return;
        }
        Err(error) => panic!("VULKAN_REQUIRED is set: {error:#}"),
    };
    let max_bytes = vulkan::find(Adapter::Software).expect("it exists").largest_buffer;
    let ratio = logits::apart("enet", &device, Operators::Burn { max_bytes }, 1);
    println!("enet in 16 bits: {ratio:.1e} of the largest logit apart");
    assert!((1e-5..=TOLERANCE).contains(&ratio), "{ratio:.1e} of the largest logit apart");
}
