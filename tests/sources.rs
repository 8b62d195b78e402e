//! The sources of a step are closed: every module of the workspace that its result passes through is in its key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use offprint::source;
use offprint::step::{Program, Step};
use offprint::{ListedFiles, NamedFiles};
use tests::modules::Modules;
use xtask::device::{Device, Precision};
use xtask::hardware;
use xtask::steps;
use xtask::study::Study;

/// The packages of steps' programs and their dependencies, each with the folder of its sources.
const PACKAGES: [(&str, &str); 10] = [
    ("images", "experiments/images/src"),
    ("kernels", "experiments/kernels/src"),
    ("networks", "experiments/networks/src"),
    ("results", "experiments/results/src"),
    ("onnx", "experiments/onnx/src"),
    ("measure", "experiments/measure/src"),
    ("offprint_plot", "offprint/plot/src"),
    ("figures", "figures/src"),
    ("paper", "paper/src"),
    ("offprint_typeset", "offprint/typeset/src"),
];

/// The modules that implement a command of a program; its `main.rs` calls them.
const IMPLEMENTATIONS: [(&str, &str, &[&str]); 13] = [
    ("networks", "counts", &["counts.rs"]),
    ("measure", "point", &["record.rs"]),
    ("measure", "layers", &["layers.rs"]),
    ("measure", "accuracy", &["accuracy.rs"]),
    ("results", "estimates", &["records.rs", "estimates.rs", "json.rs"]),
    ("results", "tables", &["inputs.rs", "tables.rs"]),
    ("figures", "draw", &["list.rs"]),
    ("figures", "index", &["list.rs"]),
    ("paper", "facts", &["facts.rs"]),
    ("paper", "claims", &["claims.rs", "network_data.rs"]),
    ("paper", "page", &["page.rs"]),
    ("typeset", "report", &["compile.rs"]),
    ("typeset", "pictures", &["pictures.rs"]),
];

/// Exceptions: paths in the code that results do not pass through. Patterns of steps, of the file and of the target,
/// and a description of what is there.
const EXCEPTIONS: [(&str, &str, &str, &str); 25] = [
    ("**", "experiments/results/src/json.rs", "experiments/results/src/digest.rs", "a digest of the input"),
    (
        "measure/**",
        "experiments/measure/src/record.rs",
        "experiments/results/src/estimates.rs",
        "a line that is printed",
    ),
    (
        "layers/**",
        "experiments/measure/src/layers.rs",
        "experiments/measure/src/layers/text.rs",
        "a table that is printed",
    ),
    (
        "layers/**",
        "experiments/measure/src/layers.rs",
        "experiments/results/src/layers/*.rs",
        "a table that is printed",
    ),
    (
        "*/**",
        "experiments/measure/src/workload.rs",
        "experiments/networks/src/list.rs",
        "the text of the network is in the key",
    ),
    (
        "*/**",
        "experiments/networks/src/layer.rs",
        "experiments/networks/src/notation.rs",
        "the text of the network is in the key",
    ),
    (
        "measure/**",
        "experiments/measure/src/worker.rs",
        "experiments/measure/src/layers/*.rs",
        "the task of other steps",
    ),
    (
        "layers/**",
        "experiments/measure/src/worker.rs",
        "experiments/measure/src/interference.rs",
        "the task of other steps",
    ),
    ("layers/**", "experiments/measure/src/worker.rs", "experiments/measure/src/window.rs", "the task of other steps"),
    (
        "layers/**",
        "experiments/measure/src/point.rs",
        "experiments/measure/src/rail/selection.rs",
        "layers have no power",
    ),
    (
        "layers/**",
        "experiments/measure/src/device/simulated.rs",
        "experiments/measure/src/**/*.rs",
        "layers have no power",
    ),
    ("layers/**", "experiments/results/src/record.rs", "experiments/results/src/power.rs", "layers have no power"),
    ("*/[!s]*/**", "**", "experiments/measure/src/device/board.rs", "the model of a board"),
    ("*/[!s]*/**", "**", "experiments/measure/src/device/simulated.rs", "the model of a board"),
    (
        "*/cpu*/**",
        "experiments/measure/src/record.rs",
        "experiments/measure/src/device/buffers.rs",
        "a graphics processor",
    ),
    (
        "*/cpu*/**",
        "experiments/measure/src/device.rs",
        "experiments/measure/src/device/vulkan.rs",
        "a graphics processor",
    ),
    // Of the devices below, only `cpu:onnxruntime` ends like this.
    (
        "*/*[!e]/**",
        "experiments/measure/src/**/*.rs",
        "experiments/measure/src/device/onnxruntime.rs",
        "a library that only this device uses",
    ),
    // Only the name of the device `cpu` ends like this.
    (
        "*/*[!u]/**",
        "experiments/measure/src/**/*.rs",
        "experiments/measure/src/model/[kp]*.rs",
        "a network for the kernels, `kernels.rs` and `plan.rs`",
    ),
    (
        "*/*[!u]/**",
        "experiments/measure/src/**/*.rs",
        "experiments/kernels/src/**/*.rs",
        "the kernels, which only `cpu` uses",
    ),
    (
        "accuracy/**",
        "experiments/measure/src/*.rs",
        "experiments/networks/src/list.rs",
        "the text of the network is in the key",
    ),
    (
        "accuracy/**",
        "experiments/measure/src/accuracy.rs",
        "experiments/networks/src/canonical.rs",
        "the text of the network is in the key",
    ),
    (
        "accuracy/**",
        "experiments/results/src/statistics/p*.rs",
        "experiments/results/src/estimates.rs",
        "the type of a value with its interval",
    ),
    ("figures/*", "figures/src/list.rs", "figures/src/fig[0-9][0-9]_*.rs", "other figures; its own is in its key"),
    ("figures/*", "figures/src/list.rs", "figures/src/optional/*.rs", "other figures; its own is in its key"),
    ("**", "experiments/results/src/verdicts.rs", "paper/src/claims/verdict.rs", "readers of verdicts make none"),
];

