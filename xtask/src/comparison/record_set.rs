//! A set of records, named on the command line. The records may come from anyone.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::comparison::folder::{self, BOUNDS, Records};
use crate::steps::RECORDS as PUBLISHED;
use offprint::altered;
use offprint::identity::Identity;
use offprint::lock::Lock;
use offprint::opened::described;
use offprint::publication::archive::Unpacked;
use offprint::publication::sums;
use offprint::session::made_here;
use offprint::stat_cache::Caching;
use offprint::step::Class;
use offprint::verification::findings::{Findings, Verdict};
use offprint::verification::material;
use offprint::workspace::{LOCK, Workspace};

/// The argument for this machine.
pub const HERE: &str = "here";

/// The output of a step that measures a point.
const RECORD: &str = "record.json";

/// The folder of records in a study and a publication.
const RECORDS: &str = "records";

/// A set of records.
#[derive(Debug)]
pub struct RecordSet {
    /// The argument that named it, with its meaning.
    pub name: String,
    /// The records, at least one.
    pub records: Records,
    /// Measurements in the lock that no longer exist.
    pub missing: Vec<String>,
}

impl RecordSet {
    /// Writes its records into `records/` of a folder, and warns of missing ones.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for path in &self.missing {
            eprintln!("warning: {}: {path} is missing from the store and from the published records", self.name);
        }
        folder::write(&self.records, &folder.join(RECORDS))
    }
}

/// Opens the set that `asked` names in the checkout at `root`, on the machine `own`. `here` and names of machines come
/// first; use `./here` for a path of that name.
pub fn open(root: &Path, own: &Identity, asked: &str) -> Result<RecordSet> {
    let workspace = Workspace::open(root, PUBLISHED, LOCK, Caching::On)?;
    let is_machine = asked == HERE || workspace.lock.hardware.contains_key(asked);
    if let Some(altered) = altered::records(&workspace)?.filter(|_| is_machine) {
        bail!(altered);
    }
    if asked == HERE {
        let known = workspace.lock.hardware.contains_key(&own.name());
        if !known {
            bail!(
                "{HERE}: artifacts.lock has no measurement of this machine, {}\nhint: `cargo xtask reproduce` measures it; {}",
                described(own),
                machines(&workspace.lock)
            );
        }
        return machine(&workspace, &own.name(), &format!("{HERE}: {}", described(own)), Whose::Own);
    }
    if let Some(identity) = workspace.lock.hardware.get(asked).and_then(|facts| Identity::named(asked, facts)) {
        return machine(&workspace, asked, &described(&identity), Whose::All);
    }
    let path = Path::new(asked);
    let records = match fs::metadata(path) {
        Err(error) => bail!(
            "{asked}: not a file, folder or machine ({error})\nhint: name a record, a folder of records such as \
             output/cpu, what `cargo xtask publish` wrote, `{HERE}`, or a machine of artifacts.lock; {}",
            machines(&workspace.lock)
        ),
        Ok(facts) if facts.is_dir() && path.join(sums::FILE).is_file() => publication(path)?,
        Ok(facts) if facts.is_dir() => study(path)?,
        Ok(_) if path.extension().is_some_and(|extension| extension == "json") => {
            let mut records = Records::new();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // The reader's own link to a file is trusted.
            folder::put(&mut records, &name, folder::file(&path.canonicalize()?, BOUNDS)?);
            records
        }
        Ok(_) => publication(path)?,
    };
    Ok(RecordSet { name: asked.to_owned(), records, missing: Vec::new() })
}

/// The `*.json` files of the folder `records`, or else of the folder itself.
fn study(path: &Path) -> Result<Records> {
    let below = path.join(RECORDS);
    let is_study = fs::symlink_metadata(&below).is_ok_and(|facts| facts.is_dir());
    let records = folder::read(if is_study { &below } else { path }, BOUNDS)?;
    if records.is_empty() {
        bail!(
            "{}: no record\nhint: name a folder with records/*.json, such as output/cpu, or with records themselves",
            path.display()
        );
    }
    Ok(records)
}

/// The records of a publication, after checking that it is whole.
fn publication(path: &Path) -> Result<Records> {
    let Unpacked { files, strays } = material::read(path)?;
    if let Some(line) = material::not_checked(&strays) {
        eprintln!("{}: {line}", path.display());
    }
    let mut findings = Findings::default();
    material::whole(&files, &mut findings)?;
    if let Some(first) = findings.0.iter().find(|item| item.verdict == Verdict::Different) {
        bail!(
            "{}: it is not whole: {}: {}\nhint: `cargo xtask verify` lists every problem",
            path.display(),
            first.name,
            first.detail
        );
    }
    let mut records = Records::new();
    for (path, bytes) in files {
        if let Some(name) = path.strip_prefix("records/").filter(|name| name.ends_with(".json")) {
            folder::put(&mut records, name, bytes);
        }
    }
    if records.is_empty() {
        bail!(
            "{}: the publication has no records\nhint: name a publication that `cargo xtask publish` wrote",
            path.display()
        );
    }
    Ok(records)
}

