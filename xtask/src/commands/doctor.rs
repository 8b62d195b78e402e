//! `doctor`: builds the program that measures, without any device, and lets it look at this machine. What it looks at is that
//! program's business.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use offprint::opened::root;
use offprint::program::Programs;
use offprint::progress::Progress;
use offprint::step::{Features, Program};
use offprint::supervisor::Supervisor;
use offprint::workspace::STORE;

/// What `--help` says last.
pub const HELP: &str = "\
Shows the facts that every record keeps of the machine: model, processor, clocks, load, memory, temperatures, power and graphics. Then lists \
what to fix before measuring, why it matters, and the command that fixes it. Changes and measures nothing; takes half a second once \
its program is built.\n
Examples:
  cargo xtask doctor             before the first measurement, and whenever times scatter
  cargo xtask doctor --strict    in a script: stop if something needs fixing\n
Exit code: 0; with --strict, 1 if something needs fixing.";

/// A look at the machine.
#[derive(Args)]
pub struct Doctor {
    /// Exit with code 1 if something needs fixing
    #[arg(long)]
    strict: bool,
    /// Where the kernel exposes processes, processors and load
    #[arg(long, value_name = "DIR", hide = true)]
    procfs: Option<PathBuf>,
    /// Where the kernel exposes clocks and temperatures
    #[arg(long, value_name = "DIR", hide = true)]
    sysfs: Option<PathBuf>,
}

impl Doctor {
    /// Runs the program and ends as it does.
    pub fn run(&self) -> Result<ExitCode> {
        let top = root()?;
        // Not the store's own folder for what is unfinished: another run may empty that at any time.
        let links = top.join(STORE).join("doctor");
        fs::create_dir_all(&links).with_context(|| format!("cannot make the folder {}", links.display()))?;
        let started = self.start(&top, &links);
        // Another doctor may have its program there.
        fs::remove_dir(&links).ok();
        let status = started?.wait().context("cannot wait for program measure")?;
        // A program that was ended by a signal has no code.
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }

    fn start(&self, top: &Path, links: &Path) -> Result<Child> {
        let program = Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) };
        let (supervisor, progress) = (Supervisor::own(), Progress::new(1));
        let built = Programs::new(top, links, &supervisor).ready(&program, &mut |event| progress.report(event));
        progress.finish();
        let built = built?;
        let child = Command::new(&built).args(self.arguments()).spawn();
        // It runs, or never will: in both cases nobody needs the link any more.
        fs::remove_file(&built).ok();
        child.with_context(|| format!("cannot run {}", built.display()))
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec!["doctor".into()];
        if self.strict {
            arguments.push("--strict".into());
        }
        for (flag, folder) in [("--procfs", &self.procfs), ("--sysfs", &self.sysfs)] {
            if let Some(folder) = folder {
                arguments.extend([flag.into(), folder.into()]);
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_the_programs_own() {
        let plain = Doctor { strict: false, procfs: None, sysfs: None };
        assert_eq!(plain.arguments(), ["doctor"]);
        let all = Doctor { strict: true, procfs: Some("a b".into()), sysfs: Some("c".into()) };
        assert_eq!(all.arguments(), ["doctor", "--strict", "--procfs", "a b", "--sysfs", "c"]);
    }
}
