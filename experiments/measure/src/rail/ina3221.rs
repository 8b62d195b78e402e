//! The INA3221 monitors of Jetson boards, as shown by NVIDIA's kernels up to L4T 32, by later ones and by the mainline
//! kernel. All monitors of a board are one source.

use std::path::{Path, PathBuf};

use results::power::Accuracy;

use super::files::number;
use super::formula::Formula;
use super::jetson::Board;
use super::label::{distinct, label};
use super::reach::{first, remedy};
use super::source::{Access, Rail, Source};
use crate::environment::entries;

/// Drivers of kernels up to L4T 32 and of later ones, below sysfs.
const FORMER: &str = "bus/i2c/drivers/ina3221x";
const PRESENT: &str = "bus/i2c/drivers/ina3221";

/// The smallest difference between two shunt voltages [V]: Texas Instruments, SBOS576, "Shunt voltage, 1 LSB step
/// size".
const SHUNT_STEP: f64 = 40e-6;

/// The gain error of power [%], from at most 0.25 % each for shunt and bus voltage: ibid., "Electrical
/// characteristics".
const ACCURACY: f64 = 0.5;

/// A channel of a monitor.
struct Channel {
    name: Option<String>,
    /// Bus, address and number.
    location: String,
    /// The ways to read it, the best first.
    formulas: Vec<Formula>,
    /// The shunt [micro-ohm].
    shunt: Option<PathBuf>,
    remedy: String,
}

/// The update period and the averaging time of a monitor [s].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Timing {
    period: Option<f64>,
    averaging: Option<f64>,
}

/// The monitors of the board, if there are any.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let (channels, timing) = channels(sysfs);
    let mut named = Vec::new();
    let mut rails = Vec::new();
    for channel in channels {
        let Some((formula, locked)) = first(channel.formulas, &channel.remedy) else { continue };
        let step = channel.shunt.and_then(|shunt| step(&formula, &shunt));
        let name = channel.name.unwrap_or_else(|| channel.location.clone());
        if name == "NC" {
            continue;
        }
        named.push((name, channel.location));
        let access = Access::Files(formula);
        rails.push(Rail { name: String::new(), access, step, accuracy: Some(accuracy()), locked });
    }
    if rails.is_empty() {
        return Vec::new();
    }
    let names = distinct(&named);
    let board = Board::of(&names);
    for (rail, name) in rails.iter_mut().zip(names) {
        rail.name = name;
    }
    vec![Source {
        name: "ina3221".to_owned(),
        what: format!(
            "the INA3221 monitors of {}",
            board.name.map_or("an unknown board".into(), |name| format!("a {name}"))
        ),
        scope: board.scope,
        rails,
        total: board.total,
        unavailable: None,
        nominal_period: timing.period,
        averaging: timing.averaging,
        card: None,
    }]
}

/// Whether the source has the rails of a Thor.
pub fn is_thor(source: &Source) -> bool {
    let names: Vec<String> = source.rails.iter().map(|rail| rail.name.clone()).collect();
    Board::of(&names).is_thor()
}

fn accuracy() -> Accuracy {
    let source = "Texas Instruments, INA3221, SBOS576: gain errors of shunt and bus voltage, 0.25 % each; the tolerance of \
                  the shunt is unknown and not included";
    Accuracy { percent: ACCURACY, source: source.to_owned() }
}

/// The smallest difference between two values [W]: one step of the current, at the present voltage.
fn step(formula: &Formula, shunt: &Path) -> Option<f64> {
    let Formula::Product { voltage, .. } = formula else { return None };
    let shunt = number(shunt).ok().filter(|shunt| *shunt > 0.0)? * 1e-6;
    let voltage = number(voltage).ok().filter(|voltage| *voltage > 0.0)? * 1e-3;
    Some(SHUNT_STEP / shunt * voltage)
}

/// All channels, in the order of driver, bus, address and number, and the timing of the slowest monitor.
fn channels(sysfs: &Path) -> (Vec<Channel>, Timing) {
    let mut channels = Vec::new();
    let mut timings: Vec<Timing> = Vec::new();
    for (name, folder) in monitors(&sysfs.join(FORMER)) {
        let mut folders = entries(&folder, "iio:device");
        if folders.is_empty() {
            folders = entries(&folder, "iio_device");
        }
        let remedy = remedy(
            &format!("{}/*/iio*/in_*_input", sysfs.join(FORMER).display()),
            r#"SUBSYSTEM=="iio", KERNEL=="iio:device*""#,
            &["in_power0_input", "in_power1_input", "in_power2_input"],
        );
        channels.extend(folders.iter().flat_map(|folder| former(folder, &name, &remedy)));
    }
    for (name, folder) in monitors(&sysfs.join(PRESENT)) {
        let below = format!("{}/*/hwmon/hwmon*", sysfs.join(PRESENT).display());
        let remedy = remedy(
            &format!("{below}/in?_input {below}/curr?_input"),
            r#"SUBSYSTEM=="hwmon", ATTR{name}=="ina3221""#,
            &["in1_input", "in2_input", "in3_input", "curr1_input", "curr2_input", "curr3_input"],
        );
        for folder in entries(&folder.join("hwmon"), "hwmon") {
            channels.extend(present(&folder, &name, &remedy));
            timings.push(Timing::of(&folder));
        }
    }
    let slowest = |of: fn(&Timing) -> Option<f64>| timings.iter().filter_map(of).reduce(f64::max);
    (channels, Timing { period: slowest(|timing| timing.period), averaging: slowest(|timing| timing.averaging) })
}

