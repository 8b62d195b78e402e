//! Graphics processors through Vulkan: lists them in a stable order, and opens one for burn. Measures nothing.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::{Device, DeviceKind};
use burn_wgpu::WgpuBackend;
use futures_lite::future::block_on;
use wgpu::{AdapterInfo, Backends, DeviceType, Features, Instance, InstanceDescriptor};

use super::Adapter;
use crate::environment::{Observations, known, observation};

/// An adapter as Vulkan reports it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The driver's name for it.
    pub name: String,
    /// The driver and its version.
    pub driver: String,
    /// Its kind, and its index among those of its kind.
    pub kind: DeviceKind,
    /// Whether it computes on the processor.
    pub is_software: bool,
    /// Vendor and device number on the bus; 0 if it is not on a bus.
    pub ids: (u32, u32),
    /// Its address on the PCI bus, as `0000:41:00.0`; empty if the driver does not report it.
    pub address: String,
    /// Maximum size of a buffer [bytes].
    pub largest_buffer: u64,
    /// Whether it supports 16-bit floating point.
    pub has_f16: bool,
    /// Whether its clock can be read.
    pub has_timestamps: bool,
}

impl Found {
    /// Whether it is a part of the processor's package or of a module.
    pub fn is_integrated(&self) -> bool {
        matches!(self.kind, DeviceKind::IntegratedGpu(_))
    }

    /// Name, driver and capabilities.
    pub fn description(&self) -> String {
        let mut text = format!("{} ({}; buffers up to {} MB", self.name, self.driver, self.largest_buffer / 1_000_000);
        // Writing to a string cannot fail.
        let _ = write!(text, ", f16 {}", if self.has_f16 { "yes" } else { "no" });
        let _ = write!(text, ", device clock {})", if self.has_timestamps { "yes" } else { "no" });
        text
    }
}

/// All adapters: discrete ones, then integrated, virtual and software ones.
pub fn adapters() -> Vec<Found> {
    let instance = Instance::new(InstanceDescriptor {
        backends: Backends::VULKAN,
        ..InstanceDescriptor::new_without_display_handle()
    });
    let all = block_on(instance.enumerate_adapters(Backends::VULKAN));
    let mut found: Vec<(u32, Found)> = Vec::new();
    let mut counts = [0_usize; 4];
    for adapter in all {
        let info = adapter.get_info();
        let (rank, kind): (u32, fn(usize) -> DeviceKind) = match info.device_type {
            DeviceType::DiscreteGpu => (0, DeviceKind::DiscreteGpu),
            DeviceType::IntegratedGpu => (1, DeviceKind::IntegratedGpu),
            DeviceType::VirtualGpu => (2, DeviceKind::VirtualGpu),
            DeviceType::Cpu => (3, |_| DeviceKind::Cpu),
            DeviceType::Other => continue,
        };
        let count = &mut counts[rank as usize];
        found.push((rank, describe(&info, kind(*count), &adapter)));
        *count += 1;
    }
    // A stable sort: within a kind the order is that of burn's indices.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, found)| found).collect()
}

fn describe(info: &AdapterInfo, kind: DeviceKind, adapter: &wgpu::Adapter) -> Found {
    let driver = [info.driver.as_str(), info.driver_info.as_str()].join(" ");
    Found {
        name: info.name.clone(),
        driver: driver.trim().to_owned(),
        is_software: kind == DeviceKind::Cpu,
        kind,
        ids: (info.vendor, info.device),
        address: info.device_pci_bus_id.to_lowercase(),
        largest_buffer: adapter.limits().max_buffer_size.min(adapter.limits().max_storage_buffer_binding_size),
        has_f16: adapter.features().contains(Features::SHADER_F16),
        has_timestamps: adapter.features().contains(Features::TIMESTAMP_QUERY),
    }
}

/// The description of an adapter.
///
/// # Errors
/// It does not exist; the hint lists those that do.
pub fn find(adapter: Adapter) -> Result<Found> {
    let all = adapters();
    let hardware = || all.iter().filter(|found| !found.is_software);
    let found = match adapter {
        Adapter::Software => all.iter().find(|found| found.is_software),
        Adapter::Card(..) => one_of(hardware().filter(|found| is(adapter, found)))?,
        Adapter::At(_) => hardware().find(|found| is(adapter, found)),
        Adapter::Hardware(index) => hardware().nth(index as usize),
    };
    match found {
        Some(found) => Ok(found.clone()),
        None => bail!(
            "Vulkan reports no adapter for --device {}\nhint: {}",
            super::Device::Vulkan(adapter),
            match all.is_empty() {
                true => "it reports none at all; `measure devices` shows what is missing".to_owned(),
                false => format!("it reports {}", all.iter().map(Found::description).collect::<Vec<_>>().join("; ")),
            }
        ),
    }
}

