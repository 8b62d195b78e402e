//! Other machines that a report is set beside: which there are, which of their records a study uses, and which of these an earlier
//! version of the programs measured. Lists folders, reads the texts of keys and no record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::sessions;
use crate::steps::SHELF;
use crate::study::Study;
use crate::versions::Present;
use offprint::lock::Lock;
use offprint::published::KEY;
use offprint::step::{Input, Origin};
use offprint::store::{Found, Store};
use offprint::tree::Tree;

/// The word for no other machine.
pub const NONE: &str = "none";

/// Another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// As the lock calls it.
    pub name: String,
    /// Its records of the study's points.
    pub records: Vec<Record>,
}

/// One of its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The step that measured it.
    pub step: String,
    /// As a file of an input folder.
    pub input: Input,
    /// The text of its key; none where nobody has that.
    pub key: Option<String>,
    /// Whether another version of the programs measured it than the present one; unknown until [`mark_outdated`] has seen it.
    pub outdated: bool,
}

/// The flag that names records which earlier versions of the programs measured.
const OUTDATED: &str = "--outdated";

impl Machine {
    /// Whether all its records are published, so that whoever has the checkout has them.
    pub fn is_published(&self) -> bool {
        let is_published = |origin: &Origin| matches!(origin, Origin::File(path) if path.starts_with(SHELF));
        self.records.iter().all(|record| is_published(&record.input.origin))
    }

    /// What the step that reads the records is told of their age: nothing where all are of the present programs.
    pub fn arguments(&self) -> Vec<String> {
        let outdated = self.records.iter().filter(|record| record.outdated);
        let names: Vec<&str> =
            outdated.filter_map(|record| Path::new(&record.input.place).file_stem()?.to_str()).collect();
        if names.is_empty() { Vec::new() } else { vec![OUTDATED.to_owned(), names.join(",")] }
    }
}

/// Marks the records of the other machines that the present programs of the checkout would measure anew: their keys say other sources,
/// crates, compiler or network. A record without a key may be of any version, and is marked too.
///
/// # Errors
/// A file of the checkout that decides keys cannot be read.
pub fn mark_outdated(root: &Path, study: &mut Study, tree: &Tree) -> Result<()> {
    let mut machines = std::mem::take(&mut study.beside);
    // Machines of one kind have the same keys but for their hardware.
    let mut present = BTreeMap::new();
    for record in machines.iter_mut().flat_map(|machine| &mut machine.records) {
        let point = sessions::point(&record.step).to_owned();
        if !present.contains_key(&point) {
            present.insert(point.clone(), Present::of(root, study, &point, tree)?);
        }
        let is_present = |key: &String| present.get(&point).is_some_and(|present| present.has_measured(key));
        record.outdated = !record.key.as_ref().is_some_and(is_present);
    }
    study.beside = machines;
    Ok(())
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
        let key = || fs::read_to_string(root.join(&path).with_file_name(KEY)).ok();
        root.join(&path).is_file().then(|| (path.clone(), key()))
    })
}

/// The same with what the lock names of it and the store of this checkout has, where that is not published.
pub fn known(root: &Path, study: &Study, name: &str, (lock, store): (&Lock, &Store)) -> Machine {
    let published = machine(root, study, name);
    if !published.records.is_empty() {
        return published;
    }
    records(study, name, |step| {
        let locked = lock.get(name, step)?;
        let object = store.object_path(*locked.outputs.get("record.json")?);
        let path = object.strip_prefix(root).ok()?.to_str()?.to_owned();
        let key = match store.find(locked.key) {
            Ok(Found::Entry(entry)) => Some(entry.key.text),
            _ => None,
        };
        object.is_file().then_some((path, key))
    })
}

/// `find` tells the file of a step's record, by its path in the checkout, and the text of its key.
fn records(study: &Study, name: &str, find: impl Fn(&str) -> Option<(String, Option<String>)>) -> Machine {
    // Named as the hardware is: the device, its precision, and what tells machines apart.
    let slug = name.rsplit_once('-').map_or(name, |(slug, _)| slug);
    let points = study.networks.iter().flat_map(|network| study.batches.iter().map(move |batch| (network.name, batch)));
    let records = points.flat_map(|(network, batch)| {
        let point = format!("measure/{slug}/{network}/b{batch}");
        let find = &find;
        let steps = (1..).map(move |session| (session, sessions::step(&point, session)));
        let found = steps.map_while(move |(session, step)| Some((session, find(&step)?, step)));
        found.map(move |(session, (path, key), step)| {
            let place = format!("records/{network}-b{batch}{}.json", sessions::suffix(session));
            Record { step, input: Input { place, origin: Origin::File(path) }, key, outdated: false }
        })
    });
    Machine { name: name.to_owned(), records: records.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use offprint::files::Flush;
    use offprint::lock::Locked;
    use offprint::stat_cache::{Caching, StatCache};
    use offprint::step::Class;

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
        let places: Vec<&str> = found[0].records.iter().map(|record| record.input.place.as_str()).collect();
        assert_eq!(places, ["records/alexnet-b1.json", "records/enet-b16.json", "records/enet-b16-s2.json"]);
        assert!(found.iter().all(Machine::is_published));
        assert_eq!(published(folder.path()), ["cpu-1", "cpu-2", "cpu-4", "vulkan-f16-3"]);
    }

    #[test]
    fn what_the_lock_names_and_the_store_has_stands_in_where_nothing_is_published() {
        let folder = checkout(&["cpu-2/measure/cpu/enet/b1/record.json"]);
        let study = Study::choose(folder.path(), Device::Cpu, "quick", &["enet".to_owned()], &[1]).unwrap();
        let stat_cache = StatCache::open(folder.path(), &folder.path().join("stamps"), Caching::Off);
        let store = Store::open(&folder.path().join(".store"), stat_cache.into()).unwrap();
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
