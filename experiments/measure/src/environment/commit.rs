//! The checkout a measurement was made from: its commit, and whether files differ from it.

use std::path::Path;
use std::process::Command;

use super::{Observations, observation};

/// Of the checkout that `here` lies in, if it does.
pub fn observations(here: &Path) -> Observations {
    let changed = git(here, &["status", "--porcelain", "--untracked-files=no"]);
    Observations::from([
        ("commit".to_owned(), observation(git(here, &["rev-parse", "HEAD"]))),
        ("commit_changed".to_owned(), observation(changed.map(|files| !files.is_empty()))),
    ])
}

fn git(here: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(here).arg("--no-optional-locks").args(arguments).output();
    let output = output.map_err(|error| format!("git: {}", error.kind()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        // What it says may name paths.
        false => Err("git knows no checkout here".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Observation;

    #[test]
    fn outside_a_checkout_there_is_no_commit_and_a_reason() {
        for (name, fact) in observations(Path::new("/")) {
            assert!(matches!(fact, Observation::Unknown { .. }), "{name}");
        }
    }
}
