//! An external meter between the machine and its supply: a growing file, or the output of a command, with a time and a
//! power in each line.

pub mod bytes;
pub mod format;
pub mod number;
pub mod stream;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use results::power::{Accuracy, Scope};

use self::format::Format;
use super::source::{Access, Rail, Readings, Source, Total};

const SYNTAX: &str = "expected meter:FILE or command:LINE, with options as in meter,accuracy=0.5,decimal=comma,column=3:FILE: \
                      accurate to 0.5 %, a decimal comma, the power in the third column";

/// Words of the shell that are no programs.
const SHELL_WORDS: [&str; 8] = ["while", "until", "for", "if", "case", "exec", "cd", "export"];

/// An external meter, as in `--power`. It is printed without the place of its log or program, so that no record has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    origin: Origin,
    /// The folder of the caller, in which a command starts.
    folder: PathBuf,
    /// The accuracy that the user stated [%].
    accuracy: Option<f64>,
    /// The decimal sign that the user stated.
    decimal: Option<char>,
    /// The column of the power that the user stated, from 1.
    column: Option<usize>,
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
        let origin = match kind {
            "meter" => Origin::File(rest.into()),
            _ => Origin::Command(rest.to_owned()),
        };
        let mut meter = Self { origin, folder: ".".into(), accuracy: None, decimal: None, column: None };
        for option in head {
            if !meter.set(option) {
                return Some(Err(format!("`{option}` is not an option of a meter\nhint: {SYNTAX}")));
            }
        }
        if rest.trim().is_empty() {
            return Some(Err(format!("`{text}` has no file or command\nhint: {SYNTAX}")));
        }
        Some(Ok(meter))
    }

    /// Sets an option. Returns whether it is valid.
    fn set(&mut self, option: &str) -> bool {
        match option.split_once('=').unwrap_or((option, "")) {
            ("accuracy", percent) => {
                self.accuracy = f64::from_str(percent).ok().filter(|percent| (0.0..100.0).contains(percent));
                self.accuracy.is_some()
            }
            ("decimal", sign) => {
                self.decimal =
                    [("comma", ','), ("point", '.')].into_iter().find(|(name, _)| *name == sign).map(|(_, sign)| sign);
                self.decimal.is_some()
            }
            ("column", number) => {
                self.column = usize::from_str(number).ok().filter(|number| (2..1000).contains(number));
                self.column.is_some()
            }
            _ => false,
        }
    }

    /// The meter of a caller in this folder.
    pub fn of_caller(self, folder: &Path) -> Self {
        let origin = match self.origin {
            Origin::File(path) => Origin::File(folder.join(path)),
            command => command,
        };
        Self { origin, folder: folder.to_owned(), ..self }
    }

    /// The name of its log, or of the first program of its command.
    fn name(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Origin::Command(line) => {
                let word = line.split_whitespace().next().unwrap_or_default();
                let is_plain = |letter: char| letter.is_alphanumeric() || "/._+~-".contains(letter);
                let program = word.rsplit('/').next().filter(|_| word.chars().all(is_plain));
                program.filter(|program| !SHELL_WORDS.contains(program)).unwrap_or("sh").to_owned()
            }
        }
    }

    /// The meter as a source.
    ///
    /// # Errors
    /// The log of the meter cannot be read, or none of its lines is understood.
    pub fn source(&self) -> Result<Source, String> {
        let what = match &self.origin {
            Origin::Command(_) => format!("an external meter, read from the output of the command `{}`", self.name()),
            Origin::File(path) => {
                let wrong = |what: &str| format!("{}: {what}", path.display());
                if path.exists() && !path.is_file() {
                    return Err(wrong("the meter's log is not a file\nhint: command:LINE reads what a program prints"));
                }
                stream::file(path, self.format()).map_err(|error| match path.is_file() {
                    true => wrong(&error),
                    false => wrong(&format!("{error}\nhint: start the program that writes the meter's log first")),
                })?;
                format!("an external meter, read from its log {}", self.name())
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
            Origin::File(path) => stream::file(path, self.format()),
            Origin::Command(line) => stream::command(line, &self.folder, self.format()),
        };
        Ok(Box::new(lines.map_err(|error| format!("{self}: {error}"))?))
    }

    fn format(&self) -> Format {
        Format::declared(self.decimal, self.column)
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self.origin, Origin::File(_)) { "meter" } else { "command" };
        write!(out, "{kind}")?;
        self.accuracy.map_or(Ok(()), |percent| write!(out, ",accuracy={percent}"))?;
        let sign = self.decimal.map(|sign| if sign == ',' { "comma" } else { "point" });
        sign.map_or(Ok(()), |sign| write!(out, ",decimal={sign}"))?;
        self.column.map_or(Ok(()), |column| write!(out, ",column={column}"))?;
        write!(out, ":{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Meter, String> {
        Meter::parse(text).expect("a meter")
    }

    #[test]
    fn a_meter_is_printed_with_its_options_and_without_the_place_of_its_log_or_program() {
        for (text, printed) in [
            ("meter:power.csv", "meter:power.csv"),
            ("meter,decimal=comma:/home/me/a log, of power.csv", "meter,decimal=comma:a log, of power.csv"),
            ("meter,column=3,accuracy=0.5:../log", "meter,accuracy=0.5,column=3:log"),
            (
                "command,decimal=point:~/bin/read-meter --port /dev/ttyUSB0 | cut -f 1,3",
                "command,decimal=point:read-meter",
            ),
            ("command:./read-meter", "command:read-meter"),
            ("command:while sleep 1; do curl http://me:secret@meter/; done", "command:sh"),
            ("command:TOKEN=secret /opt/read", "command:sh"),
            ("command:'/my folder/read'", "command:sh"),
        ] {
            let meter = parsed(text).expect("a meter").of_caller(Path::new("/home/me/experiment"));
            assert_eq!(meter.to_string(), printed);
        }
        let source = parsed("command:/opt/read /dev/ttyUSB0").and_then(|meter| meter.source()).expect("a source");
        assert!(!format!("{} {}", source.name, source.what).contains('/'), "{source:?}");
    }

    #[test]
    fn other_sources_are_not_parsed_as_a_meter_and_an_incomplete_meter_is_refused_with_the_syntax() {
        assert_eq!(Meter::parse("hwmon:ina226"), None);
        assert_eq!(Meter::parse("rapl"), None);
        for text in [
            "meter",
            "meter:",
            "command: ",
            "meter,accuracy=-1:log",
            "meter,accuracy:log",
            "meter,x=1:log",
            "meter,decimal=,:log",
            "meter,decimal:log",
            "meter,column=1:log",
            "meter,column=power:log",
        ] {
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
        let of = |text: &str| parsed(text).expect("a meter").of_caller(folder.path()).source();
        let missing = of("meter:log.csv").expect_err("no such file");
        assert!(
            missing.contains("log.csv: the meter's log cannot be read: No such file") && missing.contains("\nhint: "),
            "{missing}"
        );
        assert!(of("meter:.").is_err_and(|error| error.contains("is not a file")));
        std::fs::write(folder.path().join("log.csv"), "1795964798;7,500\n").expect("a file");
        let refused = of("meter:log.csv").expect_err("it is ambiguous");
        assert!(refused.contains("`1795964798;7,500`") && refused.contains("\nhint: "), "{refused}");
        let source = of("meter,decimal=comma:log.csv").expect("it is declared");
        assert_eq!(source.name, "meter,decimal=comma:log.csv");
        assert!(source.what.ends_with("its log log.csv"), "{}", source.what);
    }
}
