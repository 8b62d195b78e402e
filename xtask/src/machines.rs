//! Other machines that a report compares with: their names, their records of a study's points, and whether an earlier
//! version of the programs measured these. Reads the texts of keys, but no record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use offprint::graph::is_plain;
use offprint::key::Key;
use offprint::published::KEY;
use offprint::resolved::Resolved;
use offprint::step::Origin;
use offprint::store::Found;
use offprint::tree::{Digests, Tree};
use offprint::{Checkout, Identity, Input, Paper};
use serde::{Deserialize, Serialize};

use crate::device::{Asked, Precision};
use crate::paper::Networks;
use crate::sessions;
use crate::steps::RECORDS;
use crate::study::Study;
use crate::versions::Present;

/// The argument for no other machine.
const NONE: &str = "none";

/// The request's entry for another machine: how it measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// The device.
    pub device: Asked,
    /// The precision.
    pub precision: Precision,
}

/// Another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Its name in the lock.
    pub name: String,
    /// Its records of the study's points.
    pub records: Vec<Record>,
}

/// One of its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The network of its point.
    pub network: String,
    /// The batch of its point.
    pub batch: u32,
    /// Its file as an input.
    pub input: Input,
    /// The text of its key; none when it is lost.
    pub key: Option<String>,
    /// Whether another version of the programs measured it; unknown before [`with_records`].
    pub outdated: bool,
}

/// The flag that names records measured by earlier versions of the programs.
const OUTDATED: &str = "--outdated";

impl Machine {
    /// Whether all its records are published, so that every checkout has them.
    pub fn is_published(&self) -> bool {
        let is_published = |origin: &Origin| matches!(origin, Origin::File(path) if path.starts_with(RECORDS));
        self.records.iter().all(|record| is_published(record.input.origin()))
    }

    /// The arguments that name its records of earlier versions; empty when there are none.
    pub fn arguments(&self) -> Vec<String> {
        let outdated = self.records.iter().filter(|record| record.outdated);
        let names: Vec<&str> =
            outdated.filter_map(|record| Path::new(record.input.path()).file_stem()?.to_str()).collect();
        if names.is_empty() { Vec::new() } else { vec![OUTDATED.to_owned(), names.join(",")] }
    }
}

/// The machines of the lock by name, except the study's own.
fn of_lock(at: &Checkout) -> BTreeMap<String, Other> {
    let own = at.hardware.name();
    let others = at.lock.requests.iter().filter(|(name, _)| **name != own);
    let of = |request: Networks| Other { device: request.device, precision: request.precision };
    others.filter_map(|(name, request)| Some((name.clone(), of(request.arguments(name).ok()?)))).collect()
}

/// The machines of the lock with published records of the study's points, except the study's own.
pub fn published(study: &Study, at: &Checkout) -> BTreeMap<String, Other> {
    let has_records =
        |name: &str, other: Other| !records(study, other, |step| of_published(at.root(), name, step)).is_empty();
    of_lock(at).into_iter().filter(|(name, other)| has_records(name, *other)).collect()
}

/// The machines called `names`.
///
/// # Errors
/// There is no record of the study's points from a machine of that name.
pub fn named(study: &Study, names: &[String], at: &Checkout) -> Result<BTreeMap<String, Other>> {
    let none = names.iter().any(|name| name == NONE);
    if none && names.len() > 1 {
        bail!("--others {}: `{NONE}` cannot be combined with names\nhint: omit it, or the names", names.join(","));
    }
    let known = of_lock(at);
    let own = at.hardware.name();
    let mut found = BTreeMap::new();
    for name in names.iter().filter(|name| **name != own && !none) {
        match known.get(name) {
            Some(other) if !find(study, name, *other, at).is_empty() => drop(found.insert(name.clone(), *other)),
            _ => {
                let all: Vec<&str> = known.keys().map(String::as_str).collect();
                let all = if all.is_empty() { "no other machine".to_owned() } else { all.join(", ") };
                bail!(
                    "--others {name}: no records of these points from a machine of that name\nhint: artifacts.lock has {all}"
                );
            }
        }
    }
    Ok(found)
}

/// The machines with their records, of which those of earlier versions of the programs are marked.
///
/// # Errors
/// A name is not a valid name of hardware, or a file of the checkout that decides keys cannot be read.
pub fn with_records(study: &Study, machines: &BTreeMap<String, Other>, at: &Checkout) -> Result<Vec<Machine>> {
    let mut all = Vec::new();
    for (name, other) in machines {
        // A request may come from anyone, and the name becomes part of a path.
        if name.contains('/') || !is_plain(name) {
            bail!("the request names a machine `{name}`, which is not a name of hardware");
        }
        let mut records = find(study, name, *other, at);
        mark_outdated(study, *other, &mut records, at.root(), at.tree)?;
        all.push(Machine { name: name.clone(), records });
    }
    Ok(all)
}

