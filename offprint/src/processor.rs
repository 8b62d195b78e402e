//! Facts about the processor of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::thread;

/// The kernel's description of the processors.
const PROCFS: &str = "/proc";
/// The firmware's name of a board.
const FIRMWARE: &str = "/proc/device-tree";

/// The model of the processor, and the number of cores that this process may use.
pub fn facts() -> BTreeMap<String, String> {
    facts_in(Path::new(PROCFS), Path::new(FIRMWARE))
}

/// The name of a board according to its firmware; none on other machines.
pub fn board() -> Option<String> {
    board_in(Path::new(FIRMWARE))
}

/// The value of the first line `name : value`.
pub fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn facts_in(procfs: &Path, firmware: &Path) -> BTreeMap<String, String> {
    let model = fs::read_to_string(procfs.join("cpuinfo"))
        .ok()
        .and_then(|text| field(&text, "model name"))
        // On boards, the kernel names no model.
        .or_else(|| board_in(firmware))
        .filter(|model| !model.is_empty())
        .unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let facts = [("device", "cpu".to_owned()), ("cpu", model), ("cores", cores.to_string())];
    facts.into_iter().map(|(fact, value)| (fact.to_owned(), value)).collect()
}

fn board_in(firmware: &Path) -> Option<String> {
    let model = fs::read_to_string(firmware.join("model")).ok()?.trim_end_matches('\0').to_owned();
    (!model.is_empty()).then_some(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(cpuinfo: &str, board: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cpuinfo"), cpuinfo).unwrap();
        if let Some(board) = board {
            fs::write(folder.path().join("model"), board).unwrap();
        }
        facts_in(folder.path(), folder.path())["cpu"].clone()
    }

    #[test]
    fn a_processor_is_described_by_its_model_or_its_board() {
        assert_eq!(model("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n", None), "A Processor @ 2 GHz");
        assert_eq!(model("processor\t: 0\nCPU part\t: 0xd07\n", Some("jetson_tx1\0")), "jetson_tx1");
        assert!(model("", None).starts_with("unknown "));
    }
}
