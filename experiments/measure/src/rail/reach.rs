//! Whether the files of a rail can be read, and the remedy where permission is missing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::io::Errno;

use super::files::{MAX_BYTES, number};
use super::formula::Formula;
use super::source::Locked;
use crate::environment::words;

/// Whether a rail can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It can be read.
    Open,
    /// It does not exist: a file is missing, or nothing is connected to the channel.
    Absent,
    /// It exists and cannot be read.
    Locked(Locked),
}

/// Whether all files of a rail can be read. `remedy` applies where only permission is missing.
pub fn reach(formula: &Formula, remedy: &str) -> Reach {
    let mut all = Reach::Open;
    for file in formula.files() {
        match (read(file), &all) {
            (Ok(()), _) => {}
            (Err(error), Reach::Open) => all = judge(&error, file, remedy),
            // A missing file has precedence: the rail does not exist.
            (Err(error), _) if judge(&error, file, remedy) == Reach::Absent => all = Reach::Absent,
            (Err(_), _) => {}
        }
    }
    all
}

/// The first of the formulas that gives a value, else the first that exists, with the reason why it cannot be read.
/// `None` where none exists. Drivers have files that always fail, and other files with the same quantity.
pub fn first(formulas: impl IntoIterator<Item = Formula>, remedy: &str) -> Option<(Formula, Option<Locked>)> {
    let mut failed = None;
    for formula in formulas {
        match reach(&formula, remedy) {
            Reach::Absent => {}
            Reach::Open if gives_a_value(&formula) => return Some((formula, None)),
            Reach::Open => failed = failed.or(Some((formula, None))),
            Reach::Locked(locked) => failed = failed.or(Some((formula, Some(locked)))),
        }
    }
    failed
}

/// Whether the formula gives a value now, and not a negative power or count.
fn gives_a_value(formula: &Formula) -> bool {
    match formula {
        Formula::Power { file, unit } | Formula::Energy { file, unit, .. } => {
            number(file).is_ok_and(|value| value * unit >= 0.0)
        }
        Formula::Product { voltage, current, .. } => number(voltage).is_ok() && number(current).is_ok(),
    }
}

/// Reads a file, up to the longest value.
fn read(file: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES).read_to_end(&mut bytes).map(drop)
}

/// The meaning of a read error.
fn judge(error: &io::Error, file: &Path, remedy: &str) -> Reach {
    let locked = |remedy: String| Reach::Locked(Locked { reason: words(error), remedy });
    match error.kind() {
        io::ErrorKind::NotFound => Reach::Absent,
        // The INA3221 driver returns this for a channel that is not connected.
        _ if Errno::from_io_error(error) == Some(Errno::NODATA) => Reach::Absent,
        // Transient; later reads show whether it persists.
        io::ErrorKind::Interrupted
        | io::ErrorKind::WouldBlock
        | io::ErrorKind::TimedOut
        | io::ErrorKind::ResourceBusy => Reach::Open,
        // The mode of the file forbids it. Drivers that refuse for reasons of their own return "not permitted" (EPERM)
        // instead.
        io::ErrorKind::PermissionDenied if Errno::from_io_error(error) != Some(Errno::PERM) => {
            locked(remedy.to_owned())
        }
        _ => locked(format!("`cat {}` shows the driver's error, and `sudo dmesg` may show why", file.display())),
    }
}

/// A command that lets every user read `files` until the next boot, and one that adds a udev rule to make that
/// permanent. The rule applies to the files `names` of the devices that `matching` selects.
pub fn remedy(files: &str, matching: &str, names: &[&str]) -> String {
    // The rule runs a program without a shell: old releases of udev do not support nested quotes.
    let names: String = names.iter().map(|name| format!(" %S%p/{name}")).collect();
    let rule = format!(r#"{matching}, RUN+="/bin/chmod a+r{names}""#);
    format!(
        "`sudo chmod a+r {files}` lets every user read it until the next boot; to make that permanent: \
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
    fn chmod_is_the_remedy_only_where_the_mode_of_a_file_forbids_reading() {
        let locked = |reason: &str, remedy: &str| Locked { reason: reason.into(), remedy: remedy.into() };
        assert_eq!(of(Errno::ACCESS), Reach::Locked(locked("Permission denied", "chmod")));
        for errno in [Errno::PERM, Errno::NODEV, Errno::IO] {
            let Reach::Locked(locked) = of(errno) else { panic!("{errno}") };
            assert!(locked.remedy.starts_with("`cat curr1_input` "), "{locked:?}");
        }
    }

    #[test]
    fn the_first_formula_with_a_value_is_used_and_otherwise_the_first_that_exists() {
        let folder = fixture(&[("empty", ""), ("negative", "-5\n"), ("folder/file", ""), ("good", "5\n")]);
        let first = |names: &[&str]| {
            let power = |name: &&str| Formula::Power { file: folder.path().join(name), unit: 1e-6 };
            let (formula, locked) = first(names.iter().map(power), "chmod")?;
            Some((formula.files()[0].file_name()?.to_str()?.to_owned(), locked.map(|locked| locked.reason)))
        };
        for bad in ["none", "empty", "negative", "folder"] {
            assert_eq!(first(&[bad, "good"]), Some(("good".to_owned(), None)), "{bad}");
        }
        assert_eq!(first(&["folder", "empty"]), Some(("folder".to_owned(), Some("Is a directory".to_owned()))));
        assert_eq!(first(&["none"]), None);
    }

    #[test]
    fn the_reason_is_in_the_words_of_the_kernel() {
        let Reach::Locked(locked) = of(Errno::IO) else { panic!("it can be read") };
        assert_eq!(locked.reason, "Input/output error");
    }

    #[test]
    fn a_channel_without_data_is_absent_and_a_busy_bus_is_not_locked() {
        assert_eq!([Errno::NODATA, Errno::NOENT].map(of), [Reach::Absent, Reach::Absent]);
        assert_eq!([Errno::AGAIN, Errno::BUSY, Errno::TIMEDOUT].map(of), [Reach::Open, Reach::Open, Reach::Open]);
    }

    #[test]
    fn a_rail_is_only_as_readable_as_the_worst_of_its_files() {
        let folder = fixture(&[("volts", "5000\n"), ("amperes/file", ""), ("milli", "1\n")]);
        let of = |voltage: &str, current: &str| {
            let [voltage, current] = [voltage, current].map(|name| folder.path().join(name));
            reach(&Formula::Product { voltage, current, unit: 1.0, magnitude: false }, "chmod")
        };
        assert_eq!(of("volts", "milli"), Reach::Open);
        let Reach::Locked(locked) = of("volts", "amperes") else { panic!("a folder was read") };
        assert_eq!(locked.reason, "Is a directory");
        assert_eq!(of("amperes", "none"), Reach::Absent);
        assert_eq!(of("none", "amperes"), Reach::Absent);
    }

    #[test]
    fn a_remedy_applies_now_and_after_the_next_boot() {
        let remedy = remedy("S/zone:*/energy", r#"SUBSYSTEM=="powercap""#, &["energy"]);
        assert!(remedy.starts_with("`sudo chmod a+r S/zone:*/energy` "), "{remedy}");
        let rule = r#"echo 'SUBSYSTEM=="powercap", RUN+="/bin/chmod a+r %S%p/energy"' | sudo tee -a"#;
        assert!(remedy.contains(rule), "{remedy}");
    }
}