/// Whether an adapter is the requested card.
fn is(adapter: Adapter, found: &Found) -> bool {
    match adapter {
        Adapter::Card(vendor, device) => found.ids == (vendor, device),
        Adapter::At(address) => found.address == address.to_string(),
        Adapter::Software | Adapter::Hardware(_) => false,
    }
}

/// The only one of these, if there is one. Which of several equal cards is meant cannot be guessed.
fn one_of<'a>(mut found: impl Iterator<Item = &'a Found>) -> Result<Option<&'a Found>> {
    let first = found.next();
    let addresses: Vec<&str> = first.into_iter().chain(found).map(|found| found.address.as_str()).collect();
    match addresses[..] {
        [] | [_] => Ok(first),
        _ => bail!(
            "this machine has {} such cards\nhint: give the address of one, as in vulkan:0000:41:00.0; theirs are {}",
            addresses.len(),
            addresses.join(", ")
        ),
    }
}

/// burn's device for the adapter; opened once in a process, then returned again.
///
/// # Errors
/// The adapter does not exist, or its driver refuses it.
pub fn open(adapter: Adapter) -> Result<Device> {
    static OPENED: Mutex<Vec<(Adapter, Device)>> = Mutex::new(Vec::new());
    // A panic elsewhere cannot leave the list in an invalid state.
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, device)) = opened.iter().find(|(known, _)| *known == adapter) {
        return Ok(device.clone());
    }
    let found = find(adapter)?;
    let options = Device::wgpu_options().device_kind(found.kind.clone()).graphics_api(WgpuBackend::Vulkan);
    let (device, setup) = options
        .init_with_setup()
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("cannot start {}", found.name))?;
    let info = setup.adapter.get_info();
    let (name, address) = (info.name, info.device_pci_bus_id.to_lowercase());
    if name != found.name || address != found.address {
        let expected = format!("{} {}", found.name, found.address);
        bail!("burn opened {name} {address} instead of {expected}\nhint: `measure devices` lists all adapters");
    }
    opened.push((adapter, device.clone()));
    Ok(device)
}

/// Observations about the adapter for records.
pub fn observations(adapter: Adapter) -> Observations {
    let found = find(adapter).map_err(|error| error.to_string());
    let of = |fact: fn(&Found) -> serde_json::Value| observation(found.as_ref().map(fact).map_err(Clone::clone));
    Observations::from([
        ("gpu_name".to_owned(), of(|found| found.name.clone().into())),
        ("gpu_driver".to_owned(), of(|found| found.driver.clone().into())),
        ("gpu_api".to_owned(), known("Vulkan, through wgpu")),
        ("gpu_shader_language".to_owned(), known("WGSL")),
        ("gpu_largest_buffer_bytes".to_owned(), of(|found| found.largest_buffer.into())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(ids: (u32, u32), address: &str) -> Found {
        Found {
            name: "A Card".to_owned(),
            driver: String::new(),
            kind: DeviceKind::DiscreteGpu(0),
            is_software: false,
            ids,
            address: address.to_owned(),
            largest_buffer: 1 << 30,
            has_f16: true,
            has_timestamps: true,
        }
    }

    #[test]
    fn equal_cards_are_distinguished_by_their_place_and_never_guessed() {
        let all = [(0x10de, "0000:01:00.0"), (0x1002, "0000:03:00.0"), (0x10de, "0000:41:00.0")]
            .map(|(vendor, address)| card((vendor, 0x2204), address));
        let of = |text: &str| {
            let Ok(super::super::Device::Vulkan(adapter)) = text.parse() else { panic!("{text}") };
            one_of(all.iter().filter(|found| is(adapter, found))).map(|found| found.map(|found| found.address.clone()))
        };
        assert_eq!(of("vulkan:0000:41:00.0").expect("one"), Some("0000:41:00.0".to_owned()));
        assert_eq!(of("vulkan:1002:2204").expect("one"), Some("0000:03:00.0".to_owned()));
        assert_eq!(of("vulkan:0000:42:00.0").expect("none"), None);
        let refused = of("vulkan:10de:2204").expect_err("two").to_string();
        assert!(
            refused.starts_with("this machine has 2 such cards\nhint: ")
                && refused.ends_with("0000:01:00.0, 0000:41:00.0")
        );
    }
}
