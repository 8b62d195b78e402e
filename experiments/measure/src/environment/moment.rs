//! What a machine is doing at one moment, and when that is: clocks, load, pressure, stolen time, temperature.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::{Facts, field, observation, text};

/// One look at the machine.
#[derive(Clone, Debug)]
pub struct Moment {
    when: Clock,
    governor: Result<String, String>,
    clock: Result<f64, String>,
    load: Result<f64, String>,
    pressure: Result<f64, String>,
    steal: Result<u64, String>,
    temperature: Result<f64, String>,
}

impl Moment {
    /// Looks now.
    pub fn read(procfs: &Path, sysfs: &Path) -> Self {
        // First, so that nothing of what follows is counted to what was measured before.
        let when = Clock::read();
        let cpus = cpus(sysfs);
        Self {
            when,
            governor: governor(&cpus),
            clock: clock(&cpus, procfs),
            load: first_number(procfs, "loadavg", ""),
            pressure: first_number(procfs, "pressure/cpu", "some avg10="),
            steal: steal(procfs),
            temperature: temperature(sysfs),
        }
    }

    /// The facts of what lies between this moment and a later one.
    pub fn facts_until(&self, after: &Self) -> Facts {
        let mut facts = self.when.facts_until(&after.when);
        facts.insert("governor".to_owned(), observation(after.governor.clone()));
        self.add("before", &mut facts);
        after.add("after", &mut facts);
        let stolen = self.steal.clone().and_then(|before| Ok(after.steal.clone()?.saturating_sub(before)));
        facts.insert("steal_ticks".into(), observation(stolen));
        facts
    }

    fn add(&self, when: &str, facts: &mut Facts) {
        facts.insert(format!("clock_{when}_mhz"), observation(self.clock.clone()));
        facts.insert(format!("load_{when}"), observation(self.load.clone()));
        facts.insert(format!("cpu_pressure_{when}_percent"), observation(self.pressure.clone()));
        facts.insert(format!("temperature_{when}_celsius"), observation(self.temperature.clone()));
    }
}

/// The folders of the processor's clocks.
fn cpus(sysfs: &Path) -> Vec<PathBuf> {
    folders(&sysfs.join("devices/system/cpu"), "cpu").into_iter().map(|cpu| cpu.join("cpufreq")).collect()
}

/// The folders directly below `folder` whose names start with `start`; links to folders are such, as they are in sysfs.
fn folders(folder: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    named.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn governor(cpus: &[PathBuf]) -> Result<String, String> {
    let governors: BTreeSet<String> = cpus.iter().filter_map(|cpu| text(cpu, "scaling_governor").ok()).collect();
    match governors.is_empty() {
        true => Err("no clock of this machine has one".to_owned()),
        false => Ok(governors.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// Mean over the cores [MHz], from the governor's clocks or else from what the kernel believes.
fn clock(cpus: &[PathBuf], procfs: &Path) -> Result<f64, String> {
    let kilohertz = cpus.iter().filter_map(|cpu| text(cpu, "scaling_cur_freq").ok()?.parse::<f64>().ok());
    let mut clocks: Vec<f64> = kilohertz.map(|clock| clock / 1e3).collect();
    if clocks.is_empty() {
        let all = text(procfs, "cpuinfo")?;
        clocks = all.split("\n\n").filter_map(|cpu| field(cpu, "cpu MHz")?.parse().ok()).collect();
    }
    mean(&clocks).ok_or_else(|| "neither the governor nor cpuinfo tells a clock".to_owned())
}

fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (!values.is_empty() && mean.is_finite()).then_some((mean * 10.0).round() / 10.0)
}

/// The number after `start` at the beginning of a file.
fn first_number(procfs: &Path, file: &str, start: &str) -> Result<f64, String> {
    let text = text(procfs, file)?;
    let number = text.strip_prefix(start).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).ok_or_else(|| format!("{file}: no number where it should be"))
}

/// Time that a hypervisor gave to others while this machine wanted it, since its start [ticks, mostly 10 ms].
fn steal(procfs: &Path) -> Result<u64, String> {
    // proc_stat(5): cpu user nice system idle iowait irq softirq steal …
    let text = text(procfs, "stat")?;
    let number = text.lines().next().and_then(|line| line.split_whitespace().nth(8)?.parse().ok());
    number.ok_or_else(|| "stat: no eighth number".to_owned())
}

/// The hottest thermal zone [°C].
fn temperature(sysfs: &Path) -> Result<f64, String> {
    let zones = folders(&sysfs.join("class/thermal"), "thermal_zone");
    let millis = zones.iter().filter_map(|zone| text(zone, "temp").ok()?.parse::<f64>().ok());
    millis.map(|millis| millis / 1e3).reduce(f64::max).ok_or_else(|| "no thermal zone can be read".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_from_the_kernels_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        for (cpu, kilohertz) in [("cpu0", "1000000"), ("cpu1", "2000000")] {
            write(&format!("devices/system/cpu/{cpu}/cpufreq/scaling_governor"), "schedutil\n");
            write(&format!("devices/system/cpu/{cpu}/cpufreq/scaling_cur_freq"), &format!("{kilohertz}\n"));
        }
        write("loadavg", "0.42 0.30 0.10 1/200 999\n");
        write("pressure/cpu", "some avg10=1.50 avg60=0.10 avg300=0.00 total=12\n");
        write("stat", "cpu  1 2 3 4 5 6 7 88 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n");
        write("class/thermal/thermal_zone0/temp", "41500\n");
        write("class/thermal/thermal_zone1/temp", "55250\n");
        let moment = Moment::read(folder.path(), folder.path());
        assert_eq!(moment.governor.as_deref(), Ok("schedutil"));
        assert_eq!((moment.clock, moment.load, moment.pressure), (Ok(1500.0), Ok(0.42), Ok(1.5)));
        assert_eq!((moment.steal, moment.temperature), (Ok(88), Ok(55.25)));
    }

    #[test]
    fn rubbish_is_a_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["loadavg", "stat", "cpuinfo"] {
            fs::write(folder.path().join(file), "nan\n").expect("a file");
        }
        let moment = Moment::read(folder.path(), folder.path());
        assert!(moment.load.is_err() && moment.steal.is_err() && moment.clock.is_err());
    }
}
