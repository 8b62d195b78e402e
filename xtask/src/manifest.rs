//! The parts of Cargo manifests that decide a measured time: the profile, and the features of a dependency.

use std::path::Path;

pub use offprint::manifest::ManifestError;
use offprint::manifest::table;

/// How burn is built: its features change the time of a forward pass.
pub fn burn(root: &Path) -> Result<String, ManifestError> {
    table(root, "experiments/measure/Cargo.toml", &["dependencies", "burn"])
}

/// How the processor's kernels are built: the vector instructions that they are compiled for.
pub fn kernels(root: &Path) -> Result<String, ManifestError> {
    table(root, "experiments/kernels/Cargo.toml", &["dependencies"])
}

/// Prefix of the lines of [`profile`] for the processor's kernels.
pub const OF_KERNELS: &str = "dev.package.kernels.";

/// How the programs are compiled, except packages that do not run while something is timed.
pub fn profile(root: &Path) -> Result<String, ManifestError> {
    const UNTIMED: [&str; 4] =
        ["dev.package.figures.", "dev.package.offprint-plot.", "dev.package.paper.", "dev.package.sha2."];
    let all = table(root, "Cargo.toml", &["profile"])?;
    let timed = |line: &&str| !UNTIMED.iter().any(|package| line.starts_with(package));
    Ok(all.lines().filter(timed).collect::<Vec<_>>().join("\n"))
}
