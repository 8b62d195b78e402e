//! The state of a machine at one moment: time, clocks, load, PSI, steal time, swapping, temperature, throttling.

use std::path::Path;

use super::clock::Clock;
use super::processor_time::ProcessorTime;
use super::swapping::Swapping;
use super::throttling::Throttling;
use super::{Observations, frequency, gpu, observation, temperature, text};

/// The state of the machine at one moment.
#[derive(Clone, Debug)]
pub struct Moment {
    when: Clock,
    governor: Result<String, String>,
    clock: Result<f64, String>,
    gpu_clock: Result<f64, String>,
    load: Result<f64, String>,
    psi: Result<f64, String>,
    /// [ticks, usually 10 ms]
    steal: Result<u64, String>,
    swapping: Swapping,
    hottest: Result<(f64, String), String>,
    throttling: Throttling,
}

impl Moment {
    /// Reads the state now.
    pub fn read(procfs: &Path, sysfs: &Path) -> Self {
        // Read first, so that the time excludes the other reads.
        let when = Clock::read();
        Self {
            when,
            governor: frequency::governor(sysfs),
            clock: frequency::clock(procfs, sysfs),
            gpu_clock: gpu::clock(sysfs),
            load: first_number(procfs, "loadavg", ""),
            psi: first_number(procfs, "pressure/cpu", "some avg10="),
            steal: ProcessorTime::read(procfs).map(|time| time.steal),
            swapping: Swapping::read(procfs),
            hottest: temperature::hottest(sysfs),
            throttling: Throttling::read(sysfs),
        }
    }

    /// The observations for the interval from this moment to a later one.
    pub fn observations_until(&self, after: &Self) -> Observations {
        let mut observations = self.when.observations_until(&after.when);
        observations.insert("governor".to_owned(), observation(after.governor.clone()));
        self.add("before", &mut observations);
        after.add("after", &mut observations);
        let steal = self.steal.clone().and_then(|before| Ok(after.steal.clone()?.saturating_sub(before)));
        observations.insert("steal_ticks".into(), observation(steal));
        observations.extend(self.swapping.observations_until(&after.swapping));
        observations.extend(self.throttling.observations_until(&after.throttling));
        observations
    }

    fn add(&self, when: &str, observations: &mut Observations) {
        observations.insert(format!("clock_{when}_mhz"), observation(self.clock.clone()));
        observations.insert(format!("gpu_clock_{when}_mhz"), observation(self.gpu_clock.clone()));
        observations.insert(format!("load_{when}"), observation(self.load.clone()));
        observations.insert(format!("cpu_psi_{when}_percent"), observation(self.psi.clone()));
        let (temperature, zone) = (self.hottest.clone().map(|of| of.0), self.hottest.clone().map(|of| of.1));
        observations.insert(format!("temperature_{when}_celsius"), observation(temperature));
        observations.insert(format!("hottest_zone_{when}"), observation(zone));
    }
}

/// The number after `start` at the beginning of a file.
fn first_number(procfs: &Path, file: &str, start: &str) -> Result<f64, String> {
    let text = text(procfs, file)?;
    let number = text.strip_prefix(start).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).ok_or_else(|| format!("{file}: expected a number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn a_moment_is_read_from_the_kernels_files() {
        let folder = fixture(&[
            ("devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n"),
            ("devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n"),
            ("devices/system/cpu/cpu1/cpufreq/scaling_governor", "schedutil\n"),
            ("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2000000\n"),
            ("loadavg", "0.42 0.30 0.10 1/200 999\n"),
            ("pressure/cpu", "some avg10=1.50 avg60=0.10 avg300=0.00 total=12\n"),
            ("stat", "cpu  1 2 3 4 5 6 7 88 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n"),
            ("class/thermal/thermal_zone0/temp", "41500\n"),
            ("class/thermal/thermal_zone1/temp", "55250\n"),
        ]);
        let moment = Moment::read(folder.path(), folder.path());
        assert_eq!(moment.governor.as_deref(), Ok("schedutil"));
        assert_eq!((moment.clock, moment.load, moment.psi), (Ok(1500.0), Ok(0.42), Ok(1.5)));
        assert_eq!((moment.steal, moment.hottest), (Ok(88), Ok((55.25, "unnamed".to_owned()))));
    }

    #[test]
    fn invalid_files_give_a_reason() {
        let folder = fixture(&["loadavg", "stat", "cpuinfo"].map(|file| (file, "nan\n")));
        let moment = Moment::read(folder.path(), folder.path());
        assert!(moment.load.is_err() && moment.steal.is_err() && moment.clock.is_err());
    }
}
