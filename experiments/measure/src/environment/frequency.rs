//! The clock frequencies of the processor's cores: governor, driver, bounds and present values. Time is in
//! [`super::clock`].

use std::collections::BTreeSet;
use std::path::Path;

use results::clocks;

use super::{Observations, cores, field, number, observation, reported, text};

/// What does not change while a point is measured: driver, bounds and turbo.
pub fn observations(sysfs: &Path) -> Observations {
    Observations::from([
        ("clock_driver".to_owned(), observation(distinct(sysfs, "scaling_driver", "a clock driver"))),
        ("clock_min_mhz".to_owned(), observation(bound(sysfs, "scaling_min_freq", f64::min))),
        ("clock_max_mhz".to_owned(), observation(bound(sysfs, "scaling_max_freq", f64::max))),
        ("turbo".to_owned(), observation(turbo(sysfs))),
        (clocks::FIXED.to_owned(), observation(fixed(sysfs))),
    ])
}

/// Whether the clock of every core is fixed: its bounds are equal and turbo does not go beyond them, or a user has set
/// it. The cores of a cluster have the same bounds.
fn fixed(sysfs: &Path) -> Result<bool, String> {
    let turbo = turbo(sysfs) == Ok(true);
    let fixed = cores(sysfs).into_iter().filter_map(|core| {
        let clock = |file: &str| number::<u64>(&core, &format!("cpufreq/{file}"), "a clock").ok();
        let (min, max) = (clock("scaling_min_freq")?, clock("scaling_max_freq")?);
        let is_set =
            text(&core, "cpufreq/scaling_governor").is_ok_and(|governor| governor.trim() == clocks::SET_BY_USER);
        // Turbo starts above the sustained clock, which Intel's driver reports, or at the maximum of other drivers.
        let below = |end: Option<u64>, is_within: bool| end.is_some_and(|end| max < end || is_within && max == end);
        let has_turbo = || turbo && !below(clock("base_frequency"), true) && !below(clock("cpuinfo_max_freq"), false);
        Some(is_set || min == max && !has_turbo())
    });
    fixed.reduce(|all, fixed| all && fixed).ok_or_else(|| "no core reports the bounds of its clock".to_owned())
}

/// The governors of all cores, without duplicates.
pub fn governor(sysfs: &Path) -> Result<String, String> {
    distinct(sysfs, "scaling_governor", "a clock governor")
}

/// The mean clock of the cores [MHz], according to the governor or else to cpuinfo.
pub fn clock(procfs: &Path, sysfs: &Path) -> Result<f64, String> {
    let mut clocks = megahertz(sysfs, "scaling_cur_freq");
    if clocks.is_empty() {
        let all = text(procfs, "cpuinfo")?;
        clocks = all.split("\n\n").filter_map(|core| field(core, "cpu MHz")?.parse().ok()).collect();
    }
    let mean = clocks.iter().sum::<f64>() / clocks.len() as f64;
    let mean = mean.is_finite().then_some((mean * 10.0).round() / 10.0);
    mean.ok_or_else(|| "neither the governor nor cpuinfo reports a clock".to_owned())
}

