//! The checkout from which a measurement was made: its commit, and whether files differ from it.

use std::path::Path;
use std::process::Command;

use super::{Observations, observation};

/// The commit of the checkout that contains `here`, if any.
pub fn observations(here: &Path) -> Observations {
    let changed = git(here, &["status", "--porcelain", "--untracked-files=no"]);
    Observations::from([
        ("commit".to_owned(), observation(git(here, &["rev-parse", "HEAD"]))),
        ("commit_changed".to_owned(), observation(changed.map(|files| !files.is_empty()))),
    ])
}

fn git(here: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(here).arg("--no-optional-locks").args(arguments).output();
    let output = output.map_err(|error| format!("git: {}", super::words(&error)))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        // The message of git may contain paths.
        false => Err("git finds no checkout here".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Observation;

    #[test]
    fn outside_a_checkout_there_is_a_reason_instead_of_a_commit() {
        for (name, observed) in observations(Path::new("/")) {
            assert!(matches!(observed, Observation::Unknown { .. }), "{name}");
        }
    }
}
