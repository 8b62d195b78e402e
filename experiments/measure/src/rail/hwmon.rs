//! Sensor chips of the kernel's hwmon class. Each is a source, with a total only where it is certain what the chip
//! measures. The INA3221 is in a file of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use results::power::{Quantity, Scope};

use super::files::number;
use super::formula::Formula;
use super::label::{distinct, label};
use super::reach::{Reach, reach, remedy};
use super::source::{Access, Rail, Source, Total};
use super::{amdgpu, ina3221};
use crate::environment::entries;

/// Below sysfs (Documentation/hwmon/sysfs-interface.rst).
const CHIPS: &str = "class/hwmon";

/// A rail whose name may not be unique yet.
struct Channel {
    name: String,
    /// The kernel's number of it, for example `power1`.
    location: String,
    formula: Formula,
    /// The time over which it is a mean [s].
    averaging: Option<f64>,
}

/// What a chip measures.
struct Meaning {
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
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (name, folder) in chips {
        let input_of_thor = thor && name == "ina238";
        let (rails, averaging) = rails(&folder, &name, input_of_thor);
        if rails.is_empty() {
            continue;
        }
        let meaning = meaning(&name, &folder, &rails, input_of_thor);
        let time = times.entry(name.clone()).or_default();
        *time += 1;
        found.push(Source {
            name: if *time == 1 { format!("hwmon:{name}") } else { format!("hwmon:{name}#{time}") },
            what: meaning.what,
            scope: meaning.scope,
            rails,
            total: meaning.total,
            unavailable: None,
            nominal_period: interval(&folder.join("update_interval")),
            averaging,
        });
    }
    found
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
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
            chips.push((name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect(), folder));
        }
    }
    chips
}

/// What a chip of this name measures.
fn meaning(name: &str, folder: &Path, rails: &[Rail], input_of_thor: bool) -> Meaning {
    let first = |why: &str| Total::Rails { indices: vec![0], why: why.to_owned() };
    if input_of_thor {
        let why = "the INA238 of the carrier board measures its whole input";
        return Meaning {
            what: "the INA238 of a Jetson Thor's carrier board".into(),
            scope: Scope::Board,
            total: first(why),
        };
    }
    if name == "amdgpu" {
        let (scope, what) = amdgpu::covers(folder);
        if let (Some(scope), Quantity::Power) = (scope, rails[0].access.quantity()) {
            let why = "the driver's only power, which covers the whole socket or card";
            return Meaning { what: what.to_owned(), scope, total: first(why) };
        }
        let why = format!("no known total: {what}");
        return Meaning { what: what.to_owned(), scope: Scope::Part, total: Total::Unknown { why } };
    }
    let why = format!("no known total: it is not known which part of the machine the chip {name} measures");
    Meaning { what: format!("the sensor chip {name}"), scope: Scope::Part, total: Total::Unknown { why } }
}

/// The rails of a chip, and the longest averaging time among them [s].
fn rails(folder: &Path, chip: &str, input_of_thor: bool) -> (Vec<Rail>, Option<f64>) {
    let mut named = Vec::new();
    let mut rails = Vec::new();
    let mut averaging: Option<f64> = None;
    for mut channel in channels(folder) {
        let names: Vec<String> = channel.formula.files().iter().map(|file| file_name(file)).collect();
        let files: Vec<String> = channel.formula.files().iter().map(|file| file.display().to_string()).collect();
        let matching = format!(r#"SUBSYSTEM=="hwmon", ATTR{{name}}=="{chip}""#);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let locked = match reach(&channel.formula, &remedy(&files.join(" "), &matching, &names)) {
            Reach::Open => None,
            Reach::Absent => continue,
            Reach::Locked(locked) => Some(locked),
        };
        // The driver gives no name; this one is from NVIDIA's guide.
        if input_of_thor && channel.name == "power1" {
            channel.name = "VIN".to_owned();
        }
        averaging = channel.averaging.into_iter().chain(averaging).reduce(f64::max);
        named.push((channel.name, channel.location));
        let access = Access::Files(channel.formula);
        rails.push(Rail { name: String::new(), access, step: None, accuracy: None, locked });
    }
    for (rail, name) in rails.iter_mut().zip(distinct(&named)) {
        rail.name = name;
    }
    (rails, averaging)
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Powers, then energy counters, then pairs of a voltage and a current with the same label.
fn channels(folder: &Path) -> Vec<Channel> {
    // In `--power`, `A+B` is the sum of two rails, so a name must not contain `+`.
    let plain = |label: String| label.replace('+', "").trim().to_owned();
    let named =
        |location: &str| label(&folder.join(format!("{location}_label"))).map(plain).filter(|name| !name.is_empty());
    let mut channels = Vec::new();
    let mut powers = numbered(folder, "power", "_average");
    powers.extend(numbered(folder, "power", "_input"));
    powers.sort_unstable();
    powers.dedup();
    for number in powers {
        let location = format!("power{number}");
        // A mean misses nothing between two readings.
        let mean = folder.join(format!("{location}_average"));
        let is_mean = mean.exists();
        let file = if is_mean { mean } else { folder.join(format!("{location}_input")) };
        let averaging = is_mean.then(|| interval(&folder.join(format!("{location}_average_interval")))).flatten();
        let name = named(&location).unwrap_or_else(|| location.clone());
        channels.push(Channel { name, location, formula: Formula::Power { file, unit: 1e-6 }, averaging });
    }
    for number in numbered(folder, "energy", "_input") {
        let location = format!("energy{number}");
        let file = folder.join(format!("{location}_input"));
        let name = named(&location).unwrap_or_else(|| location.clone());
        let formula = Formula::Energy { file, unit: 1e-6, range: None };
        channels.push(Channel { name, location, formula, averaging: None });
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
        let formula = Formula::Product { voltage, current, unit: 1e-6, magnitude: false };
        channels.push(Channel { name, location, formula, averaging: None });
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
