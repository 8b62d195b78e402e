//! The machine: processor, cores, memory, kernel. Does not change between two moments.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::{Facts, field, observation, text};

/// Processor and cores in words, for example `AMD EPYC 7B13, 2 cores`.
pub fn hardware(procfs: &Path) -> String {
    let model = model(procfs).unwrap_or_else(|_| format!("unknown {} processor", std::env::consts::ARCH));
    format!("{model}, {} cores", cores())
}

/// What is known of the machine.
pub fn facts(procfs: &Path) -> Facts {
    Facts::from([
        ("cpu_model".to_owned(), observation(model(procfs))),
        ("cpu_cores".to_owned(), observation(Ok(cores() as u64))),
        ("memory_bytes".to_owned(), observation(memory(procfs))),
        ("kernel".to_owned(), observation(text(procfs, "sys/kernel/osrelease"))),
    ])
}

/// The model name; boards have none there and tell their own.
fn model(procfs: &Path) -> Result<String, String> {
    let named = text(procfs, "cpuinfo").map(|text| field(&text, "model name"));
    match named {
        Ok(Some(model)) if !model.is_empty() => Ok(model),
        _ => text(procfs, "device-tree/model").map_err(|_| "neither cpuinfo nor a device tree names it".to_owned()),
    }
}

/// Those this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn memory(procfs: &Path) -> Result<u64, String> {
    let total = field(&text(procfs, "meminfo")?, "MemTotal").ok_or("meminfo: no field MemTotal")?;
    let kibibytes: u64 = total.trim_end_matches("kB").trim().parse().map_err(|_| "meminfo: MemTotal is no number")?;
    kibibytes.checked_mul(1024).ok_or_else(|| "meminfo: MemTotal is absurd".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_processor_is_its_model_name_or_its_board() {
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
        write("meminfo", "MemTotal:       2048 kB\n");
        assert_eq!(memory(folder.path()), Ok(2 << 20));
    }
}
