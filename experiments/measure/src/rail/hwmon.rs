//! Sensor chips of the kernel's hwmon class. Each is a source, with a total only where it is certain what the chip
//! measures. The INA3221 is in a file of its own.

use std::path::{Path, PathBuf};

use results::power::Scope;

use super::files::number;
use super::formula::Formula;
use super::label::{distinct, label};
use super::place::{self, pci_address, place, printable};
use super::reach::{first, remedy};
use super::source::{Access, Card, Rail, Source, Total};
use super::{graphics, ina3221};
use crate::environment::entries;

/// Below sysfs (Documentation/hwmon/sysfs-interface.rst).
const CHIPS: &str = "class/hwmon";

/// A rail whose name may not be unique yet.
struct Channel {
    name: String,
    /// The kernel's number of it, for example `power1`.
    location: String,
    /// The ways to read it, the best first.
    formulas: Vec<Formula>,
}

/// What a chip measures.
pub struct Meaning {
    what: String,
    scope: Scope,
    total: Total,
}

/// All chips with a rail.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let chips = chips(sysfs);
    // The carrier board of a Thor has one INA238. With more than one, it is not known which measures the input.
    let one_ina238 = chips.iter().filter(|(name, _)| name == "ina238").count() == 1;
    let thor = one_ina238 && ina3221::find(sysfs).iter().any(ina3221::is_thor);
    let places: Vec<(String, Vec<String>)> =
        chips.iter().map(|(name, folder)| (name.clone(), place(sysfs, &device(folder)))).collect();
    let mut found = Vec::new();
    for ((name, folder), place) in chips.iter().zip(place::names(&places)) {
        let input_of_thor = thor && name == "ina238";
        let (rails, averaging) = rails(folder, name, input_of_thor);
        if rails.is_empty() {
            continue;
        }
        let mut meaning = meaning(name, folder, &rails, input_of_thor);
        let several = chips.iter().filter(|(other, _)| other == name).count() > 1;
        let place = if several { place } else { None };
        if several && place.is_none() {
            meaning.what += ", one of several chips of this name that nothing distinguishes";
        }
        let is_card = graphics::DRIVERS.contains(&name.as_str());
        found.push(Source {
            name: place.map_or_else(|| format!("hwmon:{name}"), |place| format!("hwmon:{name}@{place}")),
            what: meaning.what,
            scope: meaning.scope,
            rails,
            total: meaning.total,
            unavailable: None,
            nominal_period: interval(&folder.join("update_interval")),
            averaging,
            card: is_card.then(|| Card { address: pci_address(sysfs, &device(folder)) }),
        });
    }
    found
}

/// The link to the device of a chip.
fn device(folder: &Path) -> PathBuf {
    if folder.ends_with("device") { folder.to_owned() } else { folder.join("device") }
}

/// Names and folders of the chips, by their numbers.
fn chips(sysfs: &Path) -> Vec<(String, PathBuf)> {
    let mut chips = Vec::new();
    for number in numbered(&sysfs.join(CHIPS), "hwmon", "") {
        let folder = sysfs.join(CHIPS).join(format!("hwmon{number}"));
        // Older drivers have their files in the folder of the device.
        let folder = if folder.join("name").exists() { folder } else { folder.join("device") };
        let Some(name) = label(&folder.join("name")) else { continue };
        // The class of power supplies shows a supply too, with the status that says whether its value is meaningful.
        let kind = label(&folder.join("device/type")).unwrap_or_default();
        let supply = ["Battery", "Mains", "UPS", "Wireless"].contains(&kind.as_str()) || kind.starts_with("USB");
        if name != "ina3221" && !supply {
            // The name is part of the source's name and of printed commands.
            chips.push((printable(&name), folder));
        }
    }
    chips
}

/// What a chip of this name measures.
fn meaning(name: &str, folder: &Path, rails: &[Rail], input_of_thor: bool) -> Meaning {
    if input_of_thor {
        let why = "the INA238 of the carrier board measures its whole input";
        return Meaning::of("the INA238 of a Jetson Thor's carrier board", Scope::Board, &[0], why);
    }
    if let Some(known) = graphics::known(name, folder, rails).or_else(|| known(name, rails)) {
        return known;
    }
    let why = format!("no known total: it is not known which part of the machine the chip {name} measures");
    Meaning { what: format!("the sensor chip {name}"), scope: Scope::Part, total: Total::Unknown { why } }
}

/// What chips measure whose rails have known names.
fn known(name: &str, rails: &[Rail]) -> Option<Meaning> {
    let named = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..rails.len()).filter(|&index| is(&rails[index].name)).collect()
    };
    let (what, scope, indices, why) = match name {
        // `zenergy` is the former driver `amd_energy` as a module of its own.
        "amd_energy" | "zenergy" => {
            let why = "the sockets; each includes its cores";
            (
                "AMD's energy counters of cores and sockets",
                Scope::Package,
                named(&|rail| rail.starts_with("Esocket")),
                why,
            )
        }
        "macsmc_hwmon" => {
            let why = "the total of the whole machine according to its controller";
            (
                "the controller (SMC) of an Apple computer",
                Scope::Board,
                named(&|rail| rail == "Total System Power"),
                why,
            )
        }
        _ => return None,
    };
    (!indices.is_empty()).then(|| Meaning::of(what, scope, &indices, why))
}