/// All steps on a processor with the kernels and with two libraries, a graphics processor, and the model of a board.
fn declared() -> Vec<Step> {
    let root = tests::root();
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).to_str().expect("a text").to_owned();
    fs::write(place("images.toml"), "folder = \".\"\n").expect("a writable folder");
    let weights = format!("enet={}", place("images.toml"));
    let weights = NamedFiles::parse(&weights, "networks", networks::find).expect("a file");
    let images = ListedFiles::parse(&place("images.toml"), &["folder"]).expect("a list");
    let of = |device| {
        let study = Study::choose(&root, device, "quick", &["enet".to_owned(), "resnet-50".to_owned()], &[1]);
        let mut study = study.expect("a study");
        if !matches!(device, Device::Simulated | Device::CpuOnnxruntime) {
            study = Study { images: Some(images.clone()), weights: weights.clone(), ..study };
        }
        // Of any device: sources do not depend on it.
        let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
        steps::steps(&root, &study, &identity, None).expect("steps")
    };
    [Device::Cpu, Device::CpuBurn, Device::CpuOnnxruntime, Device::Vulkan(0), Device::Simulated]
        .into_iter()
        .flat_map(of)
        .collect()
}

/// The indices of the [`EXCEPTIONS`] for this step and these files.
fn exceptions(step: &str, file: &Path, to: &Path) -> BTreeSet<usize> {
    let fits =
        |pattern: &str, path: &Path| source::matches(pattern, path.to_str().expect("a text")).expect("a pattern");
    let rows = EXCEPTIONS.iter().enumerate();
    rows.filter(|(_, (steps, from, target, _))| fits(steps, Path::new(step)) && fits(from, file) && fits(target, to))
        .map(|(row, _)| row)
        .collect()
}

#[test]
fn every_module_that_a_result_passes_through_is_in_the_key_of_its_step() {
    let root = tests::root();
    let leads = Modules::read(&root, &PACKAGES).leads();
    let (mut holes, mut used) = (BTreeMap::new(), BTreeSet::new());
    for step in declared() {
        let Program::Workspace { bin, .. } = step.program() else { panic!("{}: no program of ours", step.name()) };
        // The only program whose name is not that of its package.
        let package = if bin == "typeset" { "offprint_typeset" } else { bin };
        let (_, folder) = PACKAGES.iter().find(|(name, _)| *name == package).expect("a package");
        let module =
            IMPLEMENTATIONS.iter().find(|(program, command, _)| program == bin && *command == step.arguments()[0]);
        let (_, _, files) =
            module.unwrap_or_else(|| panic!("{bin} {}: which module implements it?", step.arguments()[0]));
        let declared = source::list(&root, step.source_patterns()).expect("sources").into_iter().map(PathBuf::from);
        let declared: BTreeSet<PathBuf> = declared.collect();
        let start =
            ["main.rs"].iter().chain(*files).map(|file| (Path::new(folder).join(file), "its program".to_owned()));
        let mut open: Vec<(PathBuf, String)> = start.collect();
        let mut seen = BTreeSet::new();
        while let Some((file, from)) = open.pop() {
            if !seen.insert(file.clone()) {
                continue;
            }
            if !declared.contains(&file) {
                let hole = format!("{} is in no key of {}, …: {from} leads there", file.display(), step.name());
                holes.entry(file.clone()).or_insert(hole);
            }
            // It lists all commands; that of this step is implemented in modules of its own.
            if file.ends_with("src/main.rs") {
                continue;
            }
            for to in leads.get(&file).into_iter().flatten() {
                let rows = exceptions(step.name(), &file, to);
                if rows.is_empty() {
                    open.push((to.clone(), file.display().to_string()));
                }
                used.extend(rows);
            }
        }
    }
    let holes: Vec<String> = holes.into_values().collect();
    assert!(
        holes.is_empty(),
        "{}\nhint: declare them in xtask/src/steps.rs or measured.rs, or explain in EXCEPTIONS why no result passes \
         through it",
        holes.join("\n")
    );
    for (row, (steps, from, to, _)) in EXCEPTIONS.iter().enumerate() {
        assert!(used.contains(&row), "{steps}: {from} does not lead to {to}: remove the row");
    }
}

#[test]
fn a_path_is_followed_through_calls_re_exports_and_methods_to_its_declaration() {
    let leads = Modules::read(&tests::root(), &PACKAGES).leads();
    for (from, to) in [
        // A full path, without `use`.
        ("experiments/measure/src/record.rs", "experiments/results/src/json.rs"),
        // A re-export by a module that declares nothing itself.
        ("experiments/results/src/power/energy.rs", "experiments/results/src/statistics/median.rs"),
        // Methods of a type in another file.
        ("experiments/results/src/verdicts.rs", "paper/src/claims/verdict.rs"),
        // A file named by an attribute.
        ("figures/src/list.rs", "figures/src/fig03_time.rs"),
    ] {
        assert!(leads[Path::new(from)].contains(Path::new(to)), "{from} → {to}: {:?}", leads[Path::new(from)]);
    }
}
