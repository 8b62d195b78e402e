//! The programs of steps: built by Cargo when a step needs one, or found on the search path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use serde::Deserialize;

use crate::files::{self, Doing, FileError, unfinished};
use crate::installed;
use crate::progress::Event;
use crate::step::{Features, Program};
use crate::store_lock;
use crate::supervisor::Supervisor;

mod builds;

pub use builds::Builds;

/// Number of lines shown of a failed build.
const TAIL: usize = 60;

/// Why a program is not available.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// A file cannot be used, or Cargo cannot be run.
    #[error(transparent)]
    File(#[from] FileError),
    /// Cargo ended with an error.
    #[error("program {program} does not build:\n{printed}\nhint: `{command}` shows all of it{}", on_a_share(printed))]
    Build {
        /// The program.
        program: String,
        /// The end of what Cargo printed.
        printed: String,
        /// The command that shows everything.
        command: String,
    },
    /// Cargo built no such program.
    #[error("cargo names no executable for program {0}\nhint: it must be a binary of this workspace")]
    NoExecutable(String),
    /// It is not on the search path.
    #[error(
        "program `{0}` is not installed\nhint: install it, or put its folder on PATH, and run the same command again"
    )]
    NotInstalled(String),
}

/// The remedy where Cargo cannot lock its files: unlike the store, it has no other way.
fn on_a_share(printed: &str) -> &'static str {
    if printed.contains("failed to lock file") {
        "\nhint: Cargo needs locks here, which this file system lacks: mount it with locks, or work in a checkout on a local \
         disk; `target` and `.store` may be links to folders there"
    } else {
        ""
    }
}

fn workspace(bin: &str, features: &Features) -> Program {
    Program::Workspace { bin: bin.into(), features: features.clone() }
}

/// The programs needed so far.
pub struct Programs<'a> {
    root: PathBuf,
    folder: PathBuf,
    supervisor: &'a Supervisor,
    builds: Option<&'a Builds>,
    ready: BTreeMap<Program, PathBuf>,
}

impl<'a> Programs<'a> {
    /// No programs yet. `root` is the workspace. `scratch` takes a link to each executable, so that another build
    /// cannot replace it while this run uses it. A build ends with the driver, as steps do.
    pub fn new(root: &Path, scratch: &Path, supervisor: &'a Supervisor) -> Self {
        Self { root: root.to_owned(), folder: scratch.to_owned(), supervisor, builds: None, ready: BTreeMap::new() }
    }

    /// Uses the builds of earlier runs where they are current.
    pub fn after(self, builds: Option<&'a Builds>) -> Self {
        Self { builds, ..self }
    }

    /// Whether `program` needs no build any more.
    pub fn is_ready(&self, program: &Program) -> bool {
        self.ready.contains_key(program)
    }

