//! The parts of Cargo manifests that decide a measured time: the profile, and the features of a dependency.

use std::path::Path;

use offprint::crates;
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

/// How the programs are compiled, except packages that the measured program does not use or run while something is timed.
pub fn profile(root: &Path) -> Result<String, ManifestError> {
    // The first runs before and after. The others are in the lock for features of burn's dependencies that are off.
    const UNTIMED: [&str; 5] = ["sha2", "image", "moxcms", "pxfm", "toml_edit"];
    let used = crates::used_by(root, "measure")?;
    let is_timed = |package: &str| package == "*" || used.contains(package) && !UNTIMED.contains(&package);
    let all = table(root, "Cargo.toml", &["profile"])?;
    let package = |line: &str| Some(line.strip_prefix("dev.package.")?.rsplit_once('.')?.0.to_owned());
    Ok(all.lines().filter(|line| package(line).is_none_or(|package| is_timed(&package))).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_of_a_measured_program_has_what_it_uses_and_no_other_package() {
        let root = tempfile::tempdir().unwrap();
        let package =
            |name: &str, needs: &str| format!("[[package]]\nname = \"{name}\"\ndependencies = [\n \"{needs}\",\n]\n\n");
        let lock = package("measure", "burn")
            + &package("burn", "gemm 0.1.0")
            + &package("gemm", "std")
            + &package("paper", "typst")
            + &package("typst", "gemm");
        std::fs::write(root.path().join("Cargo.lock"), lock).unwrap();
        let manifest = "[profile.dev]\ndebug = false\n[profile.dev.package]\n\"*\".opt-level = 1\n\
                        typst.opt-level = 0\ngemm.opt-level = 3\n[profile.dev.build-override]\nopt-level = 0\n";
        std::fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let timed = "dev.build-override.opt-level = 0\ndev.debug = false\ndev.package.*.opt-level = 1\n\
                     dev.package.gemm.opt-level = 3";
        assert_eq!(profile(root.path()).unwrap(), timed);
    }
}
