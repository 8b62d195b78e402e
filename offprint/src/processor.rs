//! Facts about the processor of this machine: its name, what else identifies it, its caches and its widest vectors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use crate::digest::Digest;

/// The lines of cpuinfo that have a name for people.
const NAMES: [&str; 4] = ["model name", "Model Name", "cpu model", "cpu"];
/// The lines that distinguish processors: x86, ARM, POWER and SPARC, RISC-V, LoongArch and MIPS, s390x. Serial numbers,
/// clocks, microcode and what the kernel works around are not among them.
const IDENTIFYING: [&str; 25] = [
    "vendor_id",
    "cpu family",
    "model",
    "stepping",
    "CPU implementer",
    "CPU architecture",
    "CPU variant",
    "CPU part",
    "CPU revision",
    "Hardware",
    "cpu",
    "revision",
    "machine",
    "isa",
    "uarch",
    "mvendorid",
    "marchid",
    "mimpid",
    "system type",
    "cpu model",
    "Model Name",
    "CPU Family",
    "CPU Revision",
    "ISA",
    "version",
];
/// One of these is enough to distinguish a processor from those of other makers and generations.
const DISTINCT: [&str; 9] =
    ["model", "CPU part", "Hardware", "cpu", "cpu model", "Model Name", "uarch", "mvendorid", "machine"];
/// Starts of names that kernels give to any processor, in lower case.
const ANONYMOUS: [&str; 5] = ["armv", "aarch64 processor", "unknown", "generic", "-"];
/// Starts of names of emulated processors, whose numbers are those of the emulator.
const EMULATED: [&str; 5] = ["qemu ", "common kvm", "common 32-bit kvm", "virtual cpu", "virtualapple"];
/// ARM's own number, which the processors of all makers have that use its designs: Graviton and Altra, for example.
const OF_DESIGNS: &str = "0x41";
/// Starts of texts in firmware that name no machine, in lower case.
const FILLERS: [&str; 5] = ["to be filled", "default", "system manufacturer", "not ", "qemu"];
/// Where the kernel lists features of processors, by architecture.
const FEATURES: [&str; 4] = ["flags", "Features", "features", "ASEs implemented"];
/// Vector instructions, the widest of each architecture first. POWER and RISC-V have theirs in `cpu` and `isa`.
const VECTORS: [&str; 14] =
    ["avx512f", "avx2", "avx", "sse2", "sve2", "sve", "asimd", "neon", "lasx", "lsx", "vxe2", "vxe", "vx", "msa"];
/// A random number that each installation of Linux has.
const INSTALLATIONS: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// The facts of the processor, with the number of cores that this process may use. `procfs` is `/proc`, `sysfs` is
/// `/sys`. A processor that nothing distinguishes from others has the fact `installation`, which no other machine has.
pub fn facts(procfs: &Path, sysfs: &Path) -> BTreeMap<String, String> {
    let cpuinfo = fs::read_to_string(procfs.join("cpuinfo")).unwrap_or_default();
    let board = board(procfs);
    let is_emulated = names(&cpuinfo).any(|name| starts(&name, &EMULATED));
    let named = names(&cpuinfo).find(|name| !starts(name, &ANONYMOUS));
    let is_design = named.is_none() && field(&cpuinfo, "CPU implementer").is_some_and(|maker| maker == OF_DESIGNS);
    let machine = if is_design && board.is_none() { machine(sysfs) } else { None };
    let is_distinct =
        board.is_some() || machine.is_some() || !is_emulated && (named.is_some() || !is_design && has_number(&cpuinfo));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let facts = [
        ("device", Some("cpu".to_owned())),
        // On boards, the kernel names no processor.
        ("cpu", named.or(board).or_else(|| Some(unnamed(&cpuinfo)))),
        ("cpu_id", identifiers(&cpuinfo)),
        ("cpu_caches", caches(sysfs).or_else(|| field(&cpuinfo, "cache size"))),
        ("cpu_vectors", vectors(&cpuinfo, procfs)),
        ("cores", Some(cores.to_string())),
        ("machine", machine),
        ("installation", (!is_distinct).then(|| installation(procfs, &INSTALLATIONS.map(Path::new)))),
    ];
    facts.into_iter().filter_map(|(fact, value)| Some((fact.to_owned(), value?))).collect()
}

