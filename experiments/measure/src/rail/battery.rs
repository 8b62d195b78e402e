//! Batteries: the power that a portable computer draws while it runs on them.

use std::path::Path;

use results::power::Scope;

use super::files::number;
use super::formula::Formula;
use super::reach::{first, remedy};
use super::source::{Access, Locked, Rail, Source, Total};
use super::supply::Supply;

/// The batteries of the machine as one source, if there are any.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let supplies = Supply::all(sysfs);
    let (mut batteries, mut rails) = (Vec::new(), Vec::new());
    for battery in supplies.iter().filter(|supply| supply.is_battery()) {
        if let Some(rail) = rail(battery) {
            batteries.push(battery);
            rails.push(rail);
        }
    }
    let names: Vec<&str> = batteries.iter().map(|battery| battery.name.as_str()).collect();
    let (name, why) = match names[..] {
        [] => return Vec::new(),
        [name] => {
            "power".clone_into(&mut rails[0].name);
            (format!("battery:{name}"), "on battery power, the whole machine draws from it")
        }
        _ => ("battery".to_owned(), "on battery power, the whole machine draws from its batteries together"),
    };
    let which = if names.len() > 1 { "batteries" } else { "battery" };
    vec![Source {
        name,
        what: format!("the {which} {}, as read by the controller, often only every few seconds", names.join(" and ")),
        scope: Scope::Battery,
        total: Total::Rails { indices: (0..rails.len()).collect(), why: why.to_owned() },
        rails,
        unavailable: unavailable(&batteries, &supplies, sysfs),
        nominal_period: None,
        averaging: None,
        card: None,
    }]
}

