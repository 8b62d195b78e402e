//! What the caller of a command names by its place: a file or a shell command, as the value `KIND,OPTION…:PLACE` of a
//! flag. The place is resolved in the caller's folder, before anything is built. Only the part before the colon belongs
//! to a key or a lock.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::Step;

mod listed;
mod named;

pub use listed::ListedFiles;
pub use named::NamedFiles;

/// How a flag names files and commands.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// The kind of a value whose place is a file.
    pub file: &'static str,
    /// The kind of a value whose place is a shell command.
    pub command: &'static str,
    /// The names of the options, as in `KIND,NAME=VALUE:PLACE`.
    pub options: &'static [&'static str],
}

/// Why a place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// There is no value.
    #[error("the value is empty\nhint: omit the flag")]
    Empty,
    /// The value names no place.
    #[error("`{0}` names no file or command\nhint: put it after the colon, as in `{0}:PLACE`")]
    NoPlace(String),
    /// The value looks like one that names a place.
    #[error(
        "`{text}` does not begin with `{kind}:`\nhint: write `{kind}:PLACE`, or `{kind},OPTION=VALUE:PLACE` with options"
    )]
    Form {
        /// The value.
        text: String,
        /// What it looks like.
        kind: &'static str,
    },
    /// The value has an unknown option.
    #[error("`{option}` is not an option of `{kind}`\nhint: write {}, with commas between and a point in numbers", known.join("=…, ") + "=…")]
    Option {
        /// The option.
        option: String,
        /// The kind of the value.
        kind: String,
        /// All options.
        known: &'static [&'static str],
    },
    /// A pipe or a device in place of a file.
    #[error("{}: not a file\nhint: if it is a pipe or a device with lines of text, read it by a command, such as `cat`", .0.display())]
    NotAFile(PathBuf),
    /// The program of a command may not be executed.
    #[error("`{0}`: permission to execute is missing\nhint: `chmod +x {0}`")]
    NotExecutable(String),
    /// The folder of the caller is unknown.
    #[error("cannot read the current folder: {0}\nhint: change to a folder that exists")]
    Folder(io::Error),
    /// The file cannot be read.
    #[error("{}: {problem}\nhint: relative paths begin at the folder where the command is called; start the program that writes the \
        file first", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The program of a command does not exist.
    #[error("`{program}`: no such program, of the command `{line}`\nhint: give its path from {}, or a program on PATH", folder.display())]
    Program {
        /// The program.
        program: String,
        /// The command.
        line: String,
        /// The folder of the caller.
        folder: PathBuf,
    },
    /// A file of a name cannot be read.
    #[error("{}: {problem}\nhint: relative paths begin at the folder where the command is called, or in a list at its own", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A list of files and folders cannot be used.
    #[error("{}: {problem}\nhint: give a TOML file in which `{keys}` are paths from its folder", path.display())]
    Listed {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What it may name.
        keys: String,
    },
    /// The value names no file.
    #[error("`{0}` is no file for a name\nhint: give NAME=FILE, or a list whose name ends with .toml")]
    NotNamed(String),
    /// The paper does not have the name.
    #[error("{0}")]
    Unknown(String),
    /// A name is given twice.
    #[error("`{0}` has two files\nhint: give one of them")]
    Twice(String),
    /// A list of files cannot be read.
    #[error("{}: {problem}\nhint: write `[{table}]` and below it a line NAME = \"FILE\" for each", path.display())]
    List {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// The table that it needs.
        table: String,
    },
    /// The shell cannot parse a command.
    #[error(
        "the shell does not understand the command `{line}`: {problem}\nhint: put all of the flag's value into single quotes"
    )]
    Syntax {
        /// The command.
        line: String,
        /// The message of the shell.
        problem: String,
    },
}

impl Kinds {
    fn split(self, text: &str) -> Option<(&str, &str, Option<&str>)> {
        let (declaration, place) = text.split_once(':').map_or((text, None), |(head, place)| (head, Some(place)));
        let kind = declaration.split(',').next().filter(|kind| [self.file, self.command].contains(kind))?;
        Some((kind, declaration, place))
    }