    /// Builds `program`, and with it those of `others` that have the same features: one call of Cargo keeps every core
    /// busy for longer than several. If one of the others does not build, its own step reports that.
    pub fn build_all<'p>(
        &mut self,
        program: &'p Program,
        others: impl Iterator<Item = &'p Program>,
        watch: &mut dyn FnMut(Event),
    ) {
        let Program::Workspace { features, .. } = program else { return };
        let bins: BTreeSet<&str> = [program]
            .into_iter()
            .chain(others)
            .filter(|other| !self.is_ready(other))
            .filter_map(|other| match other {
                Program::Workspace { bin, features: of } if of == features => Some(bin.as_str()),
                _ => None,
            })
            .collect();
        if bins.len() > 1
            && let Ok(linked) = self.linked(&bins, features, watch)
        {
            self.ready.extend(linked.into_iter().map(|(bin, path)| (workspace(&bin, features), path)));
        }
    }

    /// The executable of `program`, built if need be.
    pub fn ready(&mut self, program: &Program, watch: &mut dyn FnMut(Event)) -> Result<PathBuf, ProgramError> {
        if let Some(path) = self.ready.get(program) {
            return Ok(path.clone());
        }
        let path = match program {
            Program::Installed(name) => {
                let found = installed::find(name, &installed::search_path());
                found.ok_or_else(|| ProgramError::NotInstalled(name.to_string()))?
            }
            Program::Workspace { bin, features } => {
                let mut linked = self.linked(&BTreeSet::from([bin.as_str()]), features, watch)?;
                linked.remove(bin.as_str()).ok_or_else(|| ProgramError::NoExecutable(bin.to_string()))?
            }
        };
        self.ready.insert(program.clone(), path.clone());
        Ok(path)
    }

    /// A link to the executable of each of `bins`, built if need be.
    fn linked(
        &self,
        bins: &BTreeSet<&str>,
        features: &Features,
        watch: &mut dyn FnMut(Event),
    ) -> Result<BTreeMap<String, PathBuf>, ProgramError> {
        let current = || -> BTreeMap<&str, (PathBuf, PathBuf)> {
            let of = |bin: &&str| self.builds?.current(&workspace(bin, features));
            bins.iter().filter_map(|bin| Some((*bin, of(bin)?))).collect()
        };
        let target = current().into_values().next().map_or_else(|| self.target_folder(), |(target, _)| Ok(target))?;
        fs::create_dir_all(&target).doing("cannot make the folder", &target)?;
        // No other build may run between this build and its link.
        let _lock = store_lock::lock(&target.join("xtask-programs"), |holder| watch(Event::BuildWaits { holder }))?;
        let current = current();
        let others: BTreeSet<&str> = bins.iter().copied().filter(|bin| !current.contains_key(bin)).collect();
        let built = if others.is_empty() { BTreeMap::new() } else { self.build(&others, features, &target, watch)? };
        let current = current.into_iter().map(|(bin, (_, executable))| (bin.to_owned(), executable));
        let link = |(bin, executable): (String, PathBuf)| {
            let link = unfinished(&self.folder);
            if fs::hard_link(&executable, &link).is_err() {
                files::copy(&executable, &link).doing("cannot copy the program", &executable)?;
            }
            Ok((bin, link))
        };
        current.chain(built).map(link).collect()
    }

    fn build(
        &self,
        bins: &BTreeSet<&str>,
        features: &Features,
        target: &Path,
        watch: &mut dyn FnMut(Event),
    ) -> Result<BTreeMap<String, PathBuf>, ProgramError> {
        let (began, started) = (Instant::now(), SystemTime::now());
        let names = bins.iter().copied().collect::<Vec<_>>().join(", ");
        watch(Event::Building { programs: &names });
        let built = self.cargo(bins, &names, features, watch)?;
        for (bin, executable) in &built {
            if let Some(builds) = self.builds {
                builds.keep(&workspace(bin, features), target, executable, started);
            }
        }
        watch(Event::Built { programs: &names, took: began.elapsed() });
        Ok(built)
    }

    fn cargo(
        &self,
        bins: &BTreeSet<&str>,
        names: &str,
        features: &Features,
        watch: &mut dyn FnMut(Event),
    ) -> Result<BTreeMap<String, PathBuf>, ProgramError> {
        // The features of the whole workspace, so that tests and programs share compiled crates.
        let mut args = vec!["build", "--workspace"];
        args.extend(bins.iter().flat_map(|bin| ["--bin", bin]));
        let named = match features {
            Features::Default => String::new(),
            Features::And(named) | Features::Only(named) => named.join(","),
        };
        if matches!(features, Features::Only(_)) {
            args.push("--no-default-features");
        }
        if !named.is_empty() {
            args.extend(["--features", &named]);
        }
        let command = format!("cargo {}", args.join(" "));
        args.push("--message-format=json-render-diagnostics");
        let cargo = PathBuf::from(cargo());
        let mut build = self.command(self.supervisor).doing("cannot run", &cargo)?;
        build.args(&args).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = build.spawn().doing("cannot run", &cargo)?;
        self.supervisor.began(child.id());
        let stdout = child.stdout.take();
        // A thread reads Cargo's messages, so that neither pipe fills up while the other is read.
        let messages = std::thread::spawn(move || stdout.and_then(|pipe| executables(BufReader::new(pipe))));
        let mut printed: VecDeque<String> = VecDeque::new();
        let mut number = 0;
        if let Some(pipe) = child.stderr.take() {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if let Some(name) = line.trim_start().strip_prefix("Compiling ") {
                    number += 1;
                    watch(Event::Compiling { programs: names, name, number });
                    continue;
                }
                printed.push_back(line);
                if printed.len() > TAIL {
                    printed.pop_front();
                }
            }
        }
        let status = child.wait().doing("cannot wait for", &cargo);
        self.supervisor.ended(child.id());
        let status = status?;
        let found = messages.join().ok().flatten().unwrap_or_default();
        if !status.success() {
            let printed = printed.make_contiguous().join("\n");
            return Err(ProgramError::Build { program: names.to_owned(), printed, command });
        }
        Ok(found.into_iter().filter(|(bin, _)| bins.contains(bin.as_str())).collect())
    }

    fn target_folder(&self) -> Result<PathBuf, ProgramError> {
        #[derive(Deserialize)]
        struct Metadata {
            target_directory: PathBuf,
        }
        let cargo = PathBuf::from(cargo());
        let mut metadata = self.command(&Supervisor::None).doing("cannot run", &cargo)?;
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = metadata.output().doing("cannot run", &cargo)?;
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|_| ProgramError::Build {
            program: "of the workspace".to_owned(),
            printed: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            command: "cargo metadata".to_owned(),
        })?;
        Ok(metadata.target_directory)
    }

    /// Cargo as the user would call it: without the variables set by the Cargo that started this program.
    fn command(&self, supervisor: &Supervisor) -> io::Result<Command> {
        let mut command = supervisor.command(Path::new(&cargo()))?;
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
            if own.iter().any(|start| name.starts_with(start)) || name == "CARGO_PRIMARY_PACKAGE" || name == "OUT_DIR" {
                command.env_remove(&*name);
            }
        }
        Ok(command)
    }
}

/// The Cargo that started this program, or else the one on the search path.
pub fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The executables in Cargo's messages, by target name.
fn executables(messages: impl BufRead) -> Option<BTreeMap<String, PathBuf>> {
    #[derive(Deserialize)]
    struct Message {
        target: Option<Target>,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }
    let mut found = BTreeMap::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Message>(&line.ok()?) else { continue };
        if let (Some(target), Some(executable)) = (message.target, message.executable) {
            found.insert(target.name, executable);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_read_from_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null,"fresh":true}
not json
{"reason":"compiler-artifact","target":{"name":"work"},"executable":"/t/debug/work","fresh":false}
{"reason":"build-finished","success":true}"#;
        let found = executables(messages.as_bytes()).unwrap();
        assert_eq!(found, BTreeMap::from([("work".to_owned(), PathBuf::from("/t/debug/work"))]));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Programs::new(Path::new("/"), Path::new("/"), &Supervisor::None)
            .ready(&Program::Installed("no-such-program".into()), &mut |_| {})
            .unwrap_err();
        assert!(error.to_string().contains("no-such-program"));
    }
}
