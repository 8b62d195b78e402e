//! What the kernel lists as a power supply or a battery: which of them powers this machine, and which is a part of a
//! peripheral or gives power itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::number;
use super::label::label;
use super::place::printable;
use crate::environment::entries;

/// Below sysfs (Documentation/ABI/testing/sysfs-class-power).
const SUPPLIES: &str = "class/power_supply";

/// Buses of peripherals. Some of their drivers report no scope.
const PERIPHERAL_BUSES: [&str; 4] = ["bluetooth", "hid", "serio", "usb"];

/// A power supply or a battery.
#[derive(Clone, Debug)]
pub struct Supply {
    /// Its folder.
    pub folder: PathBuf,
    /// The kernel's name for it.
    pub name: String,
    kind: String,
}

impl Supply {
    /// Those of the machine itself, without the ones of peripherals.
    pub fn all(sysfs: &Path) -> Vec<Self> {
        let of = |folder: PathBuf| {
            let name = printable(&folder.file_name().unwrap_or_default().to_string_lossy());
            let kind = label(&folder.join("type"))?;
            Some(Self { folder, name, kind }).filter(|supply| !supply.is_of_a_peripheral())
        };
        entries(&sysfs.join(SUPPLIES), "").into_iter().filter_map(of).collect()
    }

    /// Whether it is a battery that is inserted.
    pub fn is_battery(&self) -> bool {
        self.kind == "Battery" && number(&self.folder.join("present")) != Ok(0.0)
    }

    /// What it does, as the kernel says: `Discharging`, for example.
    pub fn status(&self) -> Option<String> {
        label(&self.folder.join("status"))
    }

    /// Whether the machine receives power from it. `online` of a port is also set where the port gives power.
    pub fn feeds(&self, sysfs: &Path) -> bool {
        self.kind != "Battery"
            && number(&self.folder.join("online")).is_ok_and(|online| online > 0.0)
            && self.status().is_none_or(|status| status != "Discharging")
            && !self.is_a_port_that_gives(sysfs)
    }

    fn is_of_a_peripheral(&self) -> bool {
        let bus = fs::canonicalize(self.folder.join("device/subsystem")).ok();
        let bus = bus.and_then(|bus| Some(bus.file_name()?.to_str()?.to_owned()));
        match label(&self.folder.join("scope")).as_deref() {
            Some("Device") => true,
            Some("System") => false,
            _ => bus.is_some_and(|bus| PERIPHERAL_BUSES.contains(&bus.as_str())),
        }
    }

    /// Ports of UCSI are named by their connector, from 1; those of the class typec are numbered from 0.
    fn is_a_port_that_gives(&self, sysfs: &Path) -> bool {
        let connector = self.name.strip_prefix("ucsi-source-psy-").and_then(|name| name.chars().last()?.to_digit(10));
        let port = connector.and_then(|connector| connector.checked_sub(1));
        let role = port.and_then(|port| label(&sysfs.join(format!("class/typec/port{port}/power_role"))));
        // Of several roles, the present one is in brackets.
        role.is_some_and(|role| role == "source" || role.contains("[source]"))
    }
}