/// The folders of monitors, named by bus and address as in `1-0040`, in that order.
fn monitors(driver: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for path in entries(driver, "") {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((bus, address)) = name.split_once('-') else { continue };
        let (Ok(bus), Ok(address)) = (bus.parse::<u32>(), u32::from_str_radix(address, 16)) else { continue };
        found.push(((bus, address), name, path));
    }
    found.sort();
    found.into_iter().map(|(_, name, path)| (name, path)).collect()
}

/// The three channels of a monitor up to L4T 32. `in_power*_trigger_input` reads 0 and is not a power.
fn former(folder: &Path, monitor: &str, remedy: &str) -> Vec<Channel> {
    let channel = |number: u32| {
        let file = |what: &str| folder.join(format!("in_{what}{number}_input"));
        let product =
            Formula::Product { voltage: file("voltage"), current: file("current"), unit: 1e-6, magnitude: false };
        Channel {
            name: label(&folder.join(format!("rail_name_{number}"))),
            location: format!("{monitor} channel {number}"),
            formulas: vec![Formula::Power { file: file("power"), unit: 1e-3 }, product],
            shunt: None,
            remedy: remedy.to_owned(),
        }
    };
    (0..3).map(channel).collect()
}

/// The three channels of a monitor with a later kernel. `in4` to `in6` are shunt voltages, and `in7` is their sum.
fn present(folder: &Path, monitor: &str, remedy: &str) -> Vec<Channel> {
    let channel = |number: u32| {
        let file = |what: &str| folder.join(format!("{what}{number}_input"));
        Channel {
            name: label(&folder.join(format!("in{number}_label"))),
            location: format!("{monitor} channel {number}"),
            formulas: vec![Formula::Product {
                voltage: file("in"),
                current: file("curr"),
                unit: 1e-6,
                magnitude: false,
            }],
            shunt: Some(folder.join(format!("shunt{number}_resistor"))),
            remedy: remedy.to_owned(),
        }
    };
    (1..=3).map(channel).collect()
}

impl Timing {
    /// `update_interval` [ms] is the time that all conversions of a mean take, for all channels
    /// (Documentation/hwmon/ina3221.rst).
    fn of(folder: &Path) -> Self {
        let interval = number(&folder.join("update_interval")).ok().filter(|interval| *interval > 0.0);
        let period = interval.map(|interval| interval * 1e-3);
        let samples = number(&folder.join("samples")).ok().filter(|samples| *samples > 1.0);
        Self { period, averaging: samples.and(period) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn monitors_are_ordered_by_address() {
        let names = ["10-0040", "2-0041", "2-0040", "bind", "module", "x-0040"].map(|name| format!("{name}/file"));
        let folder = fixture(&names.each_ref().map(|name| (name.as_str(), "")));
        let found: Vec<String> = monitors(folder.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["2-0040", "2-0041", "10-0040"]);
    }

    #[test]
    fn a_mean_of_several_conversions_takes_as_long_as_all_of_them() {
        let timing =
            |samples, interval| Timing::of(fixture(&[("samples", samples), ("update_interval", interval)]).path());
        assert_eq!(timing("1\n", "7\n"), Timing { period: Some(0.007), averaging: None });
        assert_eq!(timing("512\n", "211\n"), Timing { period: Some(0.211), averaging: Some(0.211) });
        assert_eq!(timing("1\n", "0\n"), Timing::default());
        assert_eq!(Timing::of(fixture(&[]).path()), Timing::default());
    }

    #[test]
    fn rails_of_equal_names_are_distinguished_and_have_no_total() {
        let below = |monitor: &str, file: &str| format!("{FORMER}/{monitor}/iio:device0/{file}");
        let files = ["1-0040", "1-0041"].map(|monitor| {
            [(below(monitor, "rail_name_0"), "VDD_IN\n"), (below(monitor, "in_power0_input"), "1000\n")]
        });
        let files: Vec<(&str, &str)> = files.iter().flatten().map(|(file, text)| (file.as_str(), *text)).collect();
        let folder = fixture(&files);
        let found = find(folder.path());
        let names: Vec<&str> = found[0].rails.iter().map(|rail| rail.name.as_str()).collect();
        assert_eq!(names, ["VDD_IN (1-0040 channel 0)", "VDD_IN (1-0041 channel 0)"]);
        assert!(matches!(found[0].total, super::super::source::Total::Unknown { .. }));
    }
}
