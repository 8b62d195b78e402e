//! Addresses on the PCI bus, by which cards of one model are distinguished.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// Domain, bus, device and function, as in `0000:41:00.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PciAddress(u32, u8, u8, u8);

impl fmt::Display for PciAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04x}:{:02x}:{:02x}.{:x}", self.0, self.1, self.2, self.3)
    }
}

impl FromStr for PciAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| {
            let (start, function) = text.split_once('.')?;
            let mut parts = start.split(':').map(|digits| u32::from_str_radix(digits, 16).ok());
            let (domain, bus, device) = (parts.next()??, parts.next()??, parts.next()??);
            let function = u8::from_str_radix(function, 16).ok()?;
            parts.next().is_none().then_some(Self(domain, bus.try_into().ok()?, device.try_into().ok()?, function))
        };
        read(text).ok_or("expected an address on the PCI bus, as 0000:41:00.0")
    }
}

/// Checks that CUDA counts several cards as the kernel does. `order` is its variable `CUDA_DEVICE_ORDER`.
///
/// # Errors
/// It counts from the fastest, which is its default.
pub fn check_order(cards: usize, order: &str) -> Result<()> {
    anyhow::ensure!(
        cards < 2 || order == "PCI_BUS_ID",
        "this machine has {cards} cards, and CUDA numbers the fastest first instead of in the order of the bus\n\
         hint: set CUDA_DEVICE_ORDER=PCI_BUS_ID, as `cargo xtask reproduce` does"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_cards_are_counted_by_cuda_in_the_order_of_the_bus_or_refused() {
        assert!(check_order(1, "").is_ok() && check_order(2, "PCI_BUS_ID").is_ok());
        for order in ["", "FASTEST_FIRST"] {
            let refused = check_order(2, order).expect_err("refused").to_string();
            assert!(refused.contains("\nhint: set CUDA_DEVICE_ORDER=PCI_BUS_ID"), "{refused}");
        }
    }
}