/// Which measurements of a machine to use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those made in this checkout.
    Own,
    /// Those and published ones.
    All,
}

/// The measurements of a machine that the lock names, published or stored.
fn machine(workspace: &Workspace, hardware: &str, name: &str, whose: Whose) -> Result<RecordSet> {
    let (mut records, mut missing) = (Records::new(), Vec::new());
    let Workspace { lock, store, published, .. } = workspace;
    for ((_, step), locked) in lock.steps.iter().filter(|((own, _), _)| own == hardware) {
        // Times by layer have another output.
        let record = locked.outputs.get(RECORD).filter(|_| locked.class == Class::Measured);
        let Some(&digest) = record else { continue };
        if whose == Whose::Own && !made_here(store, (hardware, step), locked)? {
            continue;
        }
        let read = published.read(hardware, step, RECORD, digest)?;
        let bytes = if read.is_some() { read } else { store.read(digest)? };
        // Network, batch and session, without the kind of step and the device.
        let file = format!("{}.json", step.split('/').skip(2).collect::<Vec<_>>().join("-"));
        match bytes {
            Some(bytes) => folder::put(&mut records, &file, bytes),
            None => missing.push(format!("{RECORDS}/{file}")),
        }
    }
    if records.is_empty() && missing.is_empty() && whose == Whose::Own {
        bail!(
            "{name}: nothing was measured in this checkout\nhint: `cargo xtask reproduce` measures it; published measurements of the same \
             hardware are called {hardware}"
        );
    }
    if records.is_empty() {
        bail!(
            "{hardware}: neither {PUBLISHED} nor the store has any measurement that artifacts.lock names\nhint: `cargo xtask \
             reproduce` measures them on that machine, `cargo xtask publish` publishes them; {}",
            machines(&workspace.lock)
        );
    }
    Ok(RecordSet { name: name.to_owned(), records, missing })
}

