//! A meter that is no part of the machine, between it and its supply: a file that grows, or a command that prints, with a time and
//! a power in each line. Knows no make of meter.

pub mod line;
pub mod stream;

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use results::power::{Accuracy, Scope};

use super::source::{Access, Rail, Readings, Source, Total};

const SHAPE: &str = "expected meter:FILE or command:LINE; a meter that is right to 0.5 % is meter,accuracy=0.5:FILE";

/// An external meter, as `--power` names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    tells: Tells,
    /// How right it is [%], where the user says so.
    accuracy: Option<f64>,
}

/// Where its lines come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tells {
    /// A file that another program appends to.
    File(PathBuf),
    /// The standard output of a line for the shell.
    Command(String),
}

impl Meter {
    /// The meter that a text names; none when it names no meter.
    ///
    /// # Errors
    /// It names one, and not as it should.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut head = head.split(',');
        let kind = head.next().filter(|kind| ["meter", "command"].contains(kind))?;
        let mut accuracy = None;
        for option in head {
            let percent = option.strip_prefix("accuracy=").and_then(|percent| f64::from_str(percent).ok());
            match percent.filter(|percent| (0.0..100.0).contains(percent)) {
                Some(percent) => accuracy = Some(percent),
                None => return Some(Err(format!("`{option}` says nothing of a meter\nhint: {SHAPE}"))),
            }
        }
        if rest.trim().is_empty() {
            return Some(Err(format!("`{text}` names no meter\nhint: {SHAPE}")));
        }
        let tells = match kind {
            "meter" => Tells::File(rest.into()),
            _ => Tells::Command(rest.to_owned()),
        };
        Some(Ok(Self { tells, accuracy }))
    }

    /// The meter as a source.
    ///
    /// # Errors
    /// Its file is not there.
    pub fn source(&self) -> Result<Source, String> {
        let what = match &self.tells {
            Tells::Command(line) => format!("an external meter, as `{line}` prints it"),
            Tells::File(path) => {
                let is_file = fs::metadata(path).map(|of| of.is_file());
                let wrong = |what: &str| {
                    format!("{}: {what}\nhint: start what writes the meter's log before measuring", path.display())
                };
                match is_file {
                    Ok(true) => format!("an external meter, as its log {} tells", path.display()),
                    Ok(false) => return Err(wrong("the meter's log is no file")),
                    Err(error) => return Err(wrong(&format!("the meter's log cannot be read: {error}"))),
                }
            }
        };
        let accuracy =
            self.accuracy.map(|percent| Accuracy { percent, source: "as the user says of the meter".to_owned() });
        Ok(Source {
            name: self.to_string(),
            what,
            scope: Scope::Supply,
            rails: vec![Rail {
                name: "meter".to_owned(),
                access: Access::Meter(self.clone()),
                step: None,
                accuracy,
                locked: None,
            }],
            total: Total::Rails { indices: vec![0], why: "the meter sees the whole machine".to_owned() },
            not_now: None,
            nominal_period: None,
            averaging: None,
        })
    }

    /// Begins to read its lines, from now on.
    pub fn open(&self) -> Result<Box<dyn Readings>, String> {
        let lines = match &self.tells {
            Tells::File(path) => stream::file(path),
            Tells::Command(line) => stream::command(line),
        };
        Ok(Box::new(lines.map_err(|error| format!("{self}: {error}"))?))
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accuracy = self.accuracy.map_or_else(String::new, |percent| format!(",accuracy={percent}"));
        match &self.tells {
            Tells::File(path) => write!(out, "meter{accuracy}:{}", path.display()),
            Tells::Command(line) => write!(out, "command{accuracy}:{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Meter, String> {
        Meter::parse(text).expect("it names a meter")
    }

    #[test]
    fn a_meter_is_written_as_it_is_read() {
        for text in ["meter:/tmp/a log, of power.csv", "command,accuracy=0.5:read-meter --port a:b | cut -f 1,3"] {
            assert_eq!(parsed(text).map(|meter| meter.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_meter_is_left_to_others_and_half_a_meter_is_answered_with_its_shape() {
        assert_eq!(Meter::parse("hwmon:ina226"), None);
        assert_eq!(Meter::parse("rapl"), None);
        for text in ["meter", "meter:", "command: ", "meter,accuracy=-1:log", "meter,accuracy:log", "meter,x=1:log"] {
            assert!(parsed(text).is_err_and(|error| error.contains(SHAPE)), "{text}");
        }
    }

    #[test]
    fn the_accuracy_is_the_users_word_and_the_scope_the_supply() {
        let source = parsed("command,accuracy=2:meter").and_then(|meter| meter.source()).expect("a source");
        let accuracy = source.rails[0].accuracy.as_ref().expect("it was given");
        assert_eq!((accuracy.percent, source.scope), (2.0, Scope::Supply));
        assert!(accuracy.source.contains("user"), "{}", accuracy.source);
    }

    #[test]
    fn a_log_that_is_not_there_is_told_before_anything_is_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |path: PathBuf| Meter { tells: Tells::File(path), accuracy: None }.source();
        let missing = of(folder.path().join("log.csv")).expect_err("there is none");
        assert!(missing.contains("log.csv: the meter's log cannot be read") && missing.contains("hint: "), "{missing}");
        assert!(of(folder.path().to_owned()).is_err_and(|error| error.contains("is no file")));
    }
}