/// Marks the records that the present programs of the checkout would measure again: their keys differ in sources,
/// crates, compiler or network. A record without a key may be of any version, and is marked, too.
fn mark_outdated(study: &Study, other: Other, records: &mut [Record], root: &Path, tree: &Tree) -> Result<()> {
    let Asked::This(device) = other.device else { return Ok(()) };
    let point = |record: &Record| (record.network.clone(), record.batch);
    let present = Present::of(root, study, (device, other.precision), records.iter().map(point), tree)?;
    for record in records {
        let present = present.get(&point(record));
        let is_present = |key: &String| present.is_some_and(|present| present.has_measured(key));
        record.outdated = !record.key.as_ref().is_some_and(is_present);
    }
    Ok(())
}

/// Whether the report of `other` would compare with other records of the checkout's hardware than the lock says: those
/// of the points in its own request.
///
/// # Errors
/// Its request cannot be read or completed, or a file of the checkout that decides the key cannot be read.
pub fn is_behind(other: &Identity, at: &Checkout) -> Result<bool> {
    let name = other.name();
    let Some(request) = at.lock.requests.get(&name) else { return Ok(false) };
    let mut request: Networks = request.arguments(&name)?;
    // As `--machine` reads it.
    let its = Checkout { hardware: other, is_here: false, is_locked: false, again: &[], ..*at };
    request.complete(&its)?;
    let own = format!("machines/{}", at.hardware.name());
    let Some(step) = request.steps(&its)?.into_iter().find(|step| step.name() == own) else { return Ok(false) };
    let key = Key::new(&step, &Resolved::default(), at.tree, Digests::Cached)?;
    Ok(at.lock.get(&name, &own).is_none_or(|locked| locked.key != key.digest))
}

/// The path of the published record of a step, and the text of its key.
fn of_published(root: &Path, name: &str, step: &str) -> Option<(String, Option<String>)> {
    let path = format!("{RECORDS}/{name}/{step}/record.json");
    let key = || fs::read_to_string(root.join(&path).with_file_name(KEY)).ok();
    root.join(&path).is_file().then(|| (path.clone(), key()))
}

/// The records of a machine: the published ones or, if there are none, those that the lock names and the store has.
fn find(study: &Study, name: &str, other: Other, at: &Checkout) -> Vec<Record> {
    let published = records(study, other, |step| of_published(at.root(), name, step));
    if !published.is_empty() || at.is_locked {
        return published;
    }
    records(study, other, |step| {
        let locked = at.lock.get(name, step)?;
        let object = at.store.object_path(*locked.outputs.get("record.json")?);
        let path = object.strip_prefix(at.root()).ok()?.to_str()?.to_owned();
        let key = match at.store.find(locked.key) {
            Ok(Found::Entry(entry)) => Some(entry.key.text),
            _ => None,
        };
        object.is_file().then_some((path, key))
    })
}