/// The name of a board according to its firmware; none on other machines.
pub fn board(procfs: &Path) -> Option<String> {
    let model = fs::read_to_string(procfs.join("device-tree/model")).ok()?;
    let model = model.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace()).to_owned();
    // QEMU's boards, which compute on any processor.
    (!model.is_empty() && !["linux,dummy-virt", "riscv-virtio,qemu"].contains(&model.as_str())).then_some(model)
}

/// Maker and model of a computer according to its firmware (DMI).
fn machine(sysfs: &Path) -> Option<String> {
    let of = |file: &str| Some(fs::read_to_string(sysfs.join("class/dmi/id").join(file)).ok()?.trim().to_owned());
    let both = [of("sys_vendor")?, of("product_name")?];
    both.iter().all(|text| !text.is_empty() && !starts(text, &FILLERS)).then(|| both.join(" "))
}

/// The value of the first line `name : value`.
pub fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The names in cpuinfo, for people.
fn names(cpuinfo: &str) -> impl Iterator<Item = String> {
    NAMES.iter().filter_map(|name| field(cpuinfo, name)).filter(|name| !name.is_empty())
}

fn starts(name: &str, with: &[&str]) -> bool {
    let name = name.to_lowercase();
    with.iter().any(|start| name.starts_with(start))
}

/// The identifying lines of a paragraph: a core, or what all have in common.
fn of_paragraph(text: &str) -> impl Iterator<Item = (&str, &str)> {
    // `processor 0: version = 00,  identification = (a serial number),  machine = 8561` on s390x.
    let inner = text.lines().filter(|line| line.starts_with("processor ")).flat_map(|line| line.split([':', ',']));
    let pairs =
        text.lines().filter_map(|line| line.split_once(':')).chain(inner.filter_map(|part| part.split_once('=')));
    let pairs = pairs.map(|(key, value)| (key.trim(), value.trim()));
    pairs.filter(|(key, value)| IDENTIFYING.contains(key) && !value.is_empty())
}

/// The identifying lines of all kinds of cores, of which a processor may have several.
fn identifiers(cpuinfo: &str) -> Option<String> {
    let kinds: BTreeSet<String> = cpuinfo
        .split("\n\n")
        .map(|core| {
            let mut lines: Vec<String> = of_paragraph(core).map(|(key, value)| format!("{key} {value}")).collect();
            // On s390x each processor has one in the same paragraph.
            let mut before = BTreeSet::new();
            lines.retain(|line| before.insert(line.clone()));
            lines.join(", ")
        })
        .filter(|kind| !kind.is_empty())
        .collect();
    (!kinds.is_empty()).then(|| kinds.into_iter().collect::<Vec<_>>().join("; "))
}

/// Whether a number distinguishes this processor from others.
fn has_number(cpuinfo: &str) -> bool {
    let is_number = |value: &str| value.trim_start_matches("0x").contains(|digit| digit != '0');
    // QEMU's own ARM processors have no implementer.
    let is_made = field(cpuinfo, "CPU implementer").is_none_or(|implementer| is_number(&implementer));
    let mut all = cpuinfo.split("\n\n").flat_map(of_paragraph).filter(|(_, value)| !starts(value, &ANONYMOUS));
    // The model of x86 may be 0 within its family.
    all.any(|(key, value)| match key {
        "model" => true,
        "CPU part" => is_made && is_number(value),
        _ => DISTINCT.contains(&key) && is_number(value),
    })
}

