//! Other machines whose published measurements a report is set beside: which there are, and which of their records a study uses.
//! Lists folders and reads no record.

use std::fs;
use std::path::Path;

use crate::engine::step::{Input, Origin};
use crate::steps::SHELF;
use crate::study::Study;

/// The word for no other machine.
pub const NONE: &str = "none";

/// The machines that have published records, by name. A folder that cannot be listed has none.
pub fn published(root: &Path) -> Vec<String> {
    let folders = fs::read_dir(root.join(SHELF)).into_iter().flatten().filter_map(Result::ok);
    let folders = folders.filter(|entry| entry.path().join("measure").is_dir());
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The machines whose records have a point of the study, but for the study's own.
pub fn others(root: &Path, study: &Study, own: &str) -> Vec<String> {
    let mut names = published(root);
    names.retain(|name| name != own && !records(root, study, name).is_empty());
    names
}

/// The published records of a machine for the points of the study, as files of an input folder.
pub fn records(root: &Path, study: &Study, machine: &str) -> Vec<Input> {
    // Named as the hardware is: the device, its precision, and what tells machines apart.
    let Some((slug, _)) = machine.rsplit_once('-') else { return Vec::new() };
    let points = study.networks.iter().flat_map(|network| study.batches.iter().map(move |batch| (network.name, batch)));
    let record = |(network, batch)| {
        let path = format!("{SHELF}/{machine}/measure/{slug}/{network}/b{batch}/record.json");
        let place = format!("records/{network}-b{batch}.json");
        root.join(&path).is_file().then_some(Input { place, origin: Origin::File(path) })
    };
    points.filter_map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;

    /// A checkout with the protocols of this one and these records.
    fn checkout(records: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let protocols = Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/protocols.toml");
        fs::create_dir_all(folder.path().join(SHELF)).unwrap();
        fs::copy(protocols, folder.path().join("experiments/protocols.toml")).unwrap();
        for record in records {
            let path = folder.path().join(SHELF).join(record);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        folder
    }

    #[test]
    fn other_machines_are_those_with_records_of_the_studys_points() {
        let folder = checkout(&[
            "cpu-1/measure/cpu/alexnet/b1/record.json",
            "cpu-2/measure/cpu/alexnet/b1/record.json",
            "cpu-2/measure/cpu/enet/b16/record.json",
            "cpu-2/measure/cpu/enet/b64/record.json",
            "vulkan-f16-3/measure/vulkan-f16/enet/b1/record.json",
            "cpu-4/measure/cpu/vgg-16/b1/record.json",
            "cpu-5/layers/cpu/vgg-16/b1/layers.json",
        ]);
        let names = ["alexnet".to_owned(), "enet".to_owned()];
        let study = Study::choose(folder.path(), Device::Cpu, "quick", &names, &[1, 16]).unwrap();
        assert_eq!(others(folder.path(), &study, "cpu-1"), ["cpu-2", "vulkan-f16-3"]);
        let places: Vec<String> =
            records(folder.path(), &study, "cpu-2").into_iter().map(|input| input.place).collect();
        assert_eq!(places, ["records/alexnet-b1.json", "records/enet-b16.json"]);
        assert_eq!(published(folder.path()), ["cpu-1", "cpu-2", "cpu-4", "vulkan-f16-3"]);
    }

    #[test]
    fn a_checkout_without_records_has_no_other_machine() {
        let folder = tempfile::tempdir().unwrap();
        assert!(published(folder.path()).is_empty());
    }
}
