//! Batteries: the power that a portable computer draws while it runs on one.

use std::path::{Path, PathBuf};

use results::power::Scope;

use super::files::number;
use super::formula::Formula;
use super::label::label;
use super::reach::{Reach, reach, remedy};
use super::source::{Access, Locked, Rail, Source, Total};
use crate::environment::entries;

/// Below sysfs (Documentation/ABI/testing/sysfs-class-power).
const SUPPLIES: &str = "class/power_supply";

/// The batteries, each as a source.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let supplies = entries(&sysfs.join(SUPPLIES), "");
    let batteries: Vec<&PathBuf> = supplies.iter().filter(|supply| is_battery(supply)).collect();
    let several = batteries.len() > 1;
    batteries.iter().filter_map(|battery| source(battery, &supplies, several)).collect()
}

/// Whether it is a battery that the machine can run on.
fn is_battery(supply: &Path) -> bool {
    let name = name(supply);
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    plain && name.starts_with("BAT") && label(&supply.join("type")).as_deref() == Some("Battery")
}

fn name(supply: &Path) -> String {
    supply.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn source(battery: &Path, supplies: &[PathBuf], several: bool) -> Option<Source> {
    let name = name(battery);
    let formula = formula(battery);
    let files: Vec<String> = formula.files().iter().map(|file| file.display().to_string()).collect();
    let matching = format!(r#"SUBSYSTEM=="power_supply", KERNEL=="{name}""#);
    let remedy = remedy(&files.join(" "), &matching, &["power_now", "current_now", "voltage_now"]);
    let locked = match reach(&formula, &remedy) {
        Reach::Open => None,
        Reach::Absent => return None,
        Reach::Locked(locked) => Some(locked),
    };
    let total = match several {
        true => Total::Unknown { why: "no known total: the machine may also draw from its other battery".to_owned() },
        false => Total::Rails { indices: vec![0], why: "on battery power, the whole machine draws from it".to_owned() },
    };
    Some(Source {
        what: format!("the battery {name}, as read by its controller, often only every few seconds"),
        name: format!("battery:{name}"),
        scope: if several { Scope::Part } else { Scope::Battery },
        rails: vec![Rail {
            name: "power".to_owned(),
            access: Access::Files(formula),
            step: None,
            accuracy: None,
            locked,
        }],
        total,
        unavailable: unavailable(battery, supplies),
        nominal_period: None,
        averaging: None,
    })
}

/// From `power_now` [uW], or from `current_now` [uA] and `voltage_now` [uV]. The sign only gives the direction, and
/// drivers disagree on its meaning.
fn formula(battery: &Path) -> Formula {
    let file = battery.join("power_now");
    if file.exists() {
        let unit = if number(&file).is_ok_and(|power| power < 0.0) { -1e-6 } else { 1e-6 };
        return Formula::Power { file, unit };
    }
    let (voltage, current) = (battery.join("voltage_now"), battery.join("current_now"));
    Formula::Product { voltage, current, unit: 1e-12, magnitude: true }
}

/// Why the power of the battery is not what the machine draws, if so.
fn unavailable(battery: &Path, supplies: &[PathBuf]) -> Option<Locked> {
    let connected = |supply: &&PathBuf| {
        let kind = label(&supply.join("type")).unwrap_or_default();
        (kind == "Mains" || kind.starts_with("USB")) && number(&supply.join("online")).is_ok_and(|online| online > 0.0)
    };
    let remedy = "run on the battery: unplug the supply".to_owned();
    if let Some(supply) = supplies.iter().find(connected) {
        return Some(Locked { reason: format!("the supply {} is connected", name(supply)), remedy });
    }
    match label(&battery.join("status")) {
        Some(status) if status == "Discharging" => None,
        Some(status) => Some(Locked {
            reason: format!("the battery is not discharging (status: {})", status.to_lowercase()),
            remedy,
        }),
        None => Some(Locked { reason: "the battery does not report whether it is discharging".to_owned(), remedy }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;
    use crate::rail::files::Files;
    use crate::rail::source::Readings;

    /// Batteries by their files, all discharging.
    fn batteries(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Source>) {
        let mut all: Vec<(String, &str)> = Vec::new();
        for (file, text) in files {
            let battery = file.split('/').next().expect("a name");
            all.push((format!("{SUPPLIES}/{file}"), text));
            all.push((format!("{SUPPLIES}/{battery}/type"), "Battery\n"));
            all.push((format!("{SUPPLIES}/{battery}/status"), "Discharging\n"));
        }
        let folder = fixture(&all.iter().map(|(file, text)| (file.as_str(), *text)).collect::<Vec<_>>());
        let found = find(folder.path());
        (folder, found)
    }

    #[test]
    fn the_sign_of_a_current_or_a_power_is_ignored() {
        for files in [
            &[("BAT1/current_now", "-1500000\n"), ("BAT1/voltage_now", "12000000\n")][..],
            &[("BAT1/current_now", "1500000\n"), ("BAT1/voltage_now", "12000000\n")],
            &[("BAT1/power_now", "-18000000\n")],
            &[("BAT1/power_now", "18000000\n")],
        ] {
            let (_folder, found) = batteries(files);
            let read = Files::of(&found[0]).take().remove(0).values.remove(0).expect("a power");
            assert!((read - 18.0).abs() < 1e-9, "{files:?}: {read} W");
        }
    }

    #[test]
    fn neither_of_two_batteries_is_the_total() {
        let (_folder, found) = batteries(&[("BAT0/power_now", "9000000\n"), ("BAT1/power_now", "0\n")]);
        assert_eq!(
            found.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(),
            ["battery:BAT0", "battery:BAT1"]
        );
        assert!(
            found.iter().all(|source| source.scope == Scope::Part && matches!(source.total, Total::Unknown { .. }))
        );
    }

    #[test]
    fn the_battery_of_a_mouse_is_ignored() {
        let (_folder, found) = batteries(&[("hidpp_battery_0/power_now", "1000\n")]);
        assert_eq!(found, []);
    }
}
