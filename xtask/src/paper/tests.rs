//! The flags, and what a request keeps of them.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use offprint::Class;
use offprint::digest::Digest;
use offprint::key::Key;
use offprint::lock::{Lock, Locked};
use offprint::outputs::Outputs;
use offprint::published::Published;
use offprint::request::Request;
use offprint::resolved::Resolved;
use offprint::stat_cache::{Caching, StatCache};
use offprint::store::Store;
use offprint::tree::{Digests, Tree};
use offprint::workspace::Workspace;

use super::*;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    networks: Networks,
}

#[test]
fn weights_are_resolved_before_anything_is_built_and_the_request_without_them_is_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (file, list) = (folder.path().join("r18.pth"), folder.path().join("weights.toml"));
    std::fs::write(&file, "").unwrap();
    std::fs::write(&list, "[networks]\nresnet-18 = \"r18.pth\"\n").unwrap();
    let given = |value: &str| Flags::try_parse_from(["paper", "--weights", value]).map(|flags| flags.networks);
    let of = |value: &str| given(value).unwrap().weights[0].names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(of(&format!("vgg-16={}", file.display())), ["vgg-16"]);
    assert_eq!(of(list.to_str().unwrap()), ["resnet-18"]);
    for (value, problem) in [
        (format!("lenet={}", file.display()), "`lenet` is not a network"),
        (format!("vgg-16={}", folder.path().join("none").display()), "No such file"),
        ("vgg-16".to_owned(), "is no file for a name"),
    ] {
        let error = given(&value).map(drop).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("\nhint: "), "{error}");
    }
    let without = Flags::try_parse_from(["paper"]).unwrap().networks;
    assert!(!serde_json::to_string(&without).unwrap().contains("weights"));
}

#[test]
fn accuracy_needs_pictures_weights_and_a_device_that_classifies() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(place("images.toml"), "name = \"x\"\nfolder = \".\"\n").unwrap();
    let (images, weights) = (place("images.toml"), format!("enet={}", place("images.toml")));
    let given = |flags: &[&str]| Flags::try_parse_from([&["paper"], flags].concat()).unwrap().networks;
    let both = ["--images", &images, "--weights", &weights];
    for (flags, device, problem) in [
        (&both[..2], Device::Cpu, "give --weights"),
        (&both[2..], Device::Cpu, "give --images"),
        (&both, Device::Simulated, "not on simulated in f32"),
        (&both, Device::CpuOnnxruntime, "not on cpu:onnxruntime in f32"),
        (&[&both[..], &["--precision", "f16"]].concat(), Device::Cuda(0), "not on cuda in f16"),
    ] {
        let error = given(flags).check_classified(device).unwrap_err().to_string();
        assert!(error.contains(problem) && error.matches("\nhint: ").count() == 1, "{error}");
    }
    assert!(given(&both).check_classified(Device::CpuBurn).is_ok());
    assert!(given(&[]).check_classified(Device::Simulated).is_ok());
    assert!(Flags::try_parse_from(["paper", "--images", &place("none.toml")]).is_err());
    let without = serde_json::to_string(&given(&[])).unwrap();
    assert!(!without.contains("images"), "{without}");
}

#[test]
fn the_lock_has_the_declaration_of_a_meter_and_not_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("power.csv");
    std::fs::write(&log, "").unwrap();
    let power = format!("meter,decimal=comma:{}", log.display());
    let given = Flags::try_parse_from(["paper", "--power", &power]).unwrap().networks;
    assert_eq!(given.power, power);
    let request = serde_json::to_string(&given).unwrap();
    assert!(request.contains(r#""power":"meter,decimal=comma""#), "{request}");
    assert_eq!(serde_json::from_str::<Networks>(&request).unwrap().power, "meter,decimal=comma");
    for wrong in ["", "meter:", "command:./no-such-program"] {
        assert!(Flags::try_parse_from(["paper", "--power", wrong]).is_err(), "{wrong}");
    }
}

/// The hardware of a name that only this test has.
fn hardware(model: &str) -> Identity {
    Identity { kind: "cpu".to_owned(), facts: [("cpu".to_owned(), model.to_owned())].into() }
}

/// Copies a folder of the checkout without published records and what a build leaves.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true if path.ends_with(RECORDS) || path.ends_with("target") => {}
            true => self::copy(&path, &copy),
            false => drop(std::fs::copy(&path, &copy).unwrap()),
        }
    }
}

