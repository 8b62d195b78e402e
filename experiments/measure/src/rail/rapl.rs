//! The energy counters of a processor (RAPL), as the kernel's powercap framework reports them.
//!
//! The kernel may list one counter several times: below the zone it is part of, through each driver that can read it
//! (`intel-rapl`, `intel-rapl-mmio`, `intel-rapl-tpmi`), and for each die of a package. Each is counted once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use results::power::Scope;

use super::files::number;
use super::formula::Formula;
use super::label::{distinct, label};
use super::reach::{first, remedy};
use super::source::{Access, Locked, Rail, Source, Total};
use crate::environment::entries;

/// Below sysfs (Documentation/power/powercap/powercap.rst).
const POWERCAP: &str = "class/powercap";
/// The driver that reads the counters through model-specific registers, below sysfs; it is there once per machine.
const DRIVER: &str = "bus/platform/drivers/intel_rapl_msr/intel_rapl_msr.0";
const START: &str = "intel-rapl";

/// The update period of the counters [s]: Intel SDM volume 3B, "RAPL Interfaces", "approximately every 1 msec".
const PERIOD: f64 = 1e-3;

/// The step of the counters [J]: 2^-14 J on most processors, 2^-16 J on others (ibid., "MSR_RAPL_POWER_UNIT"). This is
/// the larger.
const STEP: f64 = 1.0 / 16384.0;

/// The driver and the numbers of a zone: `intel-rapl` and `[0, 1]` of `intel-rapl:0:1`. The driver of registers, whose
/// name is the shortest, is first in order.
type Zone = (String, Vec<u32>);

/// A counter with the folders of all zones that show it.
struct Counter {
    name: String,
    zone: Zone,
    folders: Vec<PathBuf>,
}

/// The counters of all sockets, if there are any.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let powercap = sysfs.join(POWERCAP);
    let (zones, hidden) = zones(&powercap);
    // A virtual machine may have the driver, which then lists itself, and no counter.
    let is_masked = sysfs.join(DRIVER).exists() && !powercap.join(START).is_dir();
    if zones.is_empty() && (!hidden.is_empty() || is_masked) {
        return vec![hidden_source(&hidden)];
    }
    // Of these vendors a counter covers the whole package. Linux 6.9 to 6.11 show it once for each of its dies.
    let vendor = label(&sysfs.join("devices/system/cpu/modalias")).unwrap_or_default();
    let of_package = ["ven0002", "ven0009"].iter().any(|amd_or_hygon| vendor.contains(amd_or_hygon));
    let (counters, notes) = counters(&zones, of_package);
    let remedy = remedy(
        &format!("{}/{START}*:*/energy_uj", powercap.display()),
        r#"SUBSYSTEM=="powercap", KERNEL=="intel-rapl*:*""#,
        &["energy_uj"],
    );
    // The reason why the kernel hides it from users since 5.10.
    let remedy = format!("{remedy}; users can then learn secrets of other users' programs (CVE-2020-8694)");
    let (mut named, mut rails, mut packages) = (Vec::new(), Vec::new(), Vec::new());
    for Counter { name, zone, folders } in counters {
        let formula = |folder: PathBuf| Formula::Energy {
            file: folder.join("energy_uj"),
            unit: 1e-6,
            range: Some(folder.join("max_energy_range_uj")).filter(|range| range.exists()),
        };
        let Some((formula, locked)) = first(folders.into_iter().map(formula), &remedy) else { continue };
        if zone.1.len() == 1 && name.starts_with("package-") {
            packages.push((name.clone(), rails.len()));
        }
        named.push((name, numbers(&zone)));
        rails.push(rail(Access::Files(formula), locked));
    }
    if rails.is_empty() {
        return Vec::new();
    }
    for (rail, name) in rails.iter_mut().zip(distinct(&named)) {
        rail.name = name;
    }
    let twice = packages.iter().find(|(name, index)| packages.iter().any(|(own, at)| own == name && at < index));
    let unknown = |why: &str| Total::Unknown { why: format!("no known total: {why}") };
    let total = match twice {
        Some((name, _)) => unknown(&format!("two different counters are called {name}")),
        None if packages.is_empty() => unknown("no counter belongs to a package"),
        None => Total::Rails {
            indices: packages.into_iter().map(|(_, index)| index).collect(),
            why:
                "the packages of all sockets; a package includes core and uncore, psys includes the package, and dram \
                  is the memory next to it"
                    .to_owned(),
        },
    };
    vec![source(notes, rails, total)]
}

