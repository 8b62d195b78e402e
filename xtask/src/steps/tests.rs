//! The declared steps: what each reads, and what decides its result.

use super::*;
use crate::device::{Device, Precision};
use crate::hardware;
use crate::skipped::Skipped;
use offprint::graph::Graph;
use offprint::step::Origin;
use offprint::{Class, ListedFiles, NamedFiles, PaperSize};
use std::collections::BTreeMap;

fn declared(device: Device) -> Graph {
    with_memory(device, None)
}

fn with_memory(device: Device, memory: Option<Bytes>) -> Graph {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let study = Study::choose(&root, device, "quick", &[], &[]).unwrap();
    Graph::new(
        steps(&root, &study, &hardware::identity(device, Precision::F32, Path::new("/proc"), Path::new("")), memory)
            .unwrap(),
    )
    .unwrap()
}

#[test]
fn a_graphics_processor_needs_a_program_with_its_features_and_is_named_by_its_identity() {
    let of = |device, precision, gpu: Option<&str>| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, device, "quick", &["alexnet".to_owned()], &[1]).unwrap();
        let study = Study { precision, ..study };
        let mut identity = hardware::identity(device, precision, Path::new("/proc"), Path::new(""));
        identity.facts.extend(gpu.map(|gpu| (hardware::GPU.to_owned(), gpu.to_owned())));
        let step =
            steps(&root, &study, &identity, None).unwrap().into_iter().find(|step| step.class().is_nondeterministic());
        let step = step.unwrap();
        (step.name().to_owned(), step.program().to_string(), step.arguments().join(" "), identity.name())
    };
    let (name, program, args, hardware) = of(Device::Software, Precision::F32, None);
    assert_eq!(name, "measure/vulkan-software/alexnet/b1");
    assert_eq!(program, "workspace measure features default,measure/vulkan");
    assert!(args.starts_with("point --device vulkan:software --network alexnet") && !args.contains("--precision"));
    assert!(hardware.starts_with("vulkan-software-"), "{hardware}");
    let (name, program, args, hardware) = of(Device::Vulkan(1), Precision::F16, Some("1002:73bf"));
    assert_eq!(name, "measure/vulkan-1-f16/alexnet/b1");
    assert!(program.ends_with("measure/vulkan,measure/autotune"), "{program}");
    assert!(args.contains("--device vulkan:1002:73bf ") && args.contains("--precision f16"), "{args}");
    assert!(hardware.starts_with("vulkan-1-f16-"), "{hardware}");
    // The graphics processor of a board is not on a bus, and is identified by its driver.
    assert!(of(Device::Vulkan(0), Precision::F32, Some("nvgpu")).2.contains("--device vulkan --network"));
}

#[test]
fn the_kernels_decide_measurements_only_on_cpu() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Whether the sources include the kernels and the files that only they need, and other mentions of them in the key.
    let of = |device| {
        let graph = declared(device);
        let mut steps = graph.steps().iter().filter(|step| step.program().to_string().starts_with("workspace measure"));
        let first = steps.next().unwrap();
        let sources = source::list(&root, first.source_patterns()).unwrap();
        let has = |pattern: &str| sources.iter().any(|file| source::matches(pattern, file).unwrap());
        let is_built = first.texts().get("profile").is_some_and(|text| text.contains("dev.package.kernels."));
        let crates = |name: &str| first.all_crates().iter().any(|known| known == name);
        assert!(steps.all(|step| step.all_crates() == first.all_crates()
            && step.texts().get("kernels") == first.texts().get("kernels")));
        assert!(has("experiments/measure/src/device/peak_rates.rs"), "{device}");
        let mentions = [is_built, first.texts().contains_key("kernels"), crates("pulp")];
        (has("experiments/kernels/src/processor.rs"), has("experiments/measure/src/model/kernels.rs"), mentions)
    };
    assert_eq!((of(Device::Cpu).0, of(Device::Cpu).2), (true, [true; 3]));
    for device in [Device::CpuBurn, Device::Vulkan(0), Device::Software, Device::Cuda(1), Device::Simulated] {
        assert_eq!(of(device), (false, false, [false; 3]), "{device}");
    }
}

