//! Other machines that a report is set beside: which there are, and which of their records a study uses. Lists folders and reads no
//! record.

use std::fs;
use std::path::Path;

use crate::engine::lock::Lock;
use crate::engine::step::{Input, Origin};
use crate::engine::store::Store;
use crate::sessions;
use crate::steps::SHELF;
use crate::study::Study;

/// The word for no other machine.
pub const NONE: &str = "none";

/// Another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// As the lock calls it.
    pub name: String,
    /// Its records of the study's points, as files of an input folder.
    pub records: Vec<Input>,
}

impl Machine {
    /// Whether all its records are published, so that whoever has the checkout has them.
    pub fn is_published(&self) -> bool {
        self.records.iter().all(|input| matches!(&input.origin, Origin::File(path) if path.starts_with(SHELF)))
    }
}

/// The machines that have published records, by name. A folder that cannot be listed has none.
fn published(root: &Path) -> Vec<String> {
    let folders = fs::read_dir(root.join(SHELF)).into_iter().flatten().filter_map(Result::ok);
    let folders = folders.filter(|entry| entry.path().join("measure").is_dir());
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The machines whose published records have a point of the study, but for the study's own.
pub fn others(root: &Path, study: &Study, own: &str) -> Vec<Machine> {
    let names = published(root).into_iter().filter(|name| name != own);
    let machines = names.map(|name| machine(root, study, &name));
    machines.filter(|machine| !machine.records.is_empty()).collect()
}

/// A machine with its published records for the points of the study.
pub fn machine(root: &Path, study: &Study, name: &str) -> Machine {
    records(study, name, |step| {
        let path = format!("{SHELF}/{name}/{step}/record.json");
        root.join(&path).is_file().then_some(path)
    })
}

/// The same with what the lock names of it and the store of this checkout has, where that is not published.
pub fn known(root: &Path, study: &Study, name: &str, (lock, store): (&Lock, &Store)) -> Machine {
    let published = machine(root, study, name);
    if !published.records.is_empty() {
        return published;
    }
    records(study, name, |step| {
        let object = store.object_path(*lock.get(name, step)?.outputs.get("record.json")?);
        let path = object.strip_prefix(root).ok()?.to_str()?.to_owned();
        object.is_file().then_some(path)
    })
}

/// `find` tells the file of a step's record, by its path in the checkout.
fn records(study: &Study, name: &str, find: impl Fn(&str) -> Option<String>) -> Machine {
    // Named as the hardware is: the device, its precision, and what tells machines apart.
    let slug = name.rsplit_once('-').map_or(name, |(slug, _)| slug);
    let points = study.networks.iter().flat_map(|network| study.batches.iter().map(move |batch| (network.name, batch)));
    let records = points.flat_map(|(network, batch)| {
        let point = format!("measure/{slug}/{network}/b{batch}");
        let find = &find;
        let found = (1..).map_while(move |session| Some((session, find(&sessions::step(&point, session))?)));
        found.map(move |(session, path)| {
            let place = format!("records/{network}-b{batch}{}.json", sessions::suffix(session));
            Input { place, origin: Origin::File(path) }
        })
    });
    Machine { name: name.to_owned(), records: records.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use crate::engine::files::Flush;
    use crate::engine::lock::Locked;
    use crate::engine::stamps::{Stamps, Trust};
    use crate::engine::step::Class;

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
            "cpu-2/measure/cpu/enet/b16/s2/record.json",
            "cpu-2/measure/cpu/enet/b16/s4/record.json",
            "cpu-2/measure/cpu/enet/b64/record.json",
            "vulkan-f16-3/measure/vulkan-f16/enet/b1/record.json",
            "cpu-4/measure/cpu/vgg-16/b1/record.json",
            "cpu-5/layers/cpu/vgg-16/b1/layers.json",
        ]);
        let names = ["alexnet".to_owned(), "enet".to_owned()];
        let study = Study::choose(folder.path(), Device::Cpu, "quick", &names, &[1, 16]).unwrap();
        let found = others(folder.path(), &study, "cpu-1");
        assert_eq!(found.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>(), ["cpu-2", "vulkan-f16-3"]);
        let places: Vec<&str> = found[0].records.iter().map(|input| input.place.as_str()).collect();
        assert_eq!(places, ["records/alexnet-b1.json", "records/enet-b16.json", "records/enet-b16-s2.json"]);
        assert!(found.iter().all(Machine::is_published));
        assert_eq!(published(folder.path()), ["cpu-1", "cpu-2", "cpu-4", "vulkan-f16-3"]);
    }

    #[test]
    fn what_the_lock_names_and_the_store_has_stands_in_where_nothing_is_published() {
        let folder = checkout(&["cpu-2/measure/cpu/enet/b1/record.json"]);
        let study = Study::choose(folder.path(), Device::Cpu, "quick", &["enet".to_owned()], &[1]).unwrap();
        let stamps = Stamps::open(folder.path(), &folder.path().join("stamps"), Trust::Nothing);
        let store = Store::open(&folder.path().join(".store"), stamps.into()).unwrap();
        store.prepare().unwrap();
        let record = store.take_bytes(b"{}", Flush::No).unwrap();
        let outputs = [("record.json".to_owned(), record)].into();
        let mut lock = Lock::read(&folder.path().join("artifacts.lock")).unwrap();
        lock.put("vulkan-1", "measure/vulkan/enet/b1", Locked { class: Class::Measured, key: record, outputs });
        let found = known(folder.path(), &study, "vulkan-1", (&lock, &store));
        assert_eq!((found.records.len(), found.is_published()), (1, false));
        assert!(known(folder.path(), &study, "cpu-2", (&lock, &store)).is_published());
        assert!(known(folder.path(), &study, "cpu-3", (&lock, &store)).records.is_empty());
    }

    #[test]
    fn a_checkout_without_records_has_no_other_machine() {
        let folder = tempfile::tempdir().unwrap();
        assert!(published(folder.path()).is_empty());
    }
}
