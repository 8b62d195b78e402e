//! Sets of records of machines, studies and publications.

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
use offprint::outputs::Outputs;
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
        let outputs = Outputs::from([("record.json", Digest::of(b"{}"))]);
        lock.put(&one.name(), &step, Locked { class: Class::Measured, key: Digest::of(b"key\n"), outputs });
    }
    lock.put(
        &one.name(),
        "estimates",
        Locked {
            class: Class::Exact,
            key: Digest::of(b"key\n"),
            outputs: Outputs::from([("estimates.json", Digest::of(b"{}"))]),
        },
    );
    fs::write(root.path().join("artifacts.lock"), lock.to_text()).unwrap();
    fs::write(root.path().join("Cargo.lock"), "").unwrap();
    let path = Published::new(&root.path().join(PUBLISHED)).path(&one.name(), "measure/cpu/alexnet/b1", "record.json");
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
    let path = Published::new(&root.path().join(PUBLISHED)).path(&one.name(), "measure/cpu/alexnet/b1", "record.json");
    fs::write(path, "{\"forged\": 1}").unwrap();
    assert!(
        refused(root.path(), Path::new(&one.name())).contains("neither experiments/published/records nor the store")
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
    let result = Outputs::from([("record.json", Digest::of(b"{}"))]);
    let entry = Entry { key: Key::of("key\n".to_owned()), class: Class::Measured, results: vec![result] };
    store.record(&entry, Flush::No).unwrap();
    let set = open(root.path(), &one, HERE).unwrap();
    assert_eq!((names(&set), set.missing.len()), (vec!["alexnet-b1.json"], 1));
}

#[test]
fn a_machine_without_measurements_and_an_unknown_argument_are_refused_with_the_known_machines() {
    let root = checkout();
    let here = refused(root.path(), Path::new(HERE));
    assert!(here.contains("has no measurement of this machine") && here.contains(&identity("one").name()), "{here}");
    let unknown = refused(root.path(), Path::new("cpu-00000000"));
    assert!(
        unknown.contains("not a file, folder or machine") && unknown.contains(&identity("one").name()),
        "{unknown}"
    );
}

#[test]
fn accuracies_come_with_a_machine_a_study_and_a_publication_and_need_their_predictions() {
    let (root, one) = (checkout(), identity("one"));
    let mut lock = Lock::read(&root.path().join("artifacts.lock")).unwrap();
    let published = Published::new(&root.path().join(PUBLISHED));
    for (network, is_whole) in [("alexnet", true), ("enet", false)] {
        let step = format!("accuracy/cpu/{network}");
        let outputs = OF_ACCURACY.map(|output| (output.to_owned(), Digest::of(output.as_bytes())));
        for (output, _) in &outputs[..if is_whole { 2 } else { 1 }] {
            let path = published.path(&one.name(), &step, output);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, output).unwrap();
        }
        let outputs = outputs.into_iter().collect();
        lock.put(&one.name(), &step, Locked { class: Class::Measured, key: Digest::of(b"key\n"), outputs });
    }
    fs::write(root.path().join("artifacts.lock"), lock.to_text()).unwrap();
    let set = open(root.path(), &identity("two"), &one.name()).unwrap();
    let files = |set: &RecordSet| set.accuracies.keys().cloned().collect::<Vec<_>>();
    assert_eq!(files(&set), ["alexnet.csv", "alexnet.json"]);
    assert_eq!(set.accuracies["alexnet.csv"], b"predictions.csv");
    assert_eq!(set.missing, ["accuracy/enet.csv", "records/alexnet-b2.json"]);
    // As `reproduce` exports them.
    let folder = tempfile::tempdir().unwrap();
    set.write(folder.path()).unwrap();
    fs::write(folder.path().join("accuracy/notes.txt"), "").unwrap();
    let study = open(root.path(), &identity("two"), &folder.path().to_string_lossy()).unwrap();
    assert_eq!((&study.records, &study.accuracies), (&set.records, &set.accuracies));
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
            ("accuracy/enet.csv".to_owned(), b"x".to_vec()),
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
        assert_eq!(set.accuracies, BTreeMap::from([("enet.csv".to_owned(), b"x".to_vec())]));
    }
    for path in publish("forged", "{\"time\": 0}") {
        assert!(refused(root.path(), &path).contains("it is not whole: records/enet-b1.json"));
    }
    let other = folder.path().join("other.bin");
    fs::write(&other, "something else").unwrap();
    assert!(refused(root.path(), &other).contains("is not a publication"));
}
