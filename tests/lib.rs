//! Shared by several tests: the path of the checkout, the data of 2016 as a step's input, a copy of the checkout, a small
//! paper to run, and one for a cluster.

pub mod chance;
pub mod checkout;
pub mod draft;
pub mod modules;
pub mod on_cluster;
pub mod python_paper;
pub mod small_paper;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use results::record::{Covers, Protocol};
use results::{
    Bytes, Counts, DeviceIdentity, Estimate, Estimates, MemoryEstimate, Observation, Outcome, Point, PowerEstimate,
    Published, Replication,
};

/// The top of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the tests are inside the checkout")
}

/// A folder with the programs of the workspace, built with their default features. The driver builds them with other
/// features and in the same place while a test runs, so these are links.
pub static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(root()).status();
    assert!(built.expect("cargo runs").success());
    // A test is in the folder `deps` next to them.
    let test = std::env::current_exe().expect("a test has a path");
    let built = test.ancestors().nth(2).expect("a test is in a folder of a folder");
    let links = built.join("programs").join(test.file_name().expect("a test is a file"));
    if links.exists() {
        fs::remove_dir_all(&links).expect("an earlier run's links");
    }
    fs::create_dir_all(&links).expect("a folder");
    for file in fs::read_dir(built).expect("the folder of programs").map(|file| file.expect("an entry")) {
        let is_program = !file.file_name().as_encoded_bytes().contains(&b'.') && file.path().is_file();
        if is_program {
            fs::hard_link(file.path(), links.join(file.file_name())).expect("a link");
        }
    }
    links
});

/// Runs a shell script in a mount namespace of its own and a German locale, `args` from `$0` on. None where this user may not mount: the
/// script ends with 9 then, or `unshare` with 1.
pub fn in_mount_namespace(script: &str, args: &[&Path], folder: &Path) -> Option<Output> {
    let apart: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];
    apart.iter().find_map(|apart| {
        let mut command = Command::new("unshare");
        let command = command.args(*apart).args(["sh", "-c", script]).args(args).current_dir(folder);
        let output = command.env("LC_ALL", "de_DE.UTF-8").output().ok()?;
        (!matches!(output.status.code(), Some(1 | 9))).then_some(output)
    })
}

/// The 2016 values.
pub fn published() -> Published {
    Published::read(&root().join("experiments/published/2016")).expect("the published values parse")
}

/// The 2016 measurements as if this program had made them. The verdicts of the claims on them are known.
///
/// Times and memory are digitised from Figures 3 and 5, power is known for five networks at batch 1 only.
pub fn tx1_estimates() -> Estimates {
    let published = published();
    let points = published.time_ms.iter().flat_map(|(name, times)| {
        let (published, name) = (&published, name.clone());
        times.iter().map(move |(&batch, &millis)| {
            let seconds = millis / 1e3;
            let memory = published.memory_mb.get(&name).and_then(|row| row.get(&batch)).map(|&(mb, _)| {
                let net = Bytes((mb * 1e6) as u64);
                MemoryEstimate { peak: net, net, building: net, covers: Covers::Passes }
            });
            let power = match published.power_w.get(&name).filter(|_| batch == 1) {
                Some(&net) => PowerEstimate::Measured {
                    net: Estimate { value: net, low: net, high: net },
                    idle: 1.3,
                    energy_per_image: Estimate { value: net * seconds, low: net * seconds, high: net * seconds },
                    source: "probe on the board's supply".to_owned(),
                    rails: Vec::new(),
                    parts: Vec::new(),
                },
                None => PowerEstimate::NoSensor,
            };
            Point {
                outcome: Outcome::Measured,
                samples: 10,
                time: Some(Estimate { value: seconds, low: seconds * 0.99, high: seconds * 1.01 }),
                replication: Some(Replication::new(1, 1, 10)),
                memory,
                power,
                ..Point::skipped(&name, batch, "")
            }
        })
    });
    Estimates {
        device: DeviceIdentity {
            kind: "tx1".to_owned(),
            hardware: "Jetson TX1 (digitised from the 2016 figures)".to_owned(),
            backend: "Torch7, cuDNN v5".to_owned(),
            simulated: false,
        },
        protocol: Protocol { name: "2016".to_owned(), processes: 1, ..Protocol::default() },
        sessions_asked: 1,
        between_sessions: None,
        memory_between_sessions: None,
        accuracies: results::MeasuredAccuracies::default(),
        environment: BTreeMap::from([("cpu_model".to_owned(), Observation::Known { value: "Cortex-A57".into() })]),
        points: points.collect(),
    }
}

/// The estimates of a machine from its published records of the study's networks, for example of `cpu-c8678e80`.
pub fn recorded(machine: &str) -> Estimates {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("records");
    fs::create_dir(&input).expect("a folder");
    let points = root().join("experiments/published/records").join(machine).join("measure/cpu");
    let networks: Vec<String> = counts().networks.into_iter().map(|network| network.name).collect();
    for entry in walkdir::WalkDir::new(&points).into_iter().filter_map(Result::ok) {
        let folder = entry.path().strip_prefix(&points).expect("below it").with_file_name("");
        if entry.file_name() == "record.json" && networks.iter().any(|network| folder.starts_with(network)) {
            let name = format!("{}.json", folder.display().to_string().trim_end_matches('/').replace('/', "-"));
            fs::copy(entry.path(), input.join(name)).expect("a copy");
        }
    }
    Estimates::of(&results::records::read(folder.path(), &networks).expect("valid records"), 1)
}

/// The counts of the networks, as steps read them.
pub fn counts() -> Counts {
    let text = networks::counts().expect("the networks fit").to_json().expect("counts print");
    serde_json::from_str(&text).expect("counts parse")
}

/// Fills `folder` with the inputs of figures, facts and claims: `counts.json`, `estimates.json`, `2016/*.csv`.
pub fn write_inputs(folder: &Path, estimates: &Estimates) {
    fs::create_dir_all(folder.join("2016")).expect("a writable folder");
    results::json::write(&folder.join("counts.json"), &counts()).expect("a writable folder");
    results::json::write(&folder.join("estimates.json"), estimates).expect("a writable folder");
    for entry in fs::read_dir(root().join("experiments/published/2016")).expect("the published values") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, folder.join("2016").join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// The points of `estimates` with these networks and batches, as for a smaller request.
pub fn only(estimates: &Estimates, names: &[&str], batches: &[u32]) -> Estimates {
    let asked = |point: &&Point| names.contains(&point.network.as_str()) && batches.contains(&point.batch);
    Estimates { points: estimates.points.iter().filter(asked).cloned().collect(), ..estimates.clone() }
}