fn rail(battery: &Supply) -> Option<Rail> {
    let file = |name: &str| battery.folder.join(name);
    // The sign only gives the direction, and drivers disagree on its meaning.
    let power = |name: &str| {
        let unit = if number(&file(name)).is_ok_and(|power| power < 0.0) { -1e-6 } else { 1e-6 };
        Formula::Power { file: file(name), unit }
    };
    let product = |voltage: &str, current: &str| {
        let [voltage, current] = [voltage, current].map(file);
        Formula::Product { voltage, current, unit: 1e-12, magnitude: true }
    };
    let formulas = [
        power("power_now"),
        product("voltage_now", "current_now"),
        power("power_avg"),
        product("voltage_now", "current_avg"),
    ];
    let names = ["power_now", "current_now", "voltage_now"];
    let files = names.map(|name| file(name).display().to_string()).join(" ");
    let matching = format!(r#"SUBSYSTEM=="power_supply", KERNEL=="{}""#, battery.name);
    let (formula, locked) = first(formulas, &remedy(&files, &matching, &names))?;
    Some(Rail { name: battery.name.clone(), access: Access::Files(formula), step: None, accuracy: None, locked })
}

/// Why the power of the batteries is not what the machine draws, if so.
fn unavailable(batteries: &[&Supply], supplies: &[Supply], sysfs: &Path) -> Option<Locked> {
    let locked = |reason: String| Some(Locked { reason, remedy: "run on the battery: unplug the supply".to_owned() });
    if let Some(supply) = supplies.iter().find(|supply| supply.feeds(sysfs)) {
        return locked(format!("the supply {} is connected", supply.name));
    }
    let statuses: Vec<Option<String>> = batteries.iter().map(|battery| battery.status()).collect();
    let is = |wanted: &str| statuses.iter().flatten().any(|status| status == wanted);
    let known: Vec<String> = statuses.iter().flatten().map(|status| status.to_lowercase()).collect();
    match () {
        () if is("Charging") => locked(format!("a battery is charging (status: {})", known.join(", "))),
        () if is("Discharging") => None,
        () if known.is_empty() => locked("the battery does not report whether it is discharging".to_owned()),
        () => locked(format!("the battery is not discharging (status: {})", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;
    use crate::rail::files::Files;
    use crate::rail::source::Readings;

    /// Batteries by their files, all discharging unless a file says otherwise.
    fn batteries(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Source>) {
        let mut all: Vec<(String, &str)> = Vec::new();
        for (file, _) in files {
            let battery = file.split('/').next().expect("a name");
            if files.iter().any(|(file, _)| *file == format!("{battery}/type")) {
                continue;
            }
            all.push((format!("class/power_supply/{battery}/type"), "Battery\n"));
            all.push((format!("class/power_supply/{battery}/status"), "Discharging\n"));
        }
        all.extend(files.iter().map(|(file, text)| (format!("class/power_supply/{file}"), *text)));
        let folder = fixture(&all.iter().map(|(file, text)| (file.as_str(), *text)).collect::<Vec<_>>());
        let found = find(folder.path());
        (folder, found)
    }

    /// What all rails read together [W].
    fn read(source: &Source) -> f64 {
        let values = Files::of(source).take().remove(0).values;
        values.into_iter().map(|value| value.expect("a power")).sum()
    }

    const VOLTAGE: (&str, &str) = ("BAT1/voltage_now", "12000000\n");

    #[test]
    fn the_sign_of_a_current_or_a_power_is_ignored() {
        for files in [
            &[("BAT1/current_now", "-1500000\n"), VOLTAGE][..],
            &[("BAT1/current_now", "1500000\n"), VOLTAGE],
            &[("BAT1/power_now", "-18000000\n")],
            &[("BAT1/power_now", "18000000\n")],
        ] {
            let (_folder, found) = batteries(files);
            assert!((read(&found[0]) - 18.0).abs() < 1e-9, "{files:?}");
        }
    }

    #[test]
    fn a_file_without_a_value_is_followed_by_the_next() {
        let current = ("BAT1/current_now", "1500000\n");
        for files in [
            &[("BAT1/power_now", ""), current, VOLTAGE][..],
            // A folder cannot be read, like a file whose driver fails.
            &[("BAT1/power_now/x", ""), current, VOLTAGE],
            &[("BAT1/power_now", "\n"), ("BAT1/current_now", "\n"), VOLTAGE, ("BAT1/power_avg", "18000000\n")],
            &[("BAT1/current_avg", "-1500000\n"), VOLTAGE],
        ] {
            let (_folder, found) = batteries(files);
            assert!((read(&found[0]) - 18.0).abs() < 1e-9, "{files:?}");
        }
        // Neither is a power.
        assert_eq!(batteries(&[("BAT1/energy_now", "40000000\n"), ("BAT1/charge_now", "3000000\n")]).1, []);
    }

    #[test]
    fn the_machine_draws_from_all_its_batteries() {
        let (power, idle) = (("BAT0/power_now", "9000000\n"), ("BAT1/power_now", "0\n"));
        let (_folder, found) = batteries(&[power, idle, ("BAT1/status", "Not charging\n")]);
        assert_eq!((found.len(), found[0].name.as_str(), found[0].scope), (1, "battery", Scope::Battery));
        assert_eq!((read(&found[0]), &found[0].unavailable), (9.0, &None));
        let names: Vec<&str> = found[0].rails.iter().map(|rail| rail.name.as_str()).collect();
        assert_eq!(names, ["BAT0", "BAT1"]);
        let (_folder, found) = batteries(&[power, idle, ("BAT1/status", "Charging\n")]);
        let reason = &found[0].unavailable.as_ref().expect("one charges the other").reason;
        assert_eq!(reason, "a battery is charging (status: discharging, charging)");
    }

    #[test]
    fn a_battery_that_is_not_inserted_or_belongs_to_a_peripheral_is_ignored() {
        let (_folder, found) = batteries(&[
            ("hidpp_battery_0/power_now", "1000\n"),
            ("hidpp_battery_0/scope", "Device\n"),
            ("BAT1/power_now", "1000\n"),
            ("BAT1/present", "0\n"),
            ("sbs-12-000b/power_now", "7000000\n"),
            ("sbs-12-000b/present", "1\n"),
        ]);
        assert_eq!(found.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["battery:sbs-12-000b"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_battery_without_a_scope_on_the_bus_of_a_peripheral_is_ignored() {
        let (folder, found) = batteries(&[("hid-d8-battery/power_now", "1000\n")]);
        assert_eq!(found.len(), 1);
        let (bus, device) =
            (folder.path().join("bus/hid"), folder.path().join("class/power_supply/hid-d8-battery/device"));
        for folder in [&bus, &device] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::os::unix::fs::symlink(bus, device.join("subsystem")).expect("a link");
        assert_eq!(find(folder.path()), []);
    }

    #[test]
    fn only_a_supply_that_feeds_the_machine_counts() {
        let battery = ("BAT0/power_now", "9000000\n");
        let is_used = |name: &str, files: &[(&str, &str)]| {
            let mut all = vec![(format!("{name}/online"), "1\n")];
            all.extend(files.iter().map(|(file, text)| (format!("{name}/{file}"), *text)));
            let mut all: Vec<(&str, &str)> = all.iter().map(|(file, text)| (file.as_str(), *text)).collect();
            all.push(battery);
            all.push(("../typec/port0/power_role", "source [sink]\n"));
            all.push(("../typec/port1/power_role", "[source] sink\n"));
            batteries(&all).1[0].unavailable.is_none()
        };
        assert!(!is_used("ADP1", &[("type", "Mains\n")]));
        assert!(!is_used("wireless", &[("type", "Wireless\n"), ("scope", "System\n")]));
        assert!(is_used("wacom_ac_1", &[("type", "Mains\n"), ("scope", "Device\n")]));
        let port = |number: u32| format!("ucsi-source-psy-USBC000:00{number}");
        assert!(!is_used(&port(1), &[("type", "USB\n")]));
        assert!(is_used(&port(2), &[("type", "USB\n")]));
        assert!(is_used("ucsi-source-psy-pmic_glink.ucsi.01", &[("type", "USB\n"), ("status", "Discharging\n")]));
        assert!(!is_used(&port(1), &[("type", "USB\n"), ("status", "Charging\n")]));
    }
}
