//! The command `doctor`: the state of the machine, and what to fix before measuring. Measures and changes nothing;
//! every check is a function from a snapshot of the machine to findings.

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
use crate::device::Device;
use crate::roots::Roots;
use crate::sensors;

/// Long enough to resolve a percent where the kernel counts time in steps of 10 ms on several cores.
const PAUSE: Duration = Duration::from_millis(500);

/// Long enough to determine the update period of a sensor.
const SENSORS: Duration = Duration::from_secs(2);

/// The end of `--help`.
pub const HELP: &str = "\
Lists each problem with the command that fixes it; changes nothing. Where a value is not known, the reason is shown.\n
Exit code: 0; with --strict, 1 if something needs fixing.";

/// All checks, in the order of the groups in the table.
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

/// The arguments of `doctor`.
#[derive(Args)]
pub struct Doctor {
    /// Exit with code 1 if something needs fixing
    #[arg(long)]
    strict: bool,
    /// Device that will compute; it decides which power source is read
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: Device,
    /// Where the kernel exposes the machine.
    #[command(flatten)]
    roots: Roots,
    /// The folder below which drivers are installed
    #[arg(long, value_name = "DIR", hide = true, default_value = "/")]
    root: PathBuf,
}

impl Doctor {
    /// Takes a snapshot in half a second, reads power sources for two seconds, and prints both.
    pub fn run(&self) -> ExitCode {
        let snapshot = Snapshot::take(&self.roots.procfs, &self.roots.sysfs, &self.root, self.device, PAUSE);
        let findings = findings(&snapshot);
        let mut text = report::text(&snapshot.observations, &findings);
        if let Some(sources) = sensors::summary(&self.roots.sysfs, self.device, SENSORS) {
            text += "\nPower sources\n";
            text += &sources;
        }
        // A closed standard output is not an error.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        let needs_fixing = findings.iter().any(|finding| finding.severity == Severity::Fix);
        if self.strict && needs_fixing { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// The findings of all checks, problems to fix first.
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(snapshot)).collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_to_fix_come_first() {
        let found = findings(&snapshot::of(&[
            ("devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("meminfo", "MemTotal: 100 kB\nMemAvailable: 10 kB\nSwapTotal: 9 kB\nSwapFree: 1 kB\n"),
        ]));
        let severities: Vec<Severity> = found.iter().map(|finding| finding.severity).collect();
        assert!(severities.is_sorted() && severities.contains(&Severity::Fix) && severities.contains(&Severity::Note));
    }
}