/// The name of a processor that has none, for people.
fn unnamed(cpuinfo: &str) -> String {
    let of = |name: &str| -> Option<String> {
        let all = cpuinfo.split("\n\n").flat_map(of_paragraph).filter(|(key, _)| *key == name);
        let values: BTreeSet<&str> = all.map(|(_, value)| value).collect();
        let values: Vec<&str> = values.into_iter().collect();
        (!values.is_empty()).then(|| format!("{} {}", name.trim_start_matches("CPU "), values.join(" and ")))
    };
    let known = ["uarch", "CPU implementer", "CPU part", "mvendorid", "marchid", "machine", "isa"];
    let words: Vec<String> = known.into_iter().filter_map(of).collect();
    match words.is_empty() {
        true => format!("unknown {} processor", std::env::consts::ARCH),
        false => format!("processor with {}", words.join(", ")),
    }
}

/// Level, kind and size of the caches of all cores, for example `L1 Data 32K, L2 Unified 512K`.
fn caches(sysfs: &Path) -> Option<String> {
    let folders = |folder: &Path, start: &'static str| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter(move |entry| entry.file_name().to_string_lossy().starts_with(start)).map(|entry| entry.path())
    };
    let cores = folders(&sysfs.join("devices/system/cpu"), "cpu");
    let cache = |folder: std::path::PathBuf| {
        let read = |file: &str| Some(fs::read_to_string(folder.join(file)).ok()?.trim().to_owned());
        Some(format!("L{} {} {}", read("level")?, read("type")?, read("size")?))
    };
    let all: BTreeSet<String> =
        cores.flat_map(|core| folders(&core.join("cache"), "index")).filter_map(cache).collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(", "))
}

/// The widest vector instructions. Those of ARM's SVE have no fixed width: the kernel has it in bytes.
fn vectors(cpuinfo: &str, procfs: &Path) -> Option<String> {
    let features = FEATURES.iter().find_map(|name| field(cpuinfo, name))?;
    let widest = VECTORS.iter().find(|known| features.split_whitespace().any(|feature| feature == **known))?;
    let width = widest.starts_with("sve").then(|| fs::read_to_string(procfs.join("sys/abi/sve_default_vector_length")));
    Some(match width.and_then(Result::ok) {
        Some(bytes) => format!("{widest} of {} bytes", bytes.trim()),
        None => (*widest).to_owned(),
    })
}

/// What only this installation of Linux has, or only this start of it where it has no number. Digested, since the
/// number itself must not become public (machine-id(5)).
fn installation(procfs: &Path, files: &[&Path]) -> String {
    let start = procfs.join("sys/kernel/random/boot_id");
    let numbers = files.iter().copied().chain([start.as_path()]).filter_map(|file| fs::read_to_string(file).ok());
    let number = numbers.map(|text| text.trim().to_owned()).find(|number| number.len() >= 32);
    match number {
        Some(number) => {
            Digest::of(format!("offprint: processor without a name\n{number}").as_bytes()).to_string()[..16].to_owned()
        }
        None => "without a number".to_owned(),
    }
}

/// Facts of this machine that may change between measurements, by their names in records: kernel and clock governors.
pub fn surroundings(procfs: &Path, sysfs: &Path) -> BTreeMap<String, String> {
    let kernel = fs::read_to_string(procfs.join("sys/kernel/osrelease")).ok();
    let facts = [("kernel", kernel.map(|text| text.trim().to_owned())), ("governor", governor(sysfs))];
    facts.into_iter().filter_map(|(fact, value)| Some((fact.to_owned(), value?))).collect()
}

fn governor(sysfs: &Path) -> Option<String> {
    let cores = fs::read_dir(sysfs.join("devices/system/cpu")).ok()?.filter_map(Result::ok);
    let files = cores.map(|core| core.path().join("cpufreq/scaling_governor"));
    let all: BTreeSet<String> =
        files.filter_map(|file| fs::read_to_string(file).ok()).map(|text| text.trim().to_owned()).collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
#[path = "processor/tests.rs"]
mod tests;
