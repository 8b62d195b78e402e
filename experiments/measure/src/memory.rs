//! Resident memory of this process, as the kernel counts it. On machines whose devices share the processor's memory this
//! is the whole of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use results::Bytes;

/// Resident set now (VmRSS).
pub fn resident(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmRSS")
}

/// The largest resident set since the process started (VmHWM).
pub fn peak(procfs: &Path) -> Result<Bytes> {
    status(procfs, "VmHWM")
}

fn status(procfs: &Path, field: &str) -> Result<Bytes> {
    let path = procfs.join("self/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, field).with_context(|| format!("{} has no field {field}", path.display()))
}

/// A line such as `VmHWM:  123456 kB`.
fn parse(text: &str, field: &str) -> Option<Bytes> {
    let (_, value) = text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| *name == field)?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024).map(Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kibibytes() {
        let text = "Name:\tmeasure\nVmPeak:\t  9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t     1 kB\n";
        assert_eq!(parse(text, "VmHWM"), Some(Bytes(2 << 20)));
        assert_eq!(parse(text, "VmRSS"), Some(Bytes(1024)));
        assert_eq!(parse(text, "VmSwap"), None);
        assert_eq!(parse("VmHWM: 99999999999999999999 kB", "VmHWM"), None);
    }
}
