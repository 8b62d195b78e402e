//! The power mode of a Jetson, which limits cores and clocks. Only NVIDIA's own program reports its name.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Observations, observation, text};

/// The name of the power mode, for example `MAXN`.
pub fn observations(procfs: &Path) -> Observations {
    let mode = match is_jetson(procfs) {
        true => query(),
        false => Err("only a Jetson has power modes".to_owned()),
    };
    Observations::from([("power_mode".to_owned(), observation(mode))])
}

/// Whether the device tree names a Tegra chip.
pub fn is_jetson(procfs: &Path) -> bool {
    let compatible = text(procfs, "device-tree/compatible").unwrap_or_default();
    compatible.split('\0').any(|name| name.starts_with("nvidia,tegra"))
}

fn query() -> Result<String, String> {
    let output = Command::new("nvpmodel").arg("-q").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("nvpmodel: {}", super::words(&error)))?;
    match output.status.success() {
        true => mode(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| "nvpmodel prints no mode".to_owned()),
        // Some releases report it only to root.
        false => Err("nvpmodel does not report it to this user".to_owned()),
    }
}

/// The mode in output such as `NV Power Mode: MAXN`, which is followed by a line with its number.
fn mode(output: &str) -> Option<String> {
    let mode = output.lines().find_map(|line| line.strip_prefix("NV Power Mode:"))?.trim();
    (!mode.is_empty()).then(|| mode.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_mode_is_read_from_output_with_or_without_warnings() {
        assert_eq!(mode("NV Power Mode: MAXN\n0\n").as_deref(), Some("MAXN"));
        let output = "NVPM WARN: fan mode is not set!\nNV Power Mode: MODE_15W_6CORE\n2\n";
        assert_eq!(mode(output).as_deref(), Some("MODE_15W_6CORE"));
        assert_eq!((mode(""), mode("NV Power Mode:\n")), (None, None));
    }

    #[test]
    fn only_a_jetson_has_power_modes() {
        assert!(is_jetson(fixture(&[("device-tree/compatible", "nvidia,p2371-2180\0nvidia,tegra210\0")]).path()));
        let other = fixture(&[("device-tree/compatible", "raspberrypi,4-model-b\0brcm,bcm2711\0")]);
        assert!(!is_jetson(other.path()) && !is_jetson(fixture(&[]).path()));
        let observations = observations(other.path());
        assert_eq!(
            observations["power_mode"],
            observation(Err::<String, _>("only a Jetson has power modes".to_owned()))
        );
    }
}
