//! The power mode of a Jetson: which cores are on and how fast clocks may be. Only NVIDIA's own program tells its name.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Observations, observation, text};

/// The power mode by name, for example `MAXN`.
pub fn observations(procfs: &Path) -> Observations {
    let mode = match is_jetson(procfs) {
        true => ask(),
        false => Err("only a Jetson has power modes".to_owned()),
    };
    Observations::from([("power_mode".to_owned(), observation(mode))])
}

/// Whether the device tree names a chip of this family.
pub fn is_jetson(procfs: &Path) -> bool {
    let compatible = text(procfs, "device-tree/compatible").unwrap_or_default();
    compatible.split('\0').any(|name| name.starts_with("nvidia,tegra"))
}

fn ask() -> Result<String, String> {
    let output = Command::new("nvpmodel").arg("-q").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("nvpmodel: {}", error.kind()))?;
    match output.status.success() {
        true => mode(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| "nvpmodel names no mode".to_owned()),
        // Some releases tell it only to root.
        false => Err("nvpmodel does not tell it to this user".to_owned()),
    }
}

/// The mode in an answer such as `NV Power Mode: MAXN`, with its number on the line below.
fn mode(answer: &str) -> Option<String> {
    let mode = answer.lines().find_map(|line| line.strip_prefix("NV Power Mode:"))?.trim();
    (!mode.is_empty()).then(|| mode.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_mode_is_read_from_the_answer_with_or_without_warnings() {
        assert_eq!(mode("NV Power Mode: MAXN\n0\n").as_deref(), Some("MAXN"));
        let answer = "NVPM WARN: fan mode is not set!\nNV Power Mode: MODE_15W_6CORE\n2\n";
        assert_eq!(mode(answer).as_deref(), Some("MODE_15W_6CORE"));
        assert_eq!((mode(""), mode("NV Power Mode:\n")), (None, None));
    }

    #[test]
    fn only_a_jetson_is_asked() {
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
