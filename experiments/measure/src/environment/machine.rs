//! The constant properties of the machine: processor, cores, memory, swap, kernel.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::{Observations, field, known, observation, text};

/// The processor and its cores, for example `AMD EPYC 7B13, 2 cores`.
pub fn hardware(procfs: &Path) -> String {
    let model = model(procfs).unwrap_or_else(|_| format!("unknown {} processor", std::env::consts::ARCH));
    format!("{model}, {} cores", cores())
}

/// The observations of the machine.
pub fn observations(procfs: &Path) -> Observations {
    Observations::from([
        ("cpu_model".to_owned(), observation(model(procfs))),
        ("cpu_cores".to_owned(), observation(Ok(cores() as u64))),
        ("architecture".to_owned(), known(std::env::consts::ARCH)),
        ("memory_bytes".to_owned(), observation(memory(procfs, "MemTotal"))),
        ("swap_bytes".to_owned(), observation(memory(procfs, "SwapTotal"))),
        ("kernel".to_owned(), observation(text(procfs, "sys/kernel/osrelease"))),
    ])
}

/// The model name of the processor, or of the board where cpuinfo has none.
fn model(procfs: &Path) -> Result<String, String> {
    let named = text(procfs, "cpuinfo").map(|text| field(&text, "model name"));
    match named {
        Ok(Some(model)) if !model.is_empty() => Ok(model),
        _ => text(procfs, "device-tree/model").map_err(|_| "neither cpuinfo nor a device tree has a model".to_owned()),
    }
}

/// The number of cores that this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// A field of meminfo [bytes].
pub(crate) fn memory(procfs: &Path, name: &str) -> Result<u64, String> {
    let amount = field(&text(procfs, "meminfo")?, name).ok_or_else(|| format!("meminfo: no field {name}"))?;
    let kibibytes: Result<u64, _> = amount.trim_end_matches("kB").trim().parse();
    let kibibytes = kibibytes.map_err(|_| format!("meminfo: {name} is not a number"))?;
    kibibytes.checked_mul(1024).ok_or_else(|| format!("meminfo: {name} is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_processor_is_named_by_its_model_or_its_board() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        assert!(hardware(folder.path()).starts_with("unknown "));
        write("device-tree/model", "jetson_tx1\0");
        assert!(hardware(folder.path()).starts_with("jetson_tx1, "));
        write("cpuinfo", "processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n");
        assert!(hardware(folder.path()).starts_with("A Processor @ 2 GHz, "));
        write("meminfo", "MemTotal:       2048 kB\nSwapTotal:             0 kB\nSwapFree: many kB\n");
        let amounts = ["MemTotal", "SwapTotal"].map(|name| memory(folder.path(), name));
        assert_eq!(amounts, [Ok(2 << 20), Ok(0)]);
        assert!(memory(folder.path(), "SwapFree").is_err() && memory(folder.path(), "MemAvailable").is_err());
    }
}