/// The distinct texts of a file of the cores.
fn distinct(sysfs: &Path, file: &str, what: &str) -> Result<String, String> {
    let distinct = cores(sysfs).into_iter().filter_map(|core| reported(&core, &format!("cpufreq/{file}"), what).ok());
    let distinct: BTreeSet<String> = distinct.collect();
    match distinct.is_empty() {
        true => Err(format!("no core reports {what}")),
        false => Ok(distinct.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// A clock of each core that reports it [MHz].
fn megahertz(sysfs: &Path, file: &str) -> Vec<f64> {
    let file = format!("cpufreq/{file}");
    let clocks = cores(sysfs).into_iter().filter_map(|core| number::<f64>(&core, &file, "a clock").ok());
    clocks.filter(|clock| clock.is_finite()).map(|clock| clock / 1e3).collect()
}

fn bound(sysfs: &Path, file: &str, which: fn(f64, f64) -> f64) -> Result<f64, String> {
    megahertz(sysfs, file).into_iter().reduce(which).ok_or_else(|| "no core reports the bounds of its clock".to_owned())
}

/// Whether clocks may temporarily exceed the sustained maximum.
fn turbo(sysfs: &Path) -> Result<bool, String> {
    // The switch of Intel's driver has the opposite sense.
    let off =
        number::<u8>(sysfs, "devices/system/cpu/intel_pstate/no_turbo", "whether it has turbo").map(|off| off == 0);
    off.or_else(|_| Ok(number::<u8>(sysfs, "devices/system/cpu/cpufreq/boost", "whether it has turbo")? != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{fixture, known};

    #[test]
    fn clocks_and_bounds_include_all_cores() {
        let folder = fixture(&[
            ("devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_driver", "cppc_cpufreq\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_min_freq", "400000\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "1800000\n"),
            ("devices/system/cpu/cpu4/cpufreq/scaling_governor", "performance\n"),
            ("devices/system/cpu/cpu4/cpufreq/scaling_cur_freq", "2000000\n"),
            ("devices/system/cpu/cpu4/cpufreq/scaling_min_freq", "600000\n"),
            ("devices/system/cpu/cpu4/cpufreq/scaling_max_freq", "2400000\n"),
        ]);
        let observations = observations(folder.path());
        assert_eq!(observations["clock_driver"], known("cppc_cpufreq"));
        assert_eq!((&observations["clock_min_mhz"], &observations["clock_max_mhz"]), (&known(400.0), &known(2400.0)));
        assert_eq!(governor(folder.path()).as_deref(), Ok("performance, schedutil"));
        assert_eq!(clock(folder.path(), folder.path()), Ok(1500.0));
    }

    #[test]
    fn clocks_are_fixed_where_the_bounds_of_every_cluster_are_equal_and_turbo_is_not_used() {
        /// Two clusters with these bounds, and other files.
        fn of(bounds: [[&str; 2]; 2], others: &[(&str, &str)]) -> Result<bool, String> {
            let name = |core: u32, file: &str| format!("devices/system/cpu/cpu{core}/cpufreq/scaling_{file}_freq");
            let names = [name(0, "min"), name(0, "max"), name(4, "min"), name(4, "max")];
            let files = names.iter().map(String::as_str).zip(bounds.as_flattened().iter().copied());
            fixed(fixture(&files.chain(others.iter().copied()).collect::<Vec<_>>()).path())
        }
        let equal = [["1400000", "1400000"], ["1800000\n", "1800000"]];
        assert_eq!(of(equal, &[]), Ok(true));
        assert_eq!(of([equal[0], ["600000", "1800000"]], &[]), Ok(false));
        assert_eq!(of([["600000", "1400000"], equal[1]], &[]), Ok(false));
        assert_eq!(fixed(fixture(&[]).path()), Err("no core reports the bounds of its clock".to_owned()));
        let boost = |state| ("devices/system/cpu/cpufreq/boost", state);
        let most = |core, clock| {
            (
                if core == 0 {
                    "devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"
                } else {
                    "devices/system/cpu/cpu4/cpufreq/cpuinfo_max_freq"
                },
                clock,
            )
        };
        assert_eq!(of(equal, &[boost("0")]), Ok(true));
        assert_eq!(of(equal, &[boost("1")]), Ok(false));
        assert_eq!(of(equal, &[boost("1"), most(0, "1400000"), most(4, "2000000")]), Ok(false));
        assert_eq!(of(equal, &[boost("1"), most(0, "2000000"), most(4, "2000000")]), Ok(true));
        let governor = |core| {
            (
                if core == 0 {
                    "devices/system/cpu/cpu0/cpufreq/scaling_governor"
                } else {
                    "devices/system/cpu/cpu4/cpufreq/scaling_governor"
                },
                "userspace\n",
            )
        };
        let wide = [["600000", "1400000"], ["600000", "1800000"]];
        assert_eq!((of(wide, &[governor(0)]), of(wide, &[governor(0), governor(4)])), (Ok(false), Ok(true)));
    }

    #[test]
    fn without_a_governor_the_clock_is_from_cpuinfo() {
        let folder = fixture(&[("cpuinfo", "cpu MHz : 2600.0\n\ncpu MHz : 2600.5\n")]);
        assert_eq!(clock(folder.path(), folder.path()), Ok(2600.3));
        let invalid = fixture(&[("cpuinfo", "cpu MHz : nan\n")]);
        assert!(clock(invalid.path(), invalid.path()).is_err() && governor(invalid.path()).is_err());
    }

    #[test]
    fn the_two_turbo_switches_have_opposite_senses() {
        let intel = |text| turbo(fixture(&[("devices/system/cpu/intel_pstate/no_turbo", text)]).path());
        let others = |text| turbo(fixture(&[("devices/system/cpu/cpufreq/boost", text)]).path());
        assert_eq!((intel("0\n"), intel("1\n")), (Ok(true), Ok(false)));
        assert_eq!((others("0\n"), others("1\n")), (Ok(false), Ok(true)));
        assert!(turbo(fixture(&[]).path()).is_err());
    }
}