#[test]
fn the_files_of_onnxruntime_decide_measurements_only_on_its_device_which_has_no_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
    for device in [Device::CpuOnnxruntime, Device::Cpu, Device::CpuBurn, Device::Vulkan(0), Device::Simulated] {
        let study = Study::choose(&root, device, "quick", &[], &[]).unwrap();
        let steps = steps(&root, &study, &identity, None).unwrap();
        let point = steps.iter().find(|step| step.name().starts_with("measure/")).unwrap();
        let sources = source::list(&root, point.source_patterns()).unwrap();
        let is_its = device == Device::CpuOnnxruntime;
        for file in [
            "experiments/measure/src/device/onnxruntime.rs",
            "experiments/measure/src/device/onnxruntime/passes.rs",
            "experiments/measure/src/device/onnxruntime/session.py",
            "experiments/measure/src/onnx_file.rs",
            "experiments/onnx/src/graph.rs",
        ] {
            assert_eq!(sources.iter().any(|source| source == file), is_its, "{device}: {file}");
        }
        assert_eq!(steps.iter().all(|step| !step.name().starts_with("layers/")), is_its, "{device}");
    }
}

#[test]
fn every_point_figure_and_text_is_a_step_and_the_report_comes_last() {
    let graph = declared(Device::Cpu);
    // Two networks are timed by layer.
    let figures = graph.steps().iter().filter(|step| step.name().starts_with("figures/")).count() - 1;
    assert!(figures >= 15, "{figures}");
    assert_eq!(graph.steps().len(), 1 + 14 * 5 + 2 + 1 + figures + 1 + 1 + 2 + 1 + 1);
    assert_eq!(graph.steps().last().map(|step| step.name()), Some("report"));
    let report = graph.find("report").unwrap();
    // All but the tables and the page, which are not part of the report.
    assert_eq!(graph.with_needed([report]).len(), graph.steps().len() - 2);
}

#[test]
fn figures_are_drawn_as_png_only_on_request() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let study = Study::choose(&root, Device::Cpu, "quick", &[], &[]).unwrap();
    let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
    let with = |png| steps(&root, &Study { png, ..study.clone() }, &identity, None).unwrap();
    let (usual, more) = (with(false), with(true));
    let added: Vec<&Step> = more.iter().filter(|step| !usual.contains(step)).collect();
    assert!(matches!(added[..], [step] if step.name() == "pictures"), "{added:?}");
    assert_eq!(usual.len() + 1, more.len());
}

#[test]
fn the_paper_size_is_an_argument_of_only_the_report() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let study = Study::choose(&root, Device::Cpu, "quick", &[], &[]).unwrap();
    let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
    let on = |paper| steps(&root, &Study { paper, ..study.clone() }, &identity, None).unwrap();
    let (usual, other) = (on(PaperSize::A4), on(PaperSize::Letter));
    let differing = usual.iter().zip(&other).filter(|(usual, other)| usual != other);
    let differing: Vec<_> = differing.map(|(usual, other)| (usual.name(), other.arguments().join(" "))).collect();
    assert!(
        matches!(&differing[..], [("report", arguments)] if arguments.ends_with("--paper letter")),
        "{differing:?}"
    );
}

#[test]
fn only_points_of_real_hardware_are_measured() {
    let measured = |graph: &Graph| graph.steps().iter().filter(|step| step.class() == Class::Measured).count();
    let counts = [Device::Cpu, Device::CpuBurn, Device::Simulated].map(|device| measured(&declared(device)));
    assert_eq!(counts, [72, 72, 0]);
    assert!(declared(Device::Simulated).steps().iter().all(|step| step.all_optional().is_empty()));
}

#[test]
fn a_point_depends_only_on_its_own_network() {
    let graph = declared(Device::Cpu);
    let step = &graph.steps()[graph.find("measure/cpu/resnet-18/b4").unwrap()];
    assert!(step.all_inputs().is_empty());
    // Records of the same network at smaller batches are optional, and not in the key.
    let optional: Vec<_> = step.all_optional().iter().map(|input| input.path()).collect();
    assert_eq!(optional, ["earlier/b1.json", "earlier/b2.json"]);
    let from = |step: &str| Origin::Step { step: step.into(), output: "record.json".into() };
    assert_eq!(*step.all_optional()[1].origin(), from("measure/cpu/resnet-18/b2"));
    assert_eq!(step.texts()["network"], networks::canonical(&networks::find("resnet-18").unwrap()));
    // It has no network's file as a source, not even its own.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in source::list(&root, step.source_patterns()).unwrap() {
        let Some(name) = file.strip_prefix("experiments/networks/src/") else { continue };
        let family = |network: &networks::Network| network.name.split('-').next().unwrap_or_default().to_owned();
        assert!(networks::all().iter().all(|network| !name.starts_with(&family(network))), "{file}");
    }
}

