//! The command `doctor`: the machine as a measurement would find it, and what to mend before measuring. Measures nothing and
//! changes nothing; every check is a function from what was read to findings.

pub mod finding;
pub mod report;
pub mod snapshot;
pub mod table;

mod busy;
mod clocks;
pub mod graphics;
mod heat;
mod load;
mod memory;
mod platform;
mod power;
mod rights;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use self::finding::{Finding, Severity};
use self::snapshot::Snapshot;
use crate::roots::Roots;
use crate::sensors;

/// Long enough for shares of a percent where the kernel counts time in steps of 10 ms on several cores.
const PAUSE: Duration = Duration::from_millis(500);

/// Long enough to see how often a sensor is renewed.
const SENSORS: Duration = Duration::from_secs(2);

/// What `--help` says last.
pub const HELP: &str = "\
What is to be mended comes with the command that mends it; nothing is changed here. `not known` comes with the reason.\n
Exit code: 0; with --strict 1 when there is something to mend.";

/// All checks, in the order of the table above their findings.
const CHECKS: [fn(&Snapshot) -> Vec<Finding>; 8] = [
    platform::check,
    clocks::check,
    load::check,
    memory::check,
    rights::check,
    heat::check,
    power::check,
    graphics::check,
];

/// A look at the machine.
#[derive(Args)]
pub struct Doctor {
    /// Exit with code 1 when there is something to mend
    #[arg(long)]
    strict: bool,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    roots: Roots,
    /// Below which drivers are installed
    #[arg(long, value_name = "DIR", hide = true, default_value = "/")]
    root: PathBuf,
}

impl Doctor {
    /// Looks for half a second, and for two at power sources, and prints.
    pub fn run(&self) -> ExitCode {
        let snapshot = Snapshot::take(&self.roots.procfs, &self.roots.sysfs, &self.root, PAUSE);
        let findings = findings(&snapshot);
        let mut text = report::text(&snapshot.observations, &findings);
        if let Some(sources) = sensors::words(&self.roots.sysfs, SENSORS) {
            text += "\nPower sources\n";
            text += &sources;
        }
        // Whoever closed standard output wants no more of it.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        let is_ill = findings.iter().any(|finding| finding.severity == Severity::Fix);
        if self.strict && is_ill { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// What all checks find, what is to be mended first.
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(snapshot)).collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_mended_comes_first() {
        let found = findings(&snapshot::of(&[
            ("devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("meminfo", "MemTotal: 100 kB\nMemAvailable: 10 kB\nSwapTotal: 9 kB\nSwapFree: 1 kB\n"),
        ]));
        let severities: Vec<Severity> = found.iter().map(|finding| finding.severity).collect();
        assert!(severities.is_sorted() && severities.contains(&Severity::Fix) && severities.contains(&Severity::Note));
    }
}
