//! Whether the files of a rail can be read, and what to do where they may not. Knows no driver.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::io::Errno;

use super::files::MAX_BYTES;
use super::formula::Formula;
use super::source::Locked;

/// Whether a rail can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It can.
    Open,
    /// There is none: a file is missing, or nothing is connected to the channel.
    Absent,
    /// There is one, and the kernel does not let it be read.
    Locked(Locked),
}

/// Whether all files of a rail can be read. `remedy` is what helps where only permission is missing.
pub fn reach(formula: &Formula, remedy: &str) -> Reach {
    let mut all = Reach::Open;
    for file in formula.files() {
        match (read(file), &all) {
            (Ok(()), _) => {}
            (Err(error), Reach::Open) => all = judge(&error, file, remedy),
            // A file that is missing decides: the rail is none.
            (Err(error), _) if judge(&error, file, remedy) == Reach::Absent => all = Reach::Absent,
            (Err(_), _) => {}
        }
    }
    all
}

/// Reads as much of a file as any value of the kernel has.
fn read(file: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES).read_to_end(&mut bytes).map(drop)
}

/// What an error on reading means.
fn judge(error: &io::Error, file: &Path, remedy: &str) -> Reach {
    let locked = |remedy: String| Reach::Locked(Locked { reason: error.kind().to_string(), remedy });
    match error.kind() {
        io::ErrorKind::NotFound => Reach::Absent,
        // The driver of the INA3221 answers so for a channel that is not connected.
        _ if Errno::from_io_error(error) == Some(Errno::NODATA) => Reach::Absent,
        // Passes by itself; whoever reads sees whether it did.
        io::ErrorKind::Interrupted
        | io::ErrorKind::WouldBlock
        | io::ErrorKind::TimedOut
        | io::ErrorKind::ResourceBusy => Reach::Open,
        // What the mode of the file forbids. Drivers that refuse for a reason of their own say "not permitted" instead.
        io::ErrorKind::PermissionDenied if Errno::from_io_error(error) != Some(Errno::PERM) => {
            locked(remedy.to_owned())
        }
        _ => locked(format!("`cat {}` shows what the driver says, `sudo dmesg` may tell why", file.display())),
    }
}

/// A command that lets everybody read `files` until the next start, and one that keeps it so by a rule of udev. `matching` says
/// which devices the rule is for, `names` which of their files.
pub fn remedy(files: &str, matching: &str, names: &[&str]) -> String {
    // A program without a shell around it: old releases of udev know no quotes within quotes.
    let names: String = names.iter().map(|name| format!(" %S%p/{name}")).collect();
    let rule = format!(r#"{matching}, RUN+="/bin/chmod a+r{names}""#);
    format!(
        "`sudo chmod a+r {files}` lets every user read it until the next start; to keep it so: \
         `echo '{rule}' | sudo tee -a /etc/udev/rules.d/70-power.rules`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    fn of(errno: Errno) -> Reach {
        judge(&errno.into(), Path::new("curr1_input"), "chmod")
    }

    #[test]
    fn only_what_the_mode_of_a_file_forbids_is_mended_by_another_mode() {
        let locked = |reason: &str, remedy: &str| Locked { reason: reason.into(), remedy: remedy.into() };
        assert_eq!(of(Errno::ACCESS), Reach::Locked(locked("permission denied", "chmod")));
        for errno in [Errno::PERM, Errno::NODEV, Errno::IO] {
            let Reach::Locked(locked) = of(errno) else { panic!("{errno}") };
            assert!(locked.remedy.starts_with("`cat curr1_input` "), "{locked:?}");
        }
    }

    #[test]
    fn a_channel_without_data_is_no_rail_and_a_busy_bus_is_no_lock() {
        assert_eq!([Errno::NODATA, Errno::NOENT].map(of), [Reach::Absent, Reach::Absent]);
        assert_eq!([Errno::AGAIN, Errno::BUSY, Errno::TIMEDOUT].map(of), [Reach::Open, Reach::Open, Reach::Open]);
    }

    #[test]
    fn a_rail_is_as_open_as_the_worst_of_its_files() {
        let folder = fixture(&[("volts", "5000\n"), ("amperes/file", ""), ("milli", "1\n")]);
        let of = |voltage: &str, current: &str| {
            let [voltage, current] = [voltage, current].map(|name| folder.path().join(name));
            reach(&Formula::Product { voltage, current, unit: 1.0, magnitude: false }, "chmod")
        };
        assert_eq!(of("volts", "milli"), Reach::Open);
        let Reach::Locked(locked) = of("volts", "amperes") else { panic!("a folder is read") };
        assert_eq!(locked.reason, "is a directory");
        assert_eq!(of("amperes", "none"), Reach::Absent);
        assert_eq!(of("none", "amperes"), Reach::Absent);
    }

    #[test]
    fn a_remedy_holds_now_and_after_the_next_start() {
        let remedy = remedy("S/zone:*/energy", r#"SUBSYSTEM=="powercap""#, &["energy"]);
        assert!(remedy.starts_with("`sudo chmod a+r S/zone:*/energy` "), "{remedy}");
        let rule = r#"echo 'SUBSYSTEM=="powercap", RUN+="/bin/chmod a+r %S%p/energy"' | sudo tee -a"#;
        assert!(remedy.contains(rule), "{remedy}");
    }
}