#[test]
fn points_are_shuffled_and_those_beyond_the_memory_come_last_in_ascending_batch() {
    let order = |memory: Option<Bytes>| -> Vec<(u64, String)> {
        let graph = with_memory(Device::Cpu, memory);
        let points = graph.steps().iter().filter(|step| step.name().starts_with("measure/"));
        points.map(|step| (step.priority_number(), step.name().to_owned())).collect()
    };
    let sorted = |order: &[(u64, String)]| BTreeMap::from_iter(order.iter().cloned()).into_values().collect();
    let (free, small) = (order(None), order(Some(Bytes(1 << 30))));
    let (free_order, small_order): (Vec<String>, Vec<String>) = (sorted(&free), sorted(&small));
    assert!(free_order.len() == 70 && !free.iter().map(|(_, step)| step).eq(&free_order));
    // The weights of VGG-19 (575 MB for 143.7 million parameters) exceed half of 1 GiB at every batch.
    let vgg: Vec<&str> = small_order.iter().filter_map(|step| step.strip_prefix("measure/cpu/vgg-19/")).collect();
    assert_eq!(vgg, ["b1", "b2", "b4", "b8", "b16"]);
    assert!(small_order.last().is_some_and(|step| step.ends_with("/b16")), "{small_order:?}");
}

#[test]
fn layers_come_after_all_points_and_only_their_figure_tables_and_facts_read_them() {
    let graph = with_memory(Device::Cpu, Some(Bytes(1 << 30)));
    let last = graph
        .steps()
        .iter()
        .filter(|step| step.name().starts_with("measure/"))
        .map(|step| step.priority_number())
        .max();
    let layers = &graph.steps()[graph.find("layers/cpu/resnet-50/b1").unwrap()];
    assert!(last.is_some_and(|last| layers.priority_number() > last) && layers.all_inputs().is_empty());
    let reads = |step: &&Step| step.all_inputs().iter().any(|input| input.path() == "layers/resnet-50.json");
    let readers: Vec<&str> = graph.steps().iter().filter(reads).map(|step| step.name()).collect();
    assert_eq!(readers, ["figures/fig11", "tables", "facts", "figures/index"]);
}

#[test]
fn every_step_that_names_other_machines_reads_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let study = Study::choose(&root, Device::Cpu, "quick", &[], &[]).unwrap();
    let study = Study { machines: vec![Machine { name: "cpu-0".to_owned(), records: Vec::new() }], ..study };
    let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
    let steps = steps(&root, &study, &identity, None).unwrap();
    let reads = |step: &&Step| step.all_inputs().iter().any(|input| input.path() == "machines/cpu-0.json");
    let readers: Vec<&str> = steps.iter().filter(reads).map(|step| step.name()).collect();
    let figures = ["figures/fig00", "figures/fig03", "figures/fig14", "figures/libraries", "figures/index"];
    assert_eq!(readers, [&figures[..], &["facts", "claims", "page"]].concat());
}

#[test]
fn a_figure_is_declared_by_its_file_and_depends_on_no_other_figure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let graph = declared(Device::Cpu);
    let sheets = sheets(&root).unwrap();
    let numbered: Vec<&str> = sheets.iter().map(|sheet| &*sheet.name).filter(|name| name.starts_with("fig")).collect();
    assert_eq!(numbered, (0..numbered.len()).map(|number| format!("fig{number:02}")).collect::<Vec<_>>());
    assert!(["later", "libraries"].iter().all(|name| sheets.iter().any(|sheet| sheet.name == *name)));
    for sheet in &sheets {
        let step = &graph.steps()[graph.find(&format!("figures/{}", sheet.name)).unwrap()];
        let files = source::list(&root, step.source_patterns()).unwrap();
        let patterns = ["figures/src/fig[0-9][0-9]_*.rs", "figures/src/optional/*.rs"];
        let is_figure = |file: &&String| patterns.iter().any(|pattern| source::matches(pattern, file).unwrap());
        assert_eq!(files.iter().filter(is_figure).collect::<Vec<_>>(), [&sheet.source]);
    }
}