    /// The part of a value that belongs to keys and locks: all of it unless it names a file or command.
    pub fn declared(self, text: &str) -> &str {
        self.split(text).map_or(text, |(_, declaration, _)| declaration)
    }

    /// The value with an absolute path, if it names a file or command, which must exist.
    ///
    /// # Errors
    /// There is no such file or program.
    pub fn resolved(self, text: &str) -> Result<String, CallerError> {
        if text.is_empty() {
            return Err(CallerError::Empty);
        }
        self.resolved_in(&env::current_dir().map_err(CallerError::Folder)?, text)
    }

    /// Gives a step the value of the flag `--NAME`, and the folder of the caller as `--caller`. Only the declaration is in
    /// its key.
    pub fn give(self, step: Step, name: &str, value: &str) -> Step {
        // Without such a folder, no checkout was found.
        let folder = env::current_dir().unwrap_or_default();
        let args = [format!("--{name}").into(), value.into(), "--caller".into(), folder.into_os_string()];
        step.text(name, self.declared(value)).unkeyed_args::<OsString>(args)
    }

    fn resolved_in(self, folder: &Path, text: &str) -> Result<String, CallerError> {
        let Some((kind, declaration, place)) = self.split(text) else {
            let is_like = |kind: &&str| {
                let rest = text.get(kind.len()..).filter(|_| text[..kind.len()].eq_ignore_ascii_case(kind));
                rest.is_some_and(|rest| rest.starts_with([':', ';', ',', ' ']))
            };
            return match [self.file, self.command].into_iter().find(is_like) {
                Some(kind) => Err(CallerError::Form { text: text.to_owned(), kind }),
                None => Ok(text.to_owned()),
            };
        };
        let is_known = |option: &&str| option.split_once('=').is_some_and(|(name, _)| self.options.contains(&name));
        if let Some(option) = declaration.split(',').skip(1).find(|option| !is_known(option)) {
            let (option, kind) = (option.to_owned(), kind.to_owned());
            return Err(CallerError::Option { option, kind, known: self.options });
        }
        let place = place.filter(|place| !place.trim().is_empty());
        let place = place.ok_or_else(|| CallerError::NoPlace(declaration.to_owned()))?;
        if kind == self.command {
            command(folder, place)?;
            return Ok(text.to_owned());
        }
        let path = absolute(folder, place);
        let problem = |problem: String| CallerError::File { path: path.clone(), problem };
        match fs::metadata(&path) {
            Err(error) => Err(problem(error.to_string())),
            Ok(facts) if !facts.is_file() => Err(CallerError::NotAFile(path)),
            Ok(_) => match path.to_str() {
                Some(path) => Ok(format!("{declaration}:{path}")),
                None => Err(problem("its path is not valid UTF-8".to_owned())),
            },
        }
    }
}

/// A path of the caller. A shell expands `~` only at the start of a word.
fn absolute(folder: &Path, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => folder.join(path.strip_prefix("./").unwrap_or(path)),
    }
}

