//! 16-bit floating point on a Vulkan in software, in a process of its own: a device keeps the precision it was opened with. Skipped and
//! required as the tests of Vulkan are.

#[path = "oracle/logits.rs"]
mod logits;

use std::env;

use measure::device::{Adapter, Device, Precision, vulkan};
use measure::model::Operators;

/// Of the largest logit: 16-bit numbers have eleven binary digits, and a network has dozens of layers.
const TOLERANCE: f64 = 3e-2;

#[test]
fn enet_gives_about_the_oracles_logits_and_not_those_of_32_bits() {
    let device = match Device::Vulkan(Adapter::Software).open(Precision::F16) {
        Ok(device) => device,
        Err(error) if env::var_os("VULKAN_REQUIRED").is_none() => {
            eprintln!("SKIPPED: {error}; `sudo apt install mesa-vulkan-drivers` brings a software Vulkan");
            return;
        }
        Err(error) => panic!("VULKAN_REQUIRED is set: {error:#}"),
    };
    let max_bytes = vulkan::find(Adapter::Software).expect("it is there").largest_buffer;
    let ratio = logits::apart("enet", &device, Operators::Burn { max_bytes }, 1);
    println!("enet in 16 bits: {ratio:.1e} of the largest logit apart");
    assert!((1e-5..=TOLERANCE).contains(&ratio), "{ratio:.1e} of the largest logit apart");
}