fn source(notes: String, rails: Vec<Rail>, total: Total) -> Source {
    Source {
        name: "rapl".to_owned(),
        what: format!("the processor's own energy counters (RAPL){notes}"),
        scope: Scope::Package,
        rails,
        total,
        unavailable: None,
        nominal_period: Some(PERIOD),
        averaging: None,
        card: None,
    }
}

fn rail(access: Access, locked: Option<Locked>) -> Rail {
    Rail { name: String::new(), access, step: Some(STEP), accuracy: None, locked }
}

/// The counters of zones whose folders are hidden. Containers hide them, since they reveal what other users compute.
fn hidden_source(hidden: &[Zone]) -> Source {
    let locked = Locked {
        reason: "the kernel has these counters, and a container hides their folders".to_owned(),
        remedy: "start the container with `podman run --security-opt unmask=/sys/devices/virtual/powercap`, with \
                 `docker run --security-opt systempaths=unconfined`, or in Kubernetes with `procMount: Unmasked`"
            .to_owned(),
    };
    let formula = Formula::Energy { file: PathBuf::from("energy_uj"), unit: 1e-6, range: None };
    let hidden = if hidden.is_empty() { &[(START.to_owned(), vec![0])] } else { hidden };
    let rails = hidden
        .iter()
        .map(|zone| Rail { name: folder_name(zone), ..rail(Access::Files(formula.clone()), Some(locked.clone())) });
    let indices = (0..hidden.len()).filter(|&index| hidden[index].1.len() == 1).collect();
    let why = "the outermost zones, whose names are hidden".to_owned();
    source(String::new(), rails.collect(), Total::Rails { indices, why })
}

/// All zones with their folders, and those whose folders are hidden: where a folder of the class leads nowhere. The
/// kernel shows a subzone twice: next to the others and below the zone it is part of.
fn zones(powercap: &Path) -> (BTreeMap<Zone, PathBuf>, Vec<Zone>) {
    let (mut zones, mut hidden) = (BTreeMap::new(), Vec::new());
    let mut next = entries(powercap, START);
    // Drivers, and then zones of at most three levels.
    for _ in 0..4 {
        let mut parts = Vec::new();
        for path in next {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                parts.extend(entries(&path, &format!("{name}:")));
            }
            let Some((driver, numbers)) = name.split_once(':') else { continue };
            let Ok(numbers) = numbers.split(':').map(str::parse).collect() else { continue };
            let zone = (driver.to_owned(), numbers);
            if path.is_dir() {
                zones.entry(zone).or_insert(path);
            } else {
                hidden.push(zone);
            }
        }
        next = parts;
    }
    (zones, hidden)
}

