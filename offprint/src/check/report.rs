//! The result of a check, as text and as an exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::folders::is_system;
use super::isolate::Seen;
use super::{Method, UNDECLARED, declared, digests, input_paths, program_folders};
use crate::error::EngineError;
use crate::resolved::Outputs;
use crate::run::RunError;
use crate::session::Session;
use crate::step::Step;

/// Maximum number of files listed; others are only counted.
const MAX_LISTED: usize = 40;

/// The outputs of the run, compared with those recorded for the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// None are recorded.
    NotRecorded,
    /// The same bytes.
    Same,
    /// These differ.
    Different(Vec<String>),
}

/// The result of a check.
#[derive(Debug)]
pub struct Report {
    /// The step.
    pub step: String,
    /// How its files were observed.
    pub method: Method,
    /// Files that it opened without declaring them: relative to the checkout, or absolute outside it.
    pub undeclared: BTreeSet<String>,
    /// Paths of the inputs that it never opened.
    pub unread: BTreeSet<String>,
    /// Files that it wrote outside its folder.
    pub written: BTreeSet<String>,
    /// Folders below which it may have opened more, each with the number of unwatched folders; 0 when none was watched.
    pub unwatched: BTreeMap<String, usize>,
    /// Its outputs.
    pub outputs: Compared,
    /// Whether a second run may give other outputs.
    pub may_differ: bool,
    /// Why its program failed.
    pub failure: Option<String>,
}

impl Report {
    /// From what was `seen` of a program that ran in `folder`.
    pub fn new(
        session: &Session,
        step: &Step,
        method: Method,
        program: &Path,
        folder: &Path,
        seen: &Seen,
        ended: Result<(), RunError>,
    ) -> Self {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (root, folder) = (real(&session.tree.root), real(folder));
        let declared = declared(session, step);
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let own = [program.to_owned(), real(program)];
        let always = || seen.own.iter().map(Path::new).chain(own.iter().map(PathBuf::as_path));
        let programs = program_folders(always(), &[&root, &home]);
        let (mut undeclared, mut read) = (BTreeSet::new(), BTreeSet::new());
        for path in seen.opened.iter().map(Path::new) {
            if let Ok(below) = path.strip_prefix(&folder) {
                read.extend(below.strip_prefix("input").ok().map(|path| path.to_string_lossy().into_owned()));
            } else if always().any(|own| own == path) || programs.iter().any(|programs| path.starts_with(programs)) {
                // The program itself, or a part of its installation.
            } else if let Ok(below) = path.strip_prefix(&root) {
                let below = below.to_string_lossy().into_owned();
                undeclared.extend((!declared.contains(&below)).then_some(below));
            } else if !is_system(path) {
                undeclared.insert(path.to_string_lossy().into_owned());
            }
        }
        let unread = input_paths(step).into_iter().filter(|path| !read.contains(*path)).map(str::to_owned).collect();
        let is_elsewhere = |path: &&String| {
            let path = Path::new(path);
            !path.starts_with(&folder) && !is_system(path) && (path.starts_with(&root) || !path.starts_with("/tmp"))
        };
        let shown = |path: &String| {
            let below = Path::new(path).strip_prefix(&root);
            below.map_or_else(|_| path.clone(), |below| below.to_string_lossy().into_owned())
        };
        Self {
            step: step.name.to_string(),
            method,
            undeclared,
            unread,
            written: seen.written.iter().filter(is_elsewhere).map(shown).collect(),
            unwatched: seen.unwatched.clone(),
            outputs: Compared::NotRecorded,
            may_differ: step.class.is_nondeterministic(),
            failure: ended.err().map(|error| error.to_string()),
        }
    }

    /// Compares the outputs below `folder` with those `recorded`.
    pub fn compared(self, step: &Step, folder: &Path, recorded: Option<&Outputs>) -> Result<Self, EngineError> {
        let Some(recorded) = recorded.filter(|_| self.failure.is_none()) else { return Ok(self) };
        let made = digests(step, folder)?;
        let different = recorded.iter().filter(|(output, digest)| made.get(output) != Some(*digest));
        let different: Vec<String> = different.map(|(output, _)| output.to_owned()).collect();
        let outputs = if different.is_empty() { Compared::Same } else { Compared::Different(different) };
        Ok(Self { outputs, ..self })
    }

    /// 0 when everything that it reads is declared, 3 when not, 1 when its program failed before that was known.
    pub fn exit_code(&self) -> ExitCode {
        match (self.undeclared.is_empty(), &self.failure) {
            (false, _) => ExitCode::from(UNDECLARED),
            (true, Some(_)) => ExitCode::FAILURE,
            (true, None) => ExitCode::SUCCESS,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, .. } = self;
        if let Some(failure) = &self.failure {
            writeln!(out, "{failure}")?;
        }
        match (self.undeclared.len(), &self.failure) {
            (0, None) => writeln!(out, "{step} declares everything that it reads")?,
            (0, Some(_)) => writeln!(out, "{step} read nothing undeclared before it failed")?,
            (1, _) => writeln!(out, "{step} reads a file that it does not declare:")?,
            (count, _) => writeln!(out, "{step} reads {count} files that it does not declare:")?,
        }
        list(out, &self.undeclared)?;
        if !self.undeclared.is_empty() {
            writeln!(
                out,
                "hint: declare them as inputs of the step and read them from its input folder, or do not read them"
            )?;
        }
        if !self.unread.is_empty() {
            writeln!(out, "declared as inputs and never opened:")?;
            list(out, &self.unread)?;
        }
        if !self.written.is_empty() {
            let fate = if self.method == Method::Namespace { ", and discarded" } else { "" };
            writeln!(out, "written outside its output folder{fate}:")?;
            list(out, &self.written)?;
        }
        match &self.outputs {
            Compared::NotRecorded => {}
            Compared::Same => writeln!(out, "its outputs are the recorded ones, byte for byte")?,
            Compared::Different(outputs) if self.may_differ => {
                writeln!(out, "its outputs differ from the recorded ones, as they may: {}", outputs.join(", "))?;
            }
            Compared::Different(outputs) => {
                writeln!(out, "its outputs differ from the recorded ones: {}", outputs.join(", "))?;
            }
        }
        match self.method {
            Method::Namespace => writeln!(out, "method: private layers over the files in a mount namespace")?,
            Method::Trace => writeln!(out, "method: strace")?,
        }
        if !self.unwatched.is_empty() {
            writeln!(out, "not every folder could be watched; it may read more below these:")?;
            for (top, count) in &self.unwatched {
                match count {
                    0 => writeln!(out, "  {top}")?,
                    count => writeln!(out, "  {top}  ({count} folders)")?,
                }
            }
        }
        writeln!(out, "files of the system (/usr, /etc, /opt, …) and of the program's installation are not listed")
    }
}

fn list(out: &mut fmt::Formatter<'_>, names: &BTreeSet<String>) -> fmt::Result {
    names.iter().take(MAX_LISTED).try_for_each(|name| writeln!(out, "  {name}"))?;
    match names.len().saturating_sub(MAX_LISTED) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more"),
    }
}