impl Meaning {
    /// Of a chip with a known total.
    pub fn of(what: &str, scope: Scope, indices: &[usize], why: &str) -> Self {
        Self { what: what.to_owned(), scope, total: Total::Rails { indices: indices.to_vec(), why: why.to_owned() } }
    }
}

/// The rails of a chip, and the longest averaging time among them [s].
fn rails(folder: &Path, chip: &str, input_of_thor: bool) -> (Vec<Rail>, Option<f64>) {
    let mut named = Vec::new();
    let mut rails = Vec::new();
    let mut averaging: Option<f64> = None;
    let matching = format!(r#"SUBSYSTEM=="hwmon", ATTR{{name}}=="{chip}""#);
    for mut channel in channels(folder) {
        let all: Vec<&Path> = channel.formulas.iter().flat_map(Formula::files).filter(|file| file.exists()).collect();
        let names: Vec<String> = all.iter().map(|file| file_name(file)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let files: Vec<String> = all.iter().map(|file| file.display().to_string()).collect();
        let remedy = remedy(&files.join(" "), &matching, &names);
        let Some((formula, locked)) = first(channel.formulas, &remedy) else { continue };
        // The driver gives no name; this one is from NVIDIA's guide.
        if input_of_thor && channel.name == "power1" {
            channel.name = "VIN".to_owned();
        }
        averaging = formula.files().into_iter().filter_map(averaging_of).chain(averaging).reduce(f64::max);
        named.push((channel.name, channel.location));
        rails.push(Rail { name: String::new(), access: Access::Files(formula), step: None, accuracy: None, locked });
    }
    for (rail, name) in rails.iter_mut().zip(distinct(&named)) {
        rail.name = name;
    }
    (rails, averaging)
}

/// The time over which the power in a file is a mean [s], where the driver states it.
fn averaging_of(file: &Path) -> Option<f64> {
    file_name(file).ends_with("_average").then(|| interval(&file.with_file_name(file_name(file) + "_interval")))?
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Powers, then energy counters, then pairs of a voltage and a current with the same label.
fn channels(folder: &Path) -> Vec<Channel> {
    // In `--power`, `A+B` is the sum of two rails, so a name must not contain `+`.
    let plain = |label: String| label.replace('+', "").trim().to_owned();
    // Firmware has names for the meters of ACPI, such as `CPU Power Socket 0`.
    let text = |location: &str, what: &str| label(&folder.join(format!("{location}_{what}")));
    let named = |location: &str| {
        text(location, "label").or_else(|| text(location, "oem_info")).map(plain).filter(|name| !name.is_empty())
    };
    let mut channels = Vec::new();
    let mut powers = numbered(folder, "power", "_average");
    powers.extend(numbered(folder, "power", "_input"));
    powers.sort_unstable();
    powers.dedup();
    for number in powers {
        let location = format!("power{number}");
        // A mean misses nothing between two readings.
        let formulas = ["average", "input"]
            .map(|what| Formula::Power { file: folder.join(format!("{location}_{what}")), unit: 1e-6 });
        let name = named(&location).unwrap_or_else(|| location.clone());
        channels.push(Channel { name, location, formulas: formulas.into() });
    }
    for number in numbered(folder, "energy", "_input") {
        let location = format!("energy{number}");
        let file = folder.join(format!("{location}_input"));
        let name = named(&location).unwrap_or_else(|| location.clone());
        channels.push(Channel { name, location, formulas: vec![Formula::Energy { file, unit: 1e-6, range: None }] });
    }
    let voltages = numbered(folder, "in", "_input");
    let powers: Vec<String> = channels.iter().map(|channel| channel.name.clone()).collect();
    for number in numbered(folder, "curr", "_input") {
        let Some(name) = named(&format!("curr{number}")).filter(|name| !powers.contains(name)) else { continue };
        let mut same = voltages.iter().filter(|voltage| named(&format!("in{voltage}")).as_ref() == Some(&name));
        let (Some(voltage), None) = (same.next(), same.next()) else { continue };
        let location = format!("in{voltage} x curr{number}");
        let [voltage, current] =
            [format!("in{voltage}_input"), format!("curr{number}_input")].map(|file| folder.join(file));
        let formulas = vec![Formula::Product { voltage, current, unit: 1e-6, magnitude: false }];
        channels.push(Channel { name, location, formulas });
    }
    channels
}

/// The interval in a file, which has milliseconds [s].
fn interval(file: &Path) -> Option<f64> {
    number(file).ok().filter(|interval| *interval > 0.0).map(|interval| interval * 1e-3)
}

/// The numbers between `start` and `end` in the names of files in `folder`, in ascending order.
fn numbered(folder: &Path, start: &str, end: &str) -> Vec<u32> {
    let between = |path: &PathBuf| file_name(path).strip_prefix(start)?.strip_suffix(end)?.parse().ok();
    let mut numbers: Vec<u32> = entries(folder, start).iter().filter_map(between).collect();
    numbers.sort_unstable();
    numbers
}
