//! The settings of Cargo that decide how fast a program of the workspace is, in addition to the manifests of the
//! checkout: compiler flags, profile, target, compiler and wrappers, from the environment and from the configuration
//! files of every level.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::crates::Crates;
use crate::digest::Digest;
use crate::files::FileError;
use crate::installed;
use crate::manifest::{self, literal};
use crate::program;
use crate::toolchain;

mod flags;
pub mod paths;

use paths::file_names;

/// Settings by name, with values that contain no path. Empty for a build as the checkout defines it.
pub type Settings = BTreeMap<String, String>;

/// Why they are unknown.
#[derive(Debug, thiserror::Error)]
#[error("{problem}\nhint: {remedy}")]
pub struct SettingsError {
    problem: String,
    remedy: String,
}

impl SettingsError {
    fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

/// Settings of a profile that change no instruction.
const UNDECISIVE: [&str; 4] = ["build-override", "split-debuginfo", "strip", "trim-paths"];
/// Wrappers that only cache what the compiler makes.
const CACHES: [&str; 5] = ["cachepot", "ccache", "fcc", "kache", "sccache"];
/// The wrapper of papers that distinguishes their programs in a shared folder of builds, and the digest of its text.
const OF_PAPERS: (&str, &str) = (".cargo/rustc", "4e4f921d607b98a3337e8a7485fed8f02db013525ccf672a4881dd6552c71a8c");

/// The settings of the programs that Cargo builds in `root`, whose crates are `crates`.
///
/// # Errors
/// Cargo does not print its configuration, or a setting refers to something unknown.
pub fn read(root: &Path, crates: &Crates) -> Result<Settings, SettingsError> {
    let environment = std::env::vars_os();
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let environment = environment.map(|(name, value)| (text(name), text(value))).collect();
    Given { root, crates, configuration: configuration(root)?, environment }.settings()
}

/// What Cargo merges from all its configuration files. `cargo config get` is unstable, which this variable allows.
fn configuration(root: &Path) -> Result<Value, SettingsError> {
    let fail = |why: &str| {
        let remedy = "`RUSTC_BOOTSTRAP=1 cargo -Z unstable-options config get` must work in this folder";
        SettingsError::new(format!("cannot read the configuration of Cargo: {}", why.trim()), remedy)
    };
    let mut command = Command::new(program::cargo());
    command.args(["-Z", "unstable-options", "config", "get", "--format", "json"]).env("RUSTC_BOOTSTRAP", "1");
    let output = command.current_dir(root).output().map_err(|error| fail(&error.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ")));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| fail(&error.to_string()))
}

/// Where settings are from.
struct Given<'a> {
    root: &'a Path,
    crates: &'a Crates,
    configuration: Value,
    environment: BTreeMap<String, String>,
}

impl Given<'_> {
    fn settings(&self) -> Result<Settings, SettingsError> {
        let mut settings = Settings::new();
        self.refuse_replaced_crates()?;
        let targets = self.list("build.target");
        // Asking takes as long as everything else.
        let is_target = |name: &String| name.starts_with("CARGO_TARGET_") && !name.starts_with("CARGO_TARGET_DIR");
        let matters =
            !targets.is_empty() || self.configured("target").is_some() || self.environment.keys().any(is_target);
        let host = if matters { self.host()? } else { String::new() };
        let targets: Vec<String> =
            targets.into_iter().filter(|target| *target != host && target != "host-tuple").collect();
        if !targets.is_empty() {
            settings.insert(
                "build.target".to_owned(),
                targets.iter().map(|target| file_names(target)).collect::<Vec<_>>().join(" "),
            );
        }
        self.flags(&if targets.is_empty() { vec![host] } else { targets }, &mut settings)?;
        self.profile(&mut settings);
        self.programs(&mut settings)?;
        for line in self.configured("unstable").into_iter().flat_map(manifest::lines) {
            let (name, value) = line.split_once(" = ").unwrap_or((&line, ""));
            settings.insert(format!("unstable.{name}"), file_names(value));
        }
        for (name, value) in &self.environment {
            if let Some(name) = name.strip_prefix("CARGO_UNSTABLE_") {
                settings.insert(format!("unstable.{}", name.to_lowercase().replace('_', "-")), file_names(value));
            }
        }
        if let Some(value) = self.environment.get("RUSTC_BOOTSTRAP") {
            settings.insert("RUSTC_BOOTSTRAP".to_owned(), value.clone());
        }
        Ok(settings)
    }

    fn host(&self) -> Result<String, SettingsError> {
        let asked = toolchain::asked(&toolchain::compiler(), self.root, "-vV");
        let asked = asked
            .map_err(|error| SettingsError::new(without_hint(&error), "install a compiler, or name it in RUSTC"))?;
        Ok(asked.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned())
    }

    /// Compiler flags and linkers. Cargo takes flags from the first of four places that has any.
    fn flags(&self, targets: &[String], settings: &mut Settings) -> Result<(), SettingsError> {
        let words = |text: &String| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut add = |name: String, flags: Vec<String>| -> Result<(), SettingsError> {
            let flags = flags::decisive(&flags, self.root)?;
            if !flags.is_empty() {
                settings.insert(name, flags);
            }
            Ok(())
        };
        let linker = |target: &str| self.text(&format!("target.{target}.linker"));
        // Whether a condition holds is not evaluated: its settings count in any case.
        let target = self.configured("target").and_then(Value::as_object);
        let conditions = target.into_iter().flatten().filter(|(name, _)| name.starts_with("cfg("));
        for (condition, table) in conditions.clone() {
            let linker = table.get("linker").and_then(Value::as_str).map(str::to_owned);
            add(format!("target.{condition}.linker"), linker.into_iter().collect())?;
        }
        for target in targets {
            add(format!("target.{target}.linker"), linker(target).into_iter().collect())?;
        }
        if let Some(encoded) = self.environment.get("CARGO_ENCODED_RUSTFLAGS") {
            let flags = encoded.split('\x1f').filter(|flag| !flag.is_empty()).map(str::to_owned);
            return add("rustflags".to_owned(), flags.collect());
        }
        if let Some(flags) = self.environment.get("RUSTFLAGS") {
            return add("rustflags".to_owned(), words(flags));
        }
        for (condition, table) in conditions {
            add(format!("target.{condition}.rustflags"), table.get("rustflags").map(list).unwrap_or_default())?;
        }
        let of_targets = |target: &String| self.list(&format!("target.{target}.rustflags"));
        let of_targets: Vec<String> = targets.iter().flat_map(of_targets).collect();
        add("rustflags".to_owned(), if of_targets.is_empty() { self.list("build.rustflags") } else { of_targets })
    }

    /// The profile of programs, where it differs from the manifest's.
    fn profile(&self, settings: &mut Settings) {
        const PROFILE: &str = "profile.dev.";
        let mut found = BTreeMap::new();
        for line in self.configured("profile.dev").into_iter().flat_map(manifest::lines) {
            let (name, value) = line.split_once(" = ").unwrap_or((&line, ""));
            found.insert(name.to_owned(), value.to_owned());
        }
        for (name, value) in &self.environment {
            if let Some(name) = name.strip_prefix("CARGO_PROFILE_DEV_") {
                found.insert(name.to_lowercase().replace('_', "-"), literal(value));
            }
        }
        // Cargo takes this one from another place, and units of code become larger without it.
        let incremental = self.environment.get("CARGO_INCREMENTAL").map(|value| (value == "1").to_string());
        if let Some(value) = incremental.or_else(|| self.text("build.incremental")) {
            found.insert("incremental".to_owned(), value);
        }
        let manifest = manifest::table(self.root, "Cargo.toml", &["profile", "dev"]).unwrap_or_default();
        let declared = |name: &str| manifest.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        for (name, value) in found {
            let default = if name == "incremental" { Some("true") } else { None };
            let same = declared(&name)
                .or(default)
                .is_some_and(|declared| declared.trim_matches('"') == value.trim_matches('"'));
            if !same && !UNDECISIVE.iter().any(|undecisive| name.starts_with(undecisive)) {
                settings.insert(format!("{PROFILE}{name}"), file_names(value.trim_matches('"')));
            }
        }
    }

    /// The compiler, where it is not the one in the key's toolchain, and what runs it.
    fn programs(&self, settings: &mut Settings) -> Result<(), SettingsError> {
        if !self.environment.contains_key("RUSTC")
            && let Some(compiler) = self.text("build.rustc")
        {
            let path = self.found(&compiler).unwrap_or_else(|| PathBuf::from(&compiler));
            let version = toolchain::asked(path.as_os_str(), self.root, "--version").map_err(|error| {
                SettingsError::new(
                    format!("build.rustc: {}", without_hint(&error)),
                    "name the compiler by its absolute path, or in RUSTC",
                )
            })?;
            settings.insert("build.rustc".to_owned(), version.lines().next().unwrap_or_default().to_owned());
        }
        for (variable, name) in
            [("RUSTC_WRAPPER", "build.rustc-wrapper"), ("RUSTC_WORKSPACE_WRAPPER", "build.rustc-workspace-wrapper")]
        {
            let wrapper = self.environment.get(variable).cloned().or_else(|| self.text(name));
            let Some(wrapper) = wrapper.filter(|wrapper| !wrapper.is_empty()) else { continue };
            let file = file_names(&wrapper);
            if CACHES.contains(&file.as_str()) {
                continue;
            }
            let content = self.found(&wrapper).and_then(|path| std::fs::read(path).ok());
            let digest = content.map(|content| Digest::of(&content).to_string());
            if (wrapper.as_str(), digest.as_deref()) != (OF_PAPERS.0, Some(OF_PAPERS.1)) {
                settings
                    .insert(name.to_owned(), [Some(file), digest].into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
        }
        Ok(())
    }

    /// Crates that the configuration replaces have the version of the lock, but an unknown content.
    fn refuse_replaced_crates(&self) -> Result<(), SettingsError> {
        let remedy = "put it into Cargo.toml, which is in the key, or remove it from the configuration of Cargo";
        if !self.list("paths").is_empty() {
            return Err(SettingsError::new(
                "`paths` in the configuration of Cargo replaces crates by other sources",
                remedy,
            ));
        }
        let patch = self.configured("patch").and_then(Value::as_object);
        for (name, table) in patch.into_iter().flatten().filter_map(|(_, crates)| crates.as_object()).flatten() {
            let name = table.get("package").and_then(Value::as_str).unwrap_or(name);
            if self.crates.version(name).is_some() {
                let problem = format!("`patch` in the configuration of Cargo replaces crate {name} by another source");
                return Err(SettingsError::new(problem, remedy));
            }
        }
        Ok(())
    }

    /// The file of a program.
    fn found(&self, program: &str) -> Option<PathBuf> {
        if program.contains('/') {
            return Some(self.root.join(program)).filter(|path| path.is_file());
        }
        installed::find(program, &installed::search_path())
    }

    /// A value of the configuration files, by its names with dots between.
    fn configured(&self, name: &str) -> Option<&Value> {
        // A target has dots in its name only if it is a file.
        name.split('.').try_fold(&self.configuration, |value, name| value.get(name))
    }

    /// A value as text: that of its variable, or of the configuration files.
    fn text(&self, name: &str) -> Option<String> {
        let value = self.configured(name);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.environment.get(&variable(name)).cloned().or_else(|| value.map(text))
    }

    /// A value as a list: that of the configuration files, and then that of its variable.
    fn list(&self, name: &str) -> Vec<String> {
        let of_variable = self.environment.get(&variable(name)).map(|text| list(&Value::from(text.as_str())));
        self.configured(name).map(list).into_iter().chain(of_variable).flatten().collect()
    }
}

fn without_hint(error: &FileError) -> String {
    format!("{}: {}: {}", error.path.display(), error.doing, error.source)
}

/// The environment variable of a value.
fn variable(name: &str) -> String {
    format!("CARGO_{}", name.to_uppercase().replace(['.', '-'], "_"))
}

/// A list, or a text whose words are one.
fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