/// `find` returns the path of a step's record in the checkout, and the text of its key.
fn records(study: &Study, other: Other, find: impl Fn(&str) -> Option<(String, Option<String>)>) -> Vec<Record> {
    let Asked::This(device) = other.device else { return Vec::new() };
    let its = Study { device, precision: other.precision, ..study.clone() };
    let points = its.networks.iter().flat_map(|network| its.batches.iter().map(move |batch| (network, *batch)));
    let records = points.flat_map(|(network, batch)| {
        let point = its.step(network, batch);
        let find = &find;
        let steps = (1..).map(move |session| (session, sessions::step(&point, session)));
        let found = steps.map_while(move |(session, step)| Some((session, find(&step)?)));
        found.map(move |(session, (path, key))| {
            let at = format!("records/{}-b{batch}{}.json", network.name, sessions::suffix(session));
            Record { network: network.name.to_owned(), batch, input: Input::file(path, at), key, outdated: false }
        })
    });
    records.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use std::sync::Arc;

    use offprint::Class;
    use offprint::digest::Digest;
    use offprint::files::Flush;
    use offprint::lock::{Lock, Locked};
    use offprint::published::Published;
    use offprint::request::Request;
    use offprint::stat_cache::{Caching, StatCache};
    use offprint::store::Store;
    use offprint::workspace::Workspace;

    /// A checkout with the protocols of this one, these published records, and a lock with these machines.
    fn checkout(records: &[&str], machines: &[(&str, &str)]) -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let protocols = Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/protocols.toml");
        fs::create_dir_all(root.join(RECORDS)).unwrap();
        fs::copy(protocols, root.join("experiments/protocols.toml")).unwrap();
        fs::write(root.join("Cargo.lock"), "").unwrap();
        for record in records {
            let path = root.join(RECORDS).join(record);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let mut lock = Lock::default();
        for (name, device) in machines {
            let fields = format!(
                r#"{{"device":"{device}","precision":"f32","protocol":"quick","power":"auto","networks":[],"batches":[],"paper":"a4",
                    "machines":{{}},"sessions":{{}},"skipped":{{"points":[],"budget":"","layers":false}}}}"#
            );
            lock.requests.insert((*name).to_owned(), Request(serde_json::from_str(&fields).unwrap()));
        }
        let stat_cache = Arc::new(StatCache::open(root, &root.join("cache"), Caching::Off));
        let store = Store::open(&root.join(".store"), stat_cache.clone()).unwrap();
        store.prepare().unwrap();
        let tree = Tree::open(root, stat_cache).unwrap();
        let workspace = Workspace {
            tree,
            store,
            published: Published::new(&root.join(RECORDS)),
            lock,
            lock_path: root.join("lock"),
        };
        (folder, workspace)
    }

    fn own() -> Identity {
        Identity { kind: "cpu".to_owned(), facts: BTreeMap::new() }
    }

    fn study(at: &Checkout, names: &[&str], batches: &[u32]) -> Study {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Study::choose(at.root(), Device::Cpu, "quick", &names, batches).unwrap()
    }

    #[test]
    fn other_machines_are_those_of_the_lock_with_published_records_of_the_studys_points() {
        let own = own();
        let records = [
            format!("{}/measure/cpu/alexnet/b1/record.json", own.name()),
            "cpu-2/measure/cpu/alexnet/b1/record.json".to_owned(),
            "cpu-2/measure/cpu/enet/b16/record.json".to_owned(),
            "cpu-2/measure/cpu/enet/b16/s2/record.json".to_owned(),
            "cpu-2/measure/cpu/enet/b16/s4/record.json".to_owned(),
            "cpu-2/measure/cpu/enet/b64/record.json".to_owned(),
            "cpu-burn-3/measure/cpu-burn/enet/b1/record.json".to_owned(),
            "cpu-4/measure/cpu/vgg-16/b1/record.json".to_owned(),
            "cpu-5/measure/cpu/alexnet/b1/record.json".to_owned(),
        ];
        let machines = [(&*own.name(), "cpu"), ("cpu-2", "cpu"), ("cpu-burn-3", "cpu:burn"), ("cpu-4", "cpu")];
        let (_folder, workspace) = checkout(&records.each_ref().map(String::as_str), &machines);
        let at = Checkout::new(&workspace, &own);
        let study = study(&at, &["alexnet", "enet"], &[1, 16]);
        let found = published(&study, &at);
        // A machine that the lock does not know has no measurements.
        assert_eq!(found.keys().collect::<Vec<_>>(), ["cpu-2", "cpu-burn-3"]);
        let found = with_records(&study, &found, &at);
        // Without the programs, the version that measured is unknown.
        assert!(found.is_err());
        let paths = find(&study, "cpu-2", Other { device: Asked::This(Device::Cpu), precision: Precision::F32 }, &at);
        let paths: Vec<&str> = paths.iter().map(|record| record.input.path()).collect();
        assert_eq!(paths, ["records/alexnet-b1.json", "records/enet-b16.json", "records/enet-b16-s2.json"]);
    }

    #[test]
    fn records_in_the_store_are_used_when_none_are_published() {
        let (_folder, mut workspace) = checkout(
            &["cpu-2/measure/cpu/enet/b1/record.json"],
            &[("cpu-2", "cpu"), ("vulkan-1", "vulkan"), ("cpu-3", "cpu")],
        );
        let record = workspace.store.take_bytes(b"{}", Flush::No).unwrap();
        let outputs = [("record.json".to_owned(), record)].into();
        let locked = Locked { class: Class::Measured, key: Digest::of(b""), outputs };
        workspace.lock.put("vulkan-1", "measure/vulkan/enet/b1", locked);
        let own = own();
        let at = Checkout::new(&workspace, &own);
        let study = study(&at, &["enet"], &[1]);
        let named = |name: &str| named(&study, &[name.to_owned()], &at);
        assert_eq!(named("vulkan-1").unwrap().len(), 1);
        assert_eq!(named("cpu-2").unwrap().len(), 1);
        for name in ["cpu-3", "cpu-9"] {
            let error = named(name).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains("hint: artifacts.lock has cpu-2, cpu-3, vulkan-1"),
                "{error}"
            );
        }
        assert!(named("none").unwrap().is_empty());
        let other = Other { device: Asked::This(Device::Vulkan(0)), precision: Precision::F32 };
        let machine = Machine { name: "vulkan-1".to_owned(), records: find(&study, "vulkan-1", other, &at) };
        assert!(machine.records.len() == 1 && !machine.is_published());
    }

    #[test]
    fn a_name_that_leaves_the_folder_of_records_is_refused() {
        let (_folder, workspace) = checkout(&[], &[]);
        let own = own();
        let at = Checkout::new(&workspace, &own);
        let other = Other { device: Asked::This(Device::Cpu), precision: Precision::F32 };
        for name in ["..", "../records", "a/b", ""] {
            let machines = BTreeMap::from([(name.to_owned(), other)]);
            assert!(with_records(&study(&at, &["enet"], &[1]), &machines, &at).is_err(), "{name}");
        }
    }
}
