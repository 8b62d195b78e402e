//! An external meter between the machine and its supply: a growing file, or the output of a command, with a time and a
//! power in each line.

pub mod line;
pub mod stream;

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use results::power::{Accuracy, Scope};

use super::source::{Access, Rail, Readings, Source, Total};

const SYNTAX: &str = "expected meter:FILE or command:LINE; for a meter accurate to 0.5 %, meter,accuracy=0.5:FILE";

/// An external meter, as in `--power`.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    origin: Origin,
    /// The accuracy that the user stated [%].
    accuracy: Option<f64>,
}

/// The origin of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// A file that another program appends to.
    File(PathBuf),
    /// The standard output of a shell command.
    Command(String),
}

impl Meter {
    /// Parses a meter; `None` where the text is not about a meter.
    ///
    /// # Errors
    /// The text is about a meter, with wrong syntax.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut head = head.split(',');
        let kind = head.next().filter(|kind| ["meter", "command"].contains(kind))?;
        let mut accuracy = None;
        for option in head {
            let percent = option.strip_prefix("accuracy=").and_then(|percent| f64::from_str(percent).ok());
            match percent.filter(|percent| (0.0..100.0).contains(percent)) {
                Some(percent) => accuracy = Some(percent),
                None => return Some(Err(format!("`{option}` is not an option of a meter\nhint: {SYNTAX}"))),
            }
        }
        if rest.trim().is_empty() {
            return Some(Err(format!("`{text}` has no file or command\nhint: {SYNTAX}")));
        }
        let origin = match kind {
            "meter" => Origin::File(rest.into()),
            _ => Origin::Command(rest.to_owned()),
        };
        Some(Ok(Self { origin, accuracy }))
    }

    /// The meter as a source.
    ///
    /// # Errors
    /// The log of the meter cannot be read.
    pub fn source(&self) -> Result<Source, String> {
        let what = match &self.origin {
            Origin::Command(line) => format!("an external meter, read from the output of `{line}`"),
            Origin::File(path) => {
                let is_file = fs::metadata(path).map(|of| of.is_file());
                let wrong = |what: &str| {
                    format!("{}: {what}\nhint: start the program that writes the meter's log first", path.display())
                };
                match is_file {
                    Ok(true) => format!("an external meter, read from its log {}", path.display()),
                    Ok(false) => return Err(wrong("the meter's log is not a file")),
                    Err(error) => return Err(wrong(&format!("the meter's log cannot be read: {error}"))),
                }
            }
        };
        let accuracy = self.accuracy.map(|percent| Accuracy { percent, source: "as stated by the user".to_owned() });
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
            total: Total::Rails { indices: vec![0], why: "the meter measures the whole machine".to_owned() },
            unavailable: None,
            nominal_period: None,
            averaging: None,
            card: None,
        })
    }

    /// Starts to read its lines, from now on.
    pub fn open(&self) -> Result<Box<dyn Readings>, String> {
        let lines = match &self.origin {
            Origin::File(path) => stream::file(path),
            Origin::Command(line) => stream::command(line),
        };
        Ok(Box::new(lines.map_err(|error| format!("{self}: {error}"))?))
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accuracy = self.accuracy.map_or_else(String::new, |percent| format!(",accuracy={percent}"));
        match &self.origin {
            Origin::File(path) => write!(out, "meter{accuracy}:{}", path.display()),
            Origin::Command(line) => write!(out, "command{accuracy}:{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Meter, String> {
        Meter::parse(text).expect("a meter")
    }

    #[test]
    fn a_meter_is_printed_as_it_is_parsed() {
        for text in ["meter:/tmp/a log, of power.csv", "command,accuracy=0.5:read-meter --port a:b | cut -f 1,3"] {
            assert_eq!(parsed(text).map(|meter| meter.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn other_sources_are_not_parsed_as_a_meter_and_an_incomplete_meter_is_refused_with_the_syntax() {
        assert_eq!(Meter::parse("hwmon:ina226"), None);
        assert_eq!(Meter::parse("rapl"), None);
        for text in ["meter", "meter:", "command: ", "meter,accuracy=-1:log", "meter,accuracy:log", "meter,x=1:log"] {
            assert!(parsed(text).is_err_and(|error| error.contains(SYNTAX)), "{text}");
        }
    }

    #[test]
    fn the_accuracy_is_stated_by_the_user_and_the_scope_is_the_supply() {
        let source = parsed("command,accuracy=2:meter").and_then(|meter| meter.source()).expect("a source");
        let accuracy = source.rails[0].accuracy.as_ref().expect("it was given");
        assert_eq!((accuracy.percent, source.scope), (2.0, Scope::Supply));
        assert!(accuracy.source.contains("user"), "{}", accuracy.source);
    }

    #[test]
    fn a_missing_log_is_reported_before_anything_is_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |path: PathBuf| Meter { origin: Origin::File(path), accuracy: None }.source();
        let missing = of(folder.path().join("log.csv")).expect_err("no such file");
        assert!(missing.contains("log.csv: the meter's log cannot be read") && missing.contains("hint: "), "{missing}");
        assert!(of(folder.path().to_owned()).is_err_and(|error| error.contains("is not a file")));
    }
}