#[test]
fn a_measurement_sees_variables_that_decide_what_computes_and_none_that_decide_how_fast() {
    let measured = [Device::Cpu, Device::Vulkan(0), Device::Cuda(0)].map(declared);
    let steps = measured.iter().flat_map(|graph| graph.steps());
    for step in steps {
        let sees = |name: &&str| step.sees(name.as_ref());
        let what = ["HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "VK_DRIVER_FILES", "XDG_DATA_DIRS", "DRI_PRIME"];
        let is_measured = step.class() == Class::Measured;
        assert_eq!(what.iter().filter(|name| sees(name)).count(), if is_measured { what.len() } else { 0 });
        let threads = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "LP_NUM_THREADS"];
        let others =
            ["LD_PRELOAD", "CUDA_LAUNCH_BLOCKING", "NVIDIA_TF32_OVERRIDE", "VK_INSTANCE_LAYERS", "LC_ALL", "PATH"];
        assert_eq!(threads.iter().chain(&others).find(|name| sees(name)), None);
    }
}

#[test]
fn only_facts_of_the_hardware_invalidate_and_are_in_keys() {
    let graph = declared(Device::Cpu);
    let facts = graph.steps().iter().flat_map(|step| step.identity()).flat_map(|identity| identity.facts.keys());
    let facts: Vec<&String> = facts.collect();
    assert!(!facts.is_empty() && facts.iter().all(|fact| rule(fact) == Rule::Invalidates), "{facts:?}");
    assert_eq!((rule("kernel"), rule("load_before")), (Rule::Warns, Rule::Kept));
}

#[test]
fn accuracies_are_measured_with_the_weights_and_pictures_of_the_caller_and_only_estimates_read_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new("/proc"), Path::new(""));
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(place("images.toml"), "name = \"x\"\nfolder = \".\"\n").unwrap();
    std::fs::write(place("w"), "").unwrap();
    let images = ListedFiles::parse(&place("images.toml"), &["folder", "labels"]).ok();
    let weights = NamedFiles::parse(&format!("enet={}", place("w")), "networks", networks::find).unwrap();
    let study = Study::choose(&root, Device::Cpu, "quick", &["enet".to_owned(), "alexnet".to_owned()], &[1]).unwrap();
    let with = Study { images: images.clone(), weights: weights.clone(), ..study.clone() };
    let of = |study: &Study| steps(&root, study, &identity, None).unwrap();
    let all = of(&with);
    let accuracies: Vec<&Step> = all.iter().filter(|step| step.name().starts_with("accuracy/")).collect();
    let [step] = accuracies[..] else { panic!("one network has weights") };
    assert_eq!((step.name(), step.class()), ("accuracy/cpu/enet", Class::Measured));
    assert_eq!(step.arguments().join(" "), "accuracy --device cpu --network enet --batch 16");
    assert!(["weights", "images", "network"].iter().all(|text| step.texts().contains_key(*text)));
    let reads = |step: &&Step| step.all_inputs().iter().any(|input| input.path().starts_with("accuracy/enet."));
    let readers: Vec<&str> = all.iter().filter(reads).map(|step| step.name()).collect();
    assert_eq!(readers, ["estimates"]);
    // Without a flag, or when points are skipped, all is as without both.
    assert!(
        of(&Study { weights, ..study.clone() }) == of(&study) && of(&Study { images, ..study.clone() }) == of(&study)
    );
    let late = Skipped { accuracies: ["enet".to_owned()].into(), budget: "1m".to_owned(), ..Skipped::default() };
    assert!(of(&with.clone().without(late)).iter().all(|step| !step.name().starts_with("accuracy/")));
    let points = [("enet".to_owned(), 1)].into();
    let skipped = Skipped { points, layers: true, budget: "1m".to_owned(), ..Skipped::default() };
    assert!(of(&with.without(skipped.clone())) == of(&study.without(skipped)));
}