/// The counters, and what is worth knowing about the zones that show them. `of_package` states that dies have no counters of
/// their own.
fn counters(zones: &BTreeMap<Zone, PathBuf>, of_package: bool) -> (Vec<Counter>, String) {
    let own: BTreeMap<&Zone, String> =
        zones.iter().filter_map(|(zone, path)| Some((zone, label(&path.join("name"))?))).collect();
    let mut counters: Vec<Counter> = Vec::new();
    let (mut again, mut dies) = (Vec::new(), false);
    for (zone, path) in zones {
        let name = full_name(zone, &own);
        // Drivers name a counter alike. Zones of one driver are compared.
        let same = counters.iter_mut().find(|counter| match counter.zone.0 == zone.0 {
            false => counter.name == name,
            true => {
                zone.1.len() == 1
                    && package(&counter.name).is_some_and(|own| package(&name) == Some(own))
                    && (of_package || mirrors(&counter.folders[0], path))
            }
        });
        match same {
            Some(counter) => {
                dies |= counter.zone.0 == zone.0;
                if counter.zone.0 != zone.0 && !again.contains(&zone.0) {
                    again.push(zone.0.clone());
                }
                counter.folders.push(path.clone());
            }
            None => counters.push(Counter { name, zone: zone.clone(), folders: vec![path.clone()] }),
        }
    }
    let shown_again = |driver: &String| format!("; {driver} shows the same counters and is not counted again");
    let mut notes: String = again.iter().map(shown_again).collect();
    if dies {
        notes += "; several zones show the counter of one package, which is counted once";
    }
    (counters, notes)
}

/// `package-0` of `package-0` and of `package-0-die-1`, if the name is that of a package.
fn package(name: &str) -> Option<&str> {
    let number = name.strip_prefix("package-")?.split('-').next()?;
    name.get(.."package-".len() + number.len())
}

/// Whether two zones show one counter: what the other reads between two readings of the one is between these. The
/// counters of two dies do not agree to within the microseconds that this takes.
fn mirrors(one: &Path, other: &Path) -> bool {
    let read = |folder: &Path| number(&folder.join("energy_uj"));
    (0..3).all(|_| match (read(one), read(other), read(one)) {
        (Ok(before), Ok(between), Ok(after)) => before <= between && between <= after,
        _ => false,
    })
}

/// A rail and another that includes it, among rails of this source: their sum would count the same energy twice.
pub fn overlap<'a>(names: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let includes = |whole: &str, part: &str| {
        let inner = part.strip_prefix(whole).and_then(|rest| rest.strip_prefix('/'));
        inner.is_some_and(|inner| !inner.starts_with("dram")) || (whole == "psys" && part.starts_with("package-"))
    };
    names.iter().find_map(|whole| Some((*names.iter().find(|part| includes(whole, part))?, *whole)))
}

/// The name of a zone, after the names of the zones that contain it.
fn full_name(zone: &Zone, own: &BTreeMap<&Zone, String>) -> String {
    let named = |end: usize| {
        let outer: Zone = (zone.0.clone(), zone.1[..end].to_vec());
        own.get(&outer).cloned().unwrap_or_else(|| numbers(&outer))
    };
    (1..=zone.1.len()).map(named).collect::<Vec<_>>().join("/")
}

fn numbers(zone: &Zone) -> String {
    let numbers: Vec<String> = zone.1.iter().map(u32::to_string).collect();
    format!("zone {}", numbers.join(":"))
}