/// Checks that the shell can parse a command, and that the programs of its first pipeline exist as far as they are plain
/// words.
fn command(folder: &Path, line: &str) -> Result<(), CallerError> {
    let shell = |args: &[&str]| {
        Command::new("sh").args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).output()
    };
    // Without a shell, the step reports it.
    let Ok(parsed) = shell(&["-n", "-c", line]) else { return Ok(()) };
    if !parsed.status.success() {
        let problem = String::from_utf8_lossy(&parsed.stderr).trim().to_owned();
        return Err(CallerError::Syntax { line: line.to_owned(), problem });
    }
    let end = line.find(|letter: char| ";&(){}<>\"'\\$`#\n".contains(letter)).unwrap_or(line.len());
    // A program before `||` may be missing.
    let pipeline = if line[..end].contains("||") { "" } else { &line[..end] };
    let is_plain = |word: &&str| word.chars().all(|letter| letter.is_alphanumeric() || "/._+~-".contains(letter));
    for program in pipeline.split('|').filter_map(|part| part.split_whitespace().next()).filter(is_plain) {
        // The last word may continue after the end.
        let is_cut =
            line[..end].ends_with(program) && end < line.len() && !line[end..].starts_with([';', '&', '\n', ')']);
        let exists = if program.contains('/') {
            let facts = fs::metadata(absolute(folder, program)).ok().filter(fs::Metadata::is_file);
            if facts.as_ref().is_some_and(|facts| facts.permissions().mode() & 0o111 == 0) && !is_cut {
                return Err(CallerError::NotExecutable(program.to_owned()));
            }
            facts.is_some()
        } else {
            shell(&["-c", "command -v \"$1\"", "sh", program]).is_ok_and(|found| found.status.success())
        };
        if !exists && !is_cut {
            let (program, line) = (program.to_owned(), line.to_owned());
            return Err(CallerError::Program { program, line, folder: folder.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: Kinds = Kinds { file: "log", command: "call", options: &["x"] };

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a log, of power: 1.csv"), "").unwrap();
        fs::write(folder.path().join("read"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(folder.path().join("read"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("notes"), "").unwrap();
        folder
    }

    #[test]
    fn a_relative_file_is_found_in_the_folder_of_the_caller_and_its_declaration_has_no_path() {
        let folder = folder();
        let of = |text: &str| KINDS.resolved_in(folder.path(), text).unwrap();
        let absolute = format!("log,x=1:{}/a log, of power: 1.csv", folder.path().display());
        assert_eq!(of("log,x=1:a log, of power: 1.csv"), absolute);
        assert_eq!(of("log,x=1:./a log, of power: 1.csv"), absolute);
        assert_eq!(of(&absolute), absolute);
        assert_eq!(KINDS.declared(&absolute), "log,x=1");
        assert_eq!(KINDS.declared("call:/home/me/read --port /dev/ttyUSB0"), "call");
        let step = KINDS.give(Step::exact("work", "worker"), "source", &absolute);
        assert_eq!((step.texts()["source"].as_str(), step.arguments().len()), ("log,x=1", 0));
        assert_eq!(step.unkeyed_args[..2], ["--source", &absolute]);
        // Other values have no place.
        for text in ["auto", "hwmon:ina226/power1", "logs:x", "battery:BAT0"] {
            assert_eq!((of(text).as_str(), KINDS.declared(text)), (text, text));
        }
    }

    #[test]
    fn a_file_that_is_missing_or_no_file_is_refused_with_its_path_and_a_hint() {
        let folder = folder();
        for (text, problem) in [
            ("log:power.csv", "power.csv: No such file"),
            ("log:.", "not a file"),
            ("log:", "no file or command"),
            ("log", "no file or command"),
            ("Log:a", "does not begin with `log:`"),
            ("log;x=1:a", "does not begin with `log:`"),
            ("CALL read", "does not begin with `call:`"),
            ("log,y=1:a", "`y=1` is not an option of `log`"),
            ("log,x=0,5:a", "`5` is not an option of `log`"),
            ("call,x:read", "`x` is not an option of `call`"),
        ] {
            let error = KINDS.resolved_in(folder.path(), text).unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains("\nhint: "), "{error}");
        }
    }

    #[test]
    fn a_command_whose_program_is_missing_is_refused_and_one_that_may_work_is_not() {
        let folder = folder();
        let of = |line: &str| KINDS.resolved_in(folder.path(), &format!("call:{line}"));
        for line in [
            "./read --port 3",
            "read",
            "sh read | cut -f 1,3",
            "while sleep 1; do ./read; done",
            "TOKEN=x no-such-program",
            "'./my program'",
            "f() { ./read; }; f",
            "cd tools && ./other",
            "no-such-program || ./read",
            "\"$HOME\"/bin/read",
            "ca\"t\" notes",
        ] {
            assert!(of(line).is_ok_and(|text| text == format!("call:{line}")), "{line}: {:?}", of(line));
        }
        for (line, problem) in [
            ("./reed", "`./reed`: no such program"),
            ("no-such-program --port 3", "`no-such-program`: no such program"),
            ("cat notes | ./filter", "`./filter`"),
            ("./notes", "`./notes`: permission to execute is missing"),
            ("echo 'x", "does not understand"),
        ] {
            let error = of(line).unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains("\nhint: "), "{line}: {error}");
        }
    }
}