/// The machines of the lock, as text.
fn machines(lock: &Lock) -> String {
    let names: Vec<&str> = lock.hardware.keys().map(String::as_str).collect();
    if names.is_empty() { "the lock has none".to_owned() } else { format!("the lock has {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use offprint::published::Published;
    use offprint::stat_cache::StatCache;
    use offprint::store::Store;
    use offprint::workspace::STORE;

    use offprint::digest::Digest;
    use offprint::entry::Entry;
    use offprint::files::Flush;
    use offprint::key::Key;
    use offprint::lock::Locked;
    use offprint::publication::archive;

    fn identity(model: &str) -> Identity {
        Identity { kind: "cpu".to_owned(), facts: BTreeMap::from([("cpu".to_owned(), model.to_owned())]) }
    }

    /// A checkout whose lock names two points of `one`, of which the first is published.
    fn checkout() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let one = identity("one");
        let mut lock = Lock { hardware: BTreeMap::from([(one.name(), one.facts.clone())]), ..Lock::default() };
        for batch in [1, 2] {
            let step = format!("measure/cpu/alexnet/b{batch}");
            let outputs = BTreeMap::from([("record.json".to_owned(), Digest::of(b"{}"))]);
            lock.put(&one.name(), &step, Locked { class: Class::Measured, key: Digest::of(b"key\n"), outputs });
        }
        lock.put(
            &one.name(),
            "estimates",
            Locked {
                class: Class::Exact,
                key: Digest::of(b"key\n"),
                outputs: BTreeMap::from([("estimates.json".to_owned(), Digest::of(b"{}"))]),
            },
        );
        fs::write(root.path().join("artifacts.lock"), lock.to_text()).unwrap();
        fs::write(root.path().join("Cargo.lock"), "").unwrap();
        let path =
            Published::new(&root.path().join(PUBLISHED)).path(&one.name(), "measure/cpu/alexnet/b1", "record.json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
        root
    }

    fn names(set: &RecordSet) -> Vec<&str> {
        set.records.keys().map(String::as_str).collect()
    }

    fn refused(root: &Path, asked: &Path) -> String {
        let error = format!("{:#}", open(root, &identity("two"), &asked.to_string_lossy()).unwrap_err());
        assert!(error.contains("\nhint: "), "{error}");
        error
    }

    #[test]
    fn a_machine_of_the_lock_has_published_and_stored_records_and_names_missing_ones() {
        let root = checkout();
        let one = identity("one");
        let set = open(root.path(), &one, &one.name()).unwrap();
        assert_eq!(
            (names(&set), set.missing.clone()),
            (vec!["alexnet-b1.json"], vec!["records/alexnet-b2.json".to_owned()])
        );
        assert!(set.name.contains(&one.name()) && set.name.contains("cpu one"), "{}", set.name);
        // A published file with another digest is not used.
        let path =
            Published::new(&root.path().join(PUBLISHED)).path(&one.name(), "measure/cpu/alexnet/b1", "record.json");
        fs::write(path, "{\"forged\": 1}").unwrap();
        assert!(
            refused(root.path(), Path::new(&one.name()))
                .contains("neither experiments/published/records nor the store")
        );
    }

    #[test]
    fn here_means_measurements_of_this_checkout_and_not_published_ones_of_the_same_hardware() {
        let root = checkout();
        let one = identity("one");
        let error = format!("{:#}", open(root.path(), &one, HERE).unwrap_err());
        assert!(error.contains("nothing was measured in this checkout"), "{error}");
        assert!(error.rsplit_once("hint: ").is_some_and(|(_, hint)| hint.contains(&one.name())), "{error}");
        let folder = root.path().join(STORE);
        let stat_cache = StatCache::open(root.path(), &Store::stat_cache_path(&folder), Caching::Off);
        let store = Store::open(&folder, stat_cache.into()).unwrap();
        store.prepare().unwrap();
        let result = BTreeMap::from([("record.json".to_owned(), Digest::of(b"{}"))]);
        let entry = Entry { key: Key::of("key\n".to_owned()), class: Class::Measured, results: vec![result] };
        store.record(&entry, Flush::No).unwrap();
        let set = open(root.path(), &one, HERE).unwrap();
        assert_eq!((names(&set), set.missing.len()), (vec!["alexnet-b1.json"], 1));
    }

    #[test]
    fn a_machine_without_measurements_and_an_unknown_argument_are_refused_with_the_known_machines() {
        let root = checkout();
        let here = refused(root.path(), Path::new(HERE));
        assert!(
            here.contains("has no measurement of this machine") && here.contains(&identity("one").name()),
            "{here}"
        );
        let unknown = refused(root.path(), Path::new("cpu-00000000"));
        assert!(
            unknown.contains("not a file, folder or machine") && unknown.contains(&identity("one").name()),
            "{unknown}"
        );
    }

    #[test]
    fn a_file_a_study_and_a_flat_folder_give_their_records() {
        let (root, folder) = (checkout(), tempfile::tempdir().unwrap());
        let study = folder.path().join("cpu");
        fs::create_dir_all(study.join(RECORDS)).unwrap();
        fs::write(study.join("counts.json"), "{}").unwrap();
        fs::write(study.join("records/enet-b1.json"), "{}").unwrap();
        fs::write(study.join("records/enet-b2.json"), "{}").unwrap();
        let names_of = |asked: &Path| {
            let set = open(root.path(), &identity("two"), &asked.to_string_lossy()).unwrap();
            names(&set).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(names_of(&study), ["enet-b1.json", "enet-b2.json"]);
        assert_eq!(names_of(&study.join(RECORDS)), ["enet-b1.json", "enet-b2.json"]);
        assert_eq!(names_of(&study.join("records/enet-b2.json")), ["enet-b2.json"]);
        assert!(refused(root.path(), &folder.path().join("nothing")).contains("not a file, folder or machine"));
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(refused(root.path(), &folder.path().join("empty")).contains("no record"));
    }

    #[test]
    fn a_publication_gives_its_records_as_folder_and_as_archive_when_it_is_whole() {
        let (root, folder) = (checkout(), tempfile::tempdir().unwrap());
        let publish = |name: &str, record: &str| {
            let mut files = BTreeMap::from([
                ("records/enet-b1.json".to_owned(), b"{}".to_vec()),
                ("report.pdf".to_owned(), b"%PDF".to_vec()),
                ("estimates.json".to_owned(), b"{}".to_vec()),
            ]);
            let sums = files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
            files.insert(sums::FILE.to_owned(), sums::text(&sums).into_bytes());
            files.insert("records/enet-b1.json".to_owned(), record.as_bytes().to_vec());
            for (path, bytes) in &files {
                let path = folder.path().join(name).join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            let packed = folder.path().join(format!("{name}.tar.gz"));
            archive::pack(&files, fs::File::create(&packed).unwrap()).unwrap();
            [folder.path().join(name), packed]
        };
        for path in publish("whole", "{}") {
            let set = open(root.path(), &identity("two"), &path.to_string_lossy()).unwrap();
            assert_eq!(names(&set), ["enet-b1.json"]);
        }
        for path in publish("forged", "{\"time\": 0}") {
            assert!(refused(root.path(), &path).contains("it is not whole: records/enet-b1.json"));
        }
        let other = folder.path().join("other.bin");
        fs::write(&other, "something else").unwrap();
        assert!(refused(root.path(), &other).contains("is not a publication"));
    }
}