fn folder_name(zone: &Zone) -> String {
    numbers(zone).replace("zone ", &format!("{}:", zone.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    /// The source of zones, each with its name and its count.
    fn of(zones: &[(&str, &str, &str)]) -> Source {
        let files: Vec<[(String, String); 2]> = zones
            .iter()
            .map(|(zone, name, count)| {
                let below = |file: &str| format!("{POWERCAP}/{zone}/{file}");
                [(below("name"), format!("{name}\n")), (below("energy_uj"), format!("{count}\n"))]
            })
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().flatten().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        find(fixture(&files).path()).remove(0)
    }

    /// The names of the rails, and those of the total.
    fn rails(source: &Source) -> (Vec<&str>, Vec<&str>) {
        let names: Vec<&str> = source.rails.iter().map(|rail| rail.name.as_str()).collect();
        let total = match &source.total {
            Total::Rails { indices, .. } => indices.iter().map(|&index| names[index]).collect(),
            Total::Unknown { .. } => Vec::new(),
        };
        (names, total)
    }

    #[test]
    fn a_zone_that_the_kernel_shows_twice_is_counted_once() {
        let folder = fixture(&[
            ("intel-rapl:0/name", ""),
            ("intel-rapl:0/intel-rapl:0:0/name", ""),
            ("intel-rapl:0:0/name", ""),
            ("intel-rapl/intel-rapl:1/name", ""),
            ("intel-rapl:x/name", ""),
        ]);
        let found: Vec<Vec<u32>> = zones(folder.path()).0.into_keys().map(|zone| zone.1).collect();
        assert_eq!(found, [vec![0], vec![0, 0], vec![1]]);
    }

    #[test]
    fn a_counter_that_several_drivers_show_is_counted_once() {
        let all = of(&[
            ("intel-rapl:0", "package-0", "5000"),
            ("intel-rapl-mmio:0", "package-0", "5100"),
            ("intel-rapl-mmio:0:0", "dram", "70"),
            ("intel-rapl-tpmi:0", "package-0", "5000"),
        ]);
        assert_eq!(rails(&all), (vec!["package-0", "package-0/dram"], vec!["package-0"]));
        assert!(
            all.what.contains("; intel-rapl-mmio shows the same counters and is not counted again"),
            "{}",
            all.what
        );
        // The registers cannot be read, for example in a locked-down kernel.
        let failing = of(&[("intel-rapl:0", "package-0", ""), ("intel-rapl-mmio:0", "package-0", "5100")]);
        let Access::Files(Formula::Energy { file, .. }) = &failing.rails[0].access else { panic!("no counter") };
        assert!(file.to_string_lossy().contains("intel-rapl-mmio:0") && failing.rails.len() == 1, "{file:?}");
    }

    #[test]
    fn dies_that_show_the_counter_of_their_package_are_counted_once() {
        let of = |counts: [&str; 4]| {
            let names = ["package-0-die-0", "package-0-die-1", "package-1-die-0", "package-1-die-1"];
            let zones = ["intel-rapl:0", "intel-rapl:1", "intel-rapl:2", "intel-rapl:3"];
            let all: Vec<_> = (0..4).map(|index| (zones[index], names[index], counts[index])).collect();
            rails(&of(&all)).1.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(of(["500", "500", "500", "500"]), ["package-0-die-0", "package-1-die-0"]);
        // Dies with counters of their own.
        assert_eq!(of(["500", "700", "500", "900"]).len(), 4);
    }

    #[test]
    fn without_a_package_there_is_no_total() {
        let found = of(&[("intel-rapl:0", "psys", "5")]);
        assert_eq!(rails(&found), (vec!["psys"], vec![]));
        let found = of(&[("intel-rapl:0", "package-0", "5"), ("intel-rapl:1", "package-0", "7")]);
        assert!(matches!(&found.total, Total::Unknown { why } if why.contains("two different counters")));
    }

    #[test]
    fn counters_that_a_container_hides_are_not_absent() {
        let driver = format!("{DRIVER}/uevent");
        // A link that leads nowhere, as a file of its target, and a class without entries.
        for files in [&[("class/powercap/intel-rapl:0", "../../devices/virtual/powercap")][..], &[(&driver, "")]] {
            let found = find(fixture(files).path());
            let locked = found[0].rails[0].locked.as_ref().expect("it is hidden");
            assert!(locked.reason.contains("container") && locked.remedy.contains("unmask="), "{locked:?}");
            assert_eq!(rails(&found[0]).1, ["intel-rapl:0"]);
        }
        // A virtual machine has the framework and no counter.
        let files = [("class/powercap/intel-rapl/enabled", "1\n"), (&driver, "")];
        assert_eq!(find(fixture(&files).path()), []);
    }

    #[test]
    fn a_part_overlaps_with_what_includes_it() {
        assert_eq!(overlap(&["package-0", "package-0/dram", "package-1"]), None);
        assert_eq!(overlap(&["package-0/core", "package-0"]), Some(("package-0/core", "package-0")));
        assert_eq!(overlap(&["package-1", "psys"]), Some(("package-1", "psys")));
        assert_eq!(overlap(&["package-1/core", "package-10"]), None);
    }
}