/// A checkout with the sources that decide keys, and a lock with these machines, each with its networks and a report.
struct Scratch {
    folder: tempfile::TempDir,
    lock: Lock,
}

impl Scratch {
    fn new(machines: &[(&Identity, &[&str])]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = tempfile::tempdir().unwrap();
        for part in ["experiments", "figures", "paper", "offprint", "xtask"] {
            copy(&root.join(part), &folder.path().join(part));
        }
        for file in ["Cargo.toml", "Cargo.lock", "CITATION.cff", "rust-toolchain.toml"] {
            std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
        }
        let mut lock = Lock::default();
        for (machine, networks) in machines {
            let flags = ["paper", "--device", "cpu", "--batches", "1", "--networks", &networks.join(",")];
            let request = Flags::try_parse_from(flags).unwrap().networks;
            lock.hardware.insert(machine.name(), machine.facts.clone());
            lock.requests.insert(machine.name(), Request::of(&request).unwrap());
            let report = Locked { class: Class::Presentation, key: Digest::of(b""), outputs: Outputs::new() };
            lock.put(&machine.name(), REPORT, report);
        }
        Self { folder, lock }
    }

    /// Publishes the record of a network at batch 1.
    fn publish(&self, machine: &Identity, network: &str, record: &str) {
        let folder = self.folder.path().join(format!("{RECORDS}/{}/measure/cpu/{network}/b1", machine.name()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("record.json"), record).unwrap();
    }

    fn open(&self) -> Workspace {
        let root = self.folder.path();
        let stat_cache = Arc::new(StatCache::open(root, &root.join("cache"), Caching::Off));
        let store = Store::open(&root.join(".store"), stat_cache.clone()).unwrap();
        store.prepare().unwrap();
        Workspace {
            tree: Tree::open(root, stat_cache).unwrap(),
            store,
            published: Published::new(&root.join(RECORDS)),
            lock: self.lock.clone(),
            lock_path: root.join("lock"),
        }
    }

    /// The hints after `machine` has published its records.
    fn hints(&self, machine: &Identity) -> Vec<String> {
        let workspace = self.open();
        Flags::try_parse_from(["paper"]).unwrap().networks.published(&Checkout::new(&workspace, machine))
    }

    /// Makes the report of `machine` anew: the lock gets the keys of its steps that read the records of other machines.
    fn update(&mut self, machine: &Identity) {
        let workspace = self.open();
        let at = Checkout { is_here: false, ..Checkout::new(&workspace, machine) };
        let mut request: Networks = self.lock.requests[&machine.name()].arguments("its own").unwrap();
        request.complete(&at).unwrap();
        for step in request.steps(&at).unwrap().into_iter().filter(|step| step.name().starts_with("machines/")) {
            let key = Key::new(&step, &Resolved::default(), at.tree, Digests::Cached).unwrap().digest;
            self.lock.put(&machine.name(), step.name(), Locked { class: Class::Exact, key, outputs: Outputs::new() });
        }
    }
}

#[test]
fn only_reports_that_the_published_records_would_change_are_to_be_updated() {
    let [own, small, other] = ["a", "b", "c"].map(hardware);
    let mut scratch = Scratch::new(&[(&own, &["enet", "alexnet"]), (&small, &["enet"]), (&other, &["vgg-16"])]);
    scratch.publish(&own, "alexnet", "{}");
    // No other report has this network.
    assert!(scratch.hints(&own).is_empty());
    scratch.publish(&own, "enet", "{}");
    let name = small.name();
    let hint =
        format!("the report of {name} compares with this one: `cargo xtask reproduce --machine {name}` updates it");
    assert_eq!(scratch.hints(&own), std::slice::from_ref(&hint));
    scratch.update(&small);
    // The request of this machine has another network, so its own estimates differ from those in the other report.
    assert!(scratch.hints(&own).is_empty());
    scratch.publish(&own, "alexnet", "{ }");
    assert!(scratch.hints(&own).is_empty());
    scratch.publish(&own, "enet", "{ }");
    assert_eq!(scratch.hints(&own), [hint]);
}
