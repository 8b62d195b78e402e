//! The energy counters of a processor (RAPL), as the kernel's powercap framework reports them.
//!
//! The kernel may list the same counters a second time as `intel-rapl-mmio`. Those are skipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use results::power::Scope;

use super::formula::Formula;
use super::label::{distinct, label};
use super::reach::{Reach, reach, remedy};
use super::source::{Access, Rail, Source, Total};
use crate::environment::entries;

/// Below sysfs (Documentation/power/powercap/powercap.rst).
const POWERCAP: &str = "class/powercap";
const START: &str = "intel-rapl";

/// The update period of the counters [s]: Intel SDM volume 3B, "RAPL Interfaces", "approximately every 1 msec".
const PERIOD: f64 = 1e-3;

/// The step of the counters [J]: 2^-14 J on most processors, 2^-16 J on others (ibid., "MSR_RAPL_POWER_UNIT"). This is
/// the larger.
const STEP: f64 = 1.0 / 16384.0;

/// The numbers of a zone: `[0, 1]` of `intel-rapl:0:1`.
type Zone = Vec<u32>;

/// The counters of all sockets, if there are any.
pub fn find(sysfs: &Path) -> Vec<Source> {
    let powercap = sysfs.join(POWERCAP);
    let remedy = remedy(
        &format!("{}/{START}:*/energy_uj", powercap.display()),
        r#"SUBSYSTEM=="powercap", KERNEL=="intel-rapl:*""#,
        &["energy_uj"],
    );
    // The reason why the kernel hides it from users since 5.10.
    let remedy = format!("{remedy}; users can then learn secrets of other users' programs (CVE-2020-8694)");
    let zones = zones(&powercap);
    let own: BTreeMap<&Zone, String> = zones.iter().filter_map(|(zone, path)| Some((zone, name(path)?))).collect();
    let mut named = Vec::new();
    let mut rails = Vec::new();
    let mut indices = Vec::new();
    for (zone, path) in &zones {
        let file = path.join("energy_uj");
        let range = Some(path.join("max_energy_range_uj")).filter(|range| range.exists());
        let formula = Formula::Energy { file, unit: 1e-6, range };
        let locked = match reach(&formula, &remedy) {
            Reach::Open => None,
            Reach::Absent => continue,
            Reach::Locked(locked) => Some(locked),
        };
        if zone.len() == 1 && own.get(zone).is_some_and(|name| name.starts_with("package-")) {
            indices.push(rails.len());
        }
        named.push((full_name(zone, &own), number(zone)));
        rails.push(Rail {
            name: String::new(),
            access: Access::Files(formula),
            step: Some(STEP),
            accuracy: None,
            locked,
        });
    }
    if rails.is_empty() {
        return Vec::new();
    }
    for (rail, name) in rails.iter_mut().zip(distinct(&named)) {
        rail.name = name;
    }
    let total = match indices.is_empty() {
        true => Total::Unknown { why: "no known total: no counter belongs to a package".to_owned() },
        false => Total::Rails {
            indices,
            why:
                "the packages of all sockets; a package includes core and uncore, psys includes the package, and dram \
                  is the memory next to it"
                    .to_owned(),
        },
    };
    vec![Source {
        name: "rapl".to_owned(),
        what: "the processor's own energy counters (RAPL)".to_owned(),
        scope: Scope::Package,
        rails,
        total,
        unavailable: None,
        nominal_period: Some(PERIOD),
        averaging: None,
    }]
}

/// All zones with their folders. The kernel shows a subzone twice: next to the others and below the zone it is part of.
fn zones(powercap: &Path) -> BTreeMap<Zone, PathBuf> {
    let start = format!("{START}:");
    let mut zones = BTreeMap::new();
    let mut next = entries(powercap, &start);
    next.extend(entries(&powercap.join(START), &start));
    // Zones have at most three levels.
    for _ in 0..3 {
        let mut parts = Vec::new();
        for path in next {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let zone = name.strip_prefix(&start).map(|numbers| numbers.split(':').map(str::parse).collect());
            let Some(Ok(zone)) = zone else { continue };
            parts.extend(entries(&path, &format!("{name}:")));
            zones.entry(zone).or_insert(path);
        }
        next = parts;
    }
    zones
}

/// The kernel's name for a zone.
fn name(zone: &Path) -> Option<String> {
    label(&zone.join("name"))
}

/// The name of a zone, after the names of the zones that contain it.
fn full_name(zone: &Zone, own: &BTreeMap<&Zone, String>) -> String {
    let named = |end: usize| {
        let zone: Zone = zone[..end].to_vec();
        own.get(&zone).cloned().unwrap_or_else(|| number(&zone))
    };
    (1..=zone.len()).map(named).collect::<Vec<_>>().join("/")
}

fn number(zone: &Zone) -> String {
    let numbers: Vec<String> = zone.iter().map(u32::to_string).collect();
    format!("zone {}", numbers.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn a_zone_that_the_kernel_shows_twice_is_counted_once() {
        let folder = fixture(&[
            ("intel-rapl:0/name", ""),
            ("intel-rapl:0/intel-rapl:0:0/name", ""),
            ("intel-rapl:0:0/name", ""),
            ("intel-rapl/intel-rapl:1/name", ""),
            ("intel-rapl-mmio:0/name", ""),
            ("intel-rapl:x/name", ""),
        ]);
        let found: Vec<Zone> = zones(folder.path()).into_keys().collect();
        assert_eq!(found, [vec![0], vec![0, 0], vec![1]]);
    }

    #[test]
    fn without_a_package_there_is_no_total() {
        let below = |file: &str| format!("{POWERCAP}/intel-rapl:0/{file}");
        let (name, energy) = (below("name"), below("energy_uj"));
        let folder = fixture(&[(&name, "psys\n"), (&energy, "5\n")]);
        let found = find(folder.path());
        assert_eq!(found[0].rails[0].name, "psys");
        assert!(matches!(&found[0].total, Total::Unknown { .. }));
    }
}
