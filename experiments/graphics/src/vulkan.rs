//! Asks Vulkan's loader for its adapters. Drivers run in this process meanwhile, so it may crash or hang.
#![allow(unsafe_code)]

use std::ffi::CStr;

use ash::{Entry, Instance, vk};
use serde::{Deserialize, Serialize};

/// An adapter as its driver describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// The driver's name for it.
    pub name: String,
    /// The driver and its version.
    pub driver: String,
    /// Whether it computes on the processor.
    pub is_software: bool,
    /// Vendor and device number.
    pub ids: (u32, u32),
    /// Its place on the PCI bus, as `0000:03:00.0`.
    pub bus: Option<String>,
    /// The minor number of its render node.
    pub minor: Option<i64>,
    /// Maximum size of a buffer that a shader may use [bytes].
    pub largest_buffer: u64,
    /// Whether shaders may compute in 16-bit floating point.
    pub has_f16: bool,
    /// Whether its clock can be read.
    pub has_timestamps: bool,
}

/// All adapters, in the loader's order.
///
/// # Errors
/// The loader's library cannot be opened, or it finds no usable driver.
pub fn adapters() -> Result<Vec<Adapter>, String> {
    // SAFETY: the library is the system's Vulkan loader, whose initialisers have no requirements.
    let entry = unsafe { Entry::load() }.map_err(|error| format!("Vulkan's loader cannot be opened: {error}"))?;
    let refused = |error: vk::Result| format!("Vulkan's loader finds no usable driver ({error:?})");
    // SAFETY: the function has no requirements. Loaders of Vulkan 1.0 lack it.
    let version = unsafe { entry.try_enumerate_instance_version() }.map_err(refused)?;
    let version = version.unwrap_or(vk::API_VERSION_1_0).min(vk::API_VERSION_1_3);
    let application = vk::ApplicationInfo::default().api_version(version);
    // SAFETY: the structure refers only to values that outlive the call.
    let instance = unsafe {
        entry
            .create_instance(&vk::InstanceCreateInfo::default().application_info(&application), None)
            .map_err(refused)?
    };
    // SAFETY: the instance is valid, and its devices are used before it is destroyed.
    let devices = unsafe { instance.enumerate_physical_devices() }.map_err(refused);
    let found = devices.map(|devices| devices.into_iter().map(|device| describe(&instance, device, version)).collect());
    // SAFETY: nothing made from the instance is used any more.
    unsafe { instance.destroy_instance(None) };
    found
}

fn describe(instance: &Instance, device: vk::PhysicalDevice, loader: u32) -> Adapter {
    let text = |text: Result<&CStr, _>| text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    // SAFETY: `device` belongs to `instance`.
    let (basic, extensions) = unsafe {
        (instance.get_physical_device_properties(device), instance.enumerate_device_extension_properties(device))
    };
    let extensions = extensions.unwrap_or_default();
    let has = |name: &CStr| extensions.iter().any(|extension| extension.extension_name_as_c_str() == Ok(name));
    let limits = &basic.limits;
    let mut adapter = Adapter {
        name: text(basic.device_name_as_c_str()),
        driver: version(basic.driver_version),
        is_software: basic.device_type == vk::PhysicalDeviceType::CPU,
        ids: (basic.vendor_id, basic.device_id),
        largest_buffer: u64::from(limits.max_storage_buffer_range),
        has_timestamps: limits.timestamp_compute_and_graphics == vk::TRUE,
        ..Adapter::default()
    };
    // What follows was added by Vulkan 1.1, which both loader and driver must support.
    if loader.min(basic.api_version) < vk::API_VERSION_1_1 {
        return adapter;
    }
    let mut driver = vk::PhysicalDeviceDriverProperties::default();
    let mut bus = vk::PhysicalDevicePCIBusInfoPropertiesEXT::default();
    let mut drm = vk::PhysicalDeviceDrmPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceProperties2::default();
    let has_driver = has(vk::KHR_DRIVER_PROPERTIES_NAME) || basic.api_version >= vk::API_VERSION_1_2;
    let (has_bus, has_drm) = (has(vk::EXT_PCI_BUS_INFO_NAME), has(vk::EXT_PHYSICAL_DEVICE_DRM_NAME));
    if has_driver {
        properties = properties.push_next(&mut driver);
    }
    if has_bus {
        properties = properties.push_next(&mut bus);
    }
    if has_drm {
        properties = properties.push_next(&mut drm);
    }
    // SAFETY: both support Vulkan 1.1, and the chain has only structures that the driver knows.
    unsafe { instance.get_physical_device_properties2(device, &mut properties) };
    if has_driver {
        let named = [text(driver.driver_name_as_c_str()), text(driver.driver_info_as_c_str())].join(" ");
        adapter.driver = named.trim().to_owned();
    }
    adapter.bus = has_bus
        .then(|| format!("{:04x}:{:02x}:{:02x}.{:x}", bus.pci_domain, bus.pci_bus, bus.pci_device, bus.pci_function));
    adapter.minor = (has_drm && drm.has_render == vk::TRUE).then_some(drm.render_minor);
    if has(vk::KHR_SHADER_FLOAT16_INT8_NAME) || basic.api_version >= vk::API_VERSION_1_2 {
        let mut half = vk::PhysicalDeviceShaderFloat16Int8Features::default();
        let mut storage = vk::PhysicalDevice16BitStorageFeatures::default();
        let mut features = vk::PhysicalDeviceFeatures2::default().push_next(&mut half).push_next(&mut storage);
        // SAFETY: as above.
        unsafe { instance.get_physical_device_features2(device, &mut features) };
        adapter.has_f16 = half.shader_float16 == vk::TRUE && storage.storage_buffer16_bit_access == vk::TRUE;
    }
    adapter
}

/// A driver's version, by the division of bits that most drivers use.
fn version(number: u32) -> String {
    let parts = [vk::api_version_major(number), vk::api_version_minor(number), vk::api_version_patch(number)];
    format!("version {}", parts.map(|part| part.to_string()).join("."))
}

impl Adapter {
    /// Name, driver and capabilities.
    pub fn description(&self) -> String {
        let yes = |has| if has { "yes" } else { "no" };
        format!(
            "{} ({}; buffers up to {} MB, f16 {}, device clock {})",
            self.name,
            self.driver,
            self.largest_buffer / 1_000_000,
            yes(self.has_f16),
            yes(self.has_timestamps)
        )
    }
}
