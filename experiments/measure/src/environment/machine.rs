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

/// The lines of cpuinfo that name a processor: x86, LoongArch, MIPS, POWER and SPARC.
const NAMES: [&str; 4] = ["model name", "Model Name", "cpu model", "cpu"];
/// Starts of names that kernels give to any processor, in lower case.
const ANONYMOUS: [&str; 5] = ["armv", "aarch64 processor", "unknown", "generic", "-"];
/// The lines with the numbers of processors without a name: RISC-V, ARM, s390x.
const NUMBERS: [&str; 7] = ["uarch", "CPU implementer", "CPU part", "mvendorid", "marchid", "machine", "isa"];

/// The name of the processor, or else of the board, or else the processor's numbers.
fn model(procfs: &Path) -> Result<String, String> {
    let cpuinfo = text(procfs, "cpuinfo").unwrap_or_default();
    let is_name = |name: &String| {
        let name = name.to_lowercase();
        !name.is_empty() && !ANONYMOUS.iter().any(|start| name.starts_with(start))
    };
    let named = NAMES.iter().filter_map(|name| field(&cpuinfo, name)).find(is_name);
    let board = || text(procfs, "device-tree/model").ok().map(|model| model.trim().to_owned()).filter(is_name);
    let numbers = || {
        let of = |name: &&str| Some(format!("{} {}", name.trim_start_matches("CPU "), field(&cpuinfo, name)?));
        let found: Vec<String> = NUMBERS.iter().filter_map(of).collect();
        (!found.is_empty()).then(|| format!("processor with {}", found.join(", ")))
    };
    let found = named.or_else(board).or_else(numbers);
    found.ok_or_else(|| "neither cpuinfo nor a device tree has a model".to_owned())
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
        // A 32-bit system names any processor after its architecture.
        write("cpuinfo", "processor\t: 0\nmodel name\t: ARMv8 Processor rev 1 (v8l)\n");
        assert!(hardware(folder.path()).starts_with("jetson_tx1, "));
        write("cpuinfo", "processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n");
        assert!(hardware(folder.path()).starts_with("A Processor @ 2 GHz, "));
        for (cpuinfo, name) in [
            ("cpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported, "),
            ("system type\t: generic\n\nModel Name\t: Loongson-3A5000\n", "Loongson-3A5000, "),
            ("isa\t: rv64imafdc\nuarch\t: sifive,u74-mc\n", "processor with uarch sifive,u74-mc, isa rv64imafdc, "),
            ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "processor with implementer 0x41, part 0xd0c, "),
        ] {
            write("device-tree/model", "\0");
            write("cpuinfo", cpuinfo);
            assert!(hardware(folder.path()).starts_with(name), "{}", hardware(folder.path()));
        }
        write("meminfo", "MemTotal:       2048 kB\nSwapTotal:             0 kB\nSwapFree: many kB\n");
        let amounts = ["MemTotal", "SwapTotal"].map(|name| memory(folder.path(), name));
        assert_eq!(amounts, [Ok(2 << 20), Ok(0)]);
        assert!(memory(folder.path(), "SwapFree").is_err() && memory(folder.path(), "MemAvailable").is_err());
    }
}
