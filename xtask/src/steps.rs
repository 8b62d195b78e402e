//! The whole paper, step by step: what each reads, what decides its result, what it writes. A fork starts here.

use std::path::Path;

use crate::beside::Machine;
use crate::declare::{made, seconds, sources, step, strings};
use crate::engine::identity::Identity;
use crate::engine::source::{self, SourceError};
use crate::engine::step::{Class, Input, Origin, Sources, Step};
use crate::hardware::Bytes;
use crate::left_out::ESTIMATES;
use crate::manifest::ManifestError;
use crate::measured;
use crate::paper_size::REPORT;
use crate::sessions;
use crate::study::Study;

/// Where the published measurements lie.
pub const SHELF: &str = "experiments/published/records";

/// The values the original published.
const PUBLISHED: [&str; 4] = [
    "canziani_fig2_fig10_exact.csv",
    "canziani_fig3_time_ms_per_image.csv",
    "canziani_fig5_net_memory_MB.csv",
    "net_power_W.csv",
];

/// Authors, version and licence of the software.
const CITATION: &str = "CITATION.cff";

/// Why the steps cannot be declared.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum StepsError {
    /// A manifest of Cargo.
    Manifest(#[from] ManifestError),
    /// A folder of sources.
    Source(#[from] SourceError),
    /// A network that cannot be counted.
    Network(#[from] networks::NetworkError),
}

/// What it means when a fact of the machine is not what it was at a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The measurement belongs to other hardware: it is part of the key.
    Invalidates,
    /// The measurement stays in use, and a plan says that it may be worth a new one.
    Warns,
    /// It is kept in the record and asked about nowhere else.
    Kept,
}

/// The rule for a fact, by its name in a record's environment or in the identity of the hardware.
pub fn rule(fact: &str) -> Rule {
    match fact {
        "device" | "cpu" | "cpu_model" | "cores" | "cpu_cores" => Rule::Invalidates,
        "kernel" | "gpu_driver" | "governor" | "power_mode" => Rule::Warns,
        // Load, clocks, temperatures, pressure, the commit.
        _ => Rule::Kept,
    }
}

/// The steps of `study` in the checkout at `root`, measured on the hardware `identity`. `memory` is what this machine has: the
/// order in which points are measured depends on it, and nothing else.
pub fn steps(root: &Path, study: &Study, identity: &Identity, memory: Option<Bytes>) -> Result<Vec<Step>, StepsError> {
    let sheets = sheets(root)?;
    let mut steps = vec![counts()];
    let how = measured::How::new(root, study, identity, memory)?;
    for (network, batch) in study.points() {
        for session in study.sessions(network, batch) {
            steps.push(how.point(network, batch, session)?);
        }
    }
    for network in study.layers() {
        steps.push(how.layers(network));
    }
    steps.push(estimates(study));
    steps.extend(study.beside.iter().map(|machine| beside(study, machine)));
    steps.extend(sheets.iter().map(|sheet| figure(study, &sheets, sheet)));
    steps.push(index(study));
    steps.push(tables(study));
    steps.push(pictures(&sheets));
    steps.push(facts(study));
    steps.push(claims(study));
    steps.push(page(study, &sheets));
    steps.push(report(root, study, &sheets)?);
    Ok(steps)
}

/// What the networks' own walks count: parameters, multiply-accumulates, operations.
fn counts() -> Step {
    Step {
        sources: sources(&["experiments/networks/src/**/*.rs"], &[]),
        outputs: vec!["counts.json".into()],
        ..step("counts", "networks", &["counts"])
    }
}

/// Medians, intervals and the rest of what is read out of the records.
fn estimates(study: &Study) -> Step {
    let networks: Vec<&str> = study.networks.iter().map(|network| network.name).collect();
    let records = study.points().flat_map(|(network, batch)| {
        study.sessions(network, batch).map(move |(session, step)| {
            let end = sessions::suffix(session);
            made(&format!("records/{}-b{batch}{end}.json", network.name), &step, "record.json")
        })
    });
    let asked = ["estimates", "--networks", &networks.join(","), "--sessions", &study.protocol.sessions.to_string()];
    Step {
        args: [strings(&asked), study.left_out.arguments()].concat(),
        inputs: records.collect(),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["estimates.json".into()],
        ..step(ESTIMATES, "results", &[])
    }
}

/// The same of another machine, from its records.
fn beside(study: &Study, machine: &Machine) -> Step {
    let networks: Vec<&str> = study.networks.iter().map(|network| network.name).collect();
    Step {
        inputs: machine.records.clone(),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["estimates.json".into()],
        ..step(&format!("machines/{}", machine.name), "results", &["estimates", "--networks", &networks.join(",")])
    }
}

/// A figure: its file `figures/src/figNN_SLUG.rs` declares it.
struct Sheet {
    /// NN.
    number: u32,
    /// `figNN`.
    name: String,
    /// `SLUG`: what it shows.
    slug: String,
}

impl Sheet {
    fn file(&self) -> String {
        format!("{}.svg", self.name)
    }
}

/// All figures, by number.
fn sheets(root: &Path) -> Result<Vec<Sheet>, SourceError> {
    let files = source::list(root, &sources(&["figures/src/fig[0-9][0-9]_*.rs"], &[]))?;
    let sheet = |file: &String| {
        let (name, slug) = Path::new(file).file_stem()?.to_str()?.split_once('_')?;
        let number = name.strip_prefix("fig")?.parse().ok()?;
        Some(Sheet { number, name: name.to_owned(), slug: slug.to_owned() })
    };
    Ok(files.iter().filter_map(sheet).collect())
}

/// One figure; of the other figures' files it knows nothing.
fn figure(study: &Study, sheets: &[Sheet], sheet: &Sheet) -> Step {
    let others = sheets.iter().filter(|other| other.name != sheet.name || other.slug != sheet.slug);
    Step {
        inputs: match sheet.slug.as_str() {
            "verdicts" => [data(), of_others(study), vec![verdicts()]].concat(),
            "layers" => with_layers(study),
            "machines" => [data(), of_others(study)].concat(),
            _ => data(),
        },
        sources: Sources {
            include: strings(&["figures/src/**/*.rs", "experiments/results/src/**/*.rs"]),
            exclude: others.map(|other| format!("figures/src/{}_{}.rs", other.name, other.slug)).collect(),
        },
        outputs: vec![sheet.file()],
        ..drawing(&format!("figures/{}", sheet.name), &["draw", "--figure", &sheet.number.to_string()])
    }
}

/// What is said of each figure: its caption, its data, whether there was anything to draw.
fn index(study: &Study) -> Step {
    Step {
        inputs: [with_layers(study), of_others(study), vec![verdicts()]].concat(),
        sources: sources(&["figures/src/**/*.rs", "experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["index.json".into()],
        ..drawing("figures/index", &["index"])
    }
}

/// A step of the program that draws.
fn drawing(name: &str, args: &[&str]) -> Step {
    Step {
        crates: strings(&["libm", "plotters", "plotters-svg", "ttf-parser", "typst-assets"]),
        class: Class::Presentation,
        ..step(name, "figures", args)
    }
}

/// The verdicts, as a file of an input folder.
fn verdicts() -> Input {
    made("claims.json", "claims", "claims.json")
}

/// Counts, estimates and times by layer for other programs, as CSV.
fn tables(study: &Study) -> Step {
    Step {
        inputs: with_layers(study),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: strings(&["networks.csv", "points.csv", "layers.csv"]),
        ..step("tables", "results", &["tables"])
    }
}

/// The figures for slides and web pages, as PNG.
fn pictures(sheets: &[Sheet]) -> Step {
    Step {
        inputs: drawings(sheets),
        sources: sources(&["paper/src/main.rs", "paper/src/pictures.rs"], &[]),
        crates: strings(&["fontdb", "resvg", "tiny-skia", "typst-assets", "usvg"]),
        class: Class::Presentation,
        outputs: sheets.iter().map(|sheet| format!("figures/{}.png", sheet.name)).collect(),
        ..step("pictures", "paper", &["pictures"])
    }
}

/// The figures, as files of an input folder.
fn drawings(sheets: &[Sheet]) -> Vec<Input> {
    let drawing =
        |sheet: &Sheet| made(&format!("figures/{}", sheet.file()), &format!("figures/{}", sheet.name), &sheet.file());
    sheets.iter().map(drawing).collect()
}

/// The figures with what is said of each.
fn with_index(sheets: &[Sheet]) -> Vec<Input> {
    let mut inputs = drawings(sheets);
    inputs.push(made("figures/index.json", "figures/index", "index.json"));
    inputs
}

/// The numbers of the text, by name.
fn facts(study: &Study) -> Step {
    Step {
        inputs: [with_layers(study), of_others(study)].concat(),
        outputs: vec!["facts.json".into()],
        ..of_the_text("facts")
    }
}

/// The verdicts.
fn claims(study: &Study) -> Step {
    Step { inputs: [data(), of_others(study)].concat(), outputs: vec!["claims.json".into()], ..of_the_text("claims") }
}

fn of_the_text(name: &str) -> Step {
    Step {
        inputs: data(),
        sources: sources(
            &["paper/src/**/*.rs", "experiments/results/src/**/*.rs"],
            &[
                "paper/src/compile.rs",
                "paper/src/compile/*.rs",
                "paper/src/page.rs",
                "paper/src/page/*.rs",
                "paper/src/pictures.rs",
            ],
        ),
        crates: strings(&["libm"]),
        ..step(name, "paper", &[name])
    }
}

/// The PDF.
fn report(root: &Path, study: &Study, sheets: &[Sheet]) -> Result<Step, StepsError> {
    let mut inputs = vec![made("facts.json", "facts", "facts.json"), verdicts()];
    inputs.extend(with_index(sheets));
    for path in source::list(root, &sources(&["paper/text/**/*.typ", "paper/text/**/*.yml"], &[]))? {
        let place = path.strip_prefix("paper/").unwrap_or(&path).to_owned();
        inputs.push(Input { place, origin: Origin::File(path) });
    }
    inputs.push(Input { place: CITATION.to_owned(), origin: Origin::File(CITATION.to_owned()) });
    Ok(Step {
        args: [strings(&["compile"]), study.paper.arguments()].concat(),
        inputs,
        sources: sources(
            &[
                "paper/src/compile.rs",
                "paper/src/compile/*.rs",
                "paper/src/facts/stored.rs",
                "paper/src/main.rs",
                "experiments/results/src/digest.rs",
                "experiments/results/src/json.rs",
                "experiments/results/src/verdicts.rs",
            ],
            &[],
        ),
        crates: strings(&["typst", "typst-assets", "typst-kit", "typst-layout", "typst-pdf", "typst-svg"]),
        class: Class::Presentation,
        outputs: vec!["report.pdf".into()],
        rough: seconds(5.0),
        ..step(REPORT, "paper", &[])
    })
}

/// The figures, verdicts and numbers as a page for browsers.
fn page(study: &Study, sheets: &[Sheet]) -> Step {
    let own = ["page.html", "page.css", "page.js"].map(|file| (format!("page/{file}"), format!("paper/page/{file}")));
    let files = own.into_iter().chain([(CITATION.to_owned(), CITATION.to_owned())]);
    let files = files.map(|(place, file)| Input { place, origin: Origin::File(file) });
    let mut inputs = vec![made("facts.json", "facts", "facts.json"), verdicts()];
    inputs.extend([data(), of_others(study), with_index(sheets)].concat());
    inputs.extend(files);
    Step {
        inputs,
        sources: sources(
            &[
                "paper/src/facts/stored.rs",
                "paper/src/main.rs",
                "paper/src/number.rs",
                "paper/src/page.rs",
                "paper/src/page/*.rs",
                "experiments/results/src/**/*.rs",
            ],
            &[],
        ),
        crates: strings(&[
            "base64",
            "roxmltree",
            "serde_yaml",
            "sha2",
            "subsetter",
            "ttf-parser",
            "typst-assets",
            "write-fonts",
        ]),
        class: Class::Presentation,
        outputs: vec!["index.html".into()],
        ..step("page", "paper", &["page"])
    }
}

/// What figures and text are drawn from, with the times by layer.
fn with_layers(study: &Study) -> Vec<Input> {
    let layers = study
        .layers()
        .map(|network| made(&format!("layers/{}.json", network.name), &study.layers_step(network), "layers.json"));
    data().into_iter().chain(layers).collect()
}

/// The estimates of the other machines.
fn of_others(study: &Study) -> Vec<Input> {
    let steps = study.beside.iter().map(|machine| format!("machines/{}", machine.name));
    steps.map(|step| made(&format!("{step}.json"), &step, "estimates.json")).collect()
}

/// What figures and text are drawn from.
fn data() -> Vec<Input> {
    let mut inputs =
        vec![made("counts.json", "counts", "counts.json"), made("estimates.json", "estimates", "estimates.json")];
    inputs.extend(PUBLISHED.map(|file| Input {
        place: format!("2016/{file}"),
        origin: Origin::File(format!("experiments/published/2016/{file}")),
    }));
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Device, Precision};
    use crate::engine::graph::Graph;
    use crate::hardware;
    use crate::paper_size::PaperSize;
    use std::collections::BTreeMap;

    fn declared(device: Device) -> Graph {
        with_memory(device, None)
    }

    fn with_memory(device: Device, memory: Option<Bytes>) -> Graph {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, device, "quick", &[], &[]).unwrap();
        Graph::new(steps(&root, &study, &hardware::identity(device, Precision::F32, Path::new("")), memory).unwrap())
            .unwrap()
    }

    #[test]
    fn a_graphics_processor_is_measured_by_a_program_with_its_features_and_named_by_what_it_is() {
        let of = |device, precision, gpu: Option<&str>| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            let study = Study::choose(&root, device, "quick", &["alexnet".to_owned()], &[1]).unwrap();
            let study = Study { precision, ..study };
            let mut identity = hardware::identity(device, precision, Path::new(""));
            identity.facts.extend(gpu.map(|gpu| (hardware::GPU.to_owned(), gpu.to_owned())));
            let step = steps(&root, &study, &identity, None).unwrap().into_iter().find(|step| step.class.has_answers());
            let step = step.unwrap();
            (step.name, step.program.to_string(), step.args.join(" "), identity.name())
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
        // The graphics of a board are on no bus, and known by their driver.
        assert!(of(Device::Vulkan(0), Precision::F32, Some("nvgpu")).2.contains("--device vulkan --network"));
    }

    #[test]
    fn every_point_figure_and_text_is_a_step_and_the_report_comes_last() {
        let graph = declared(Device::Cpu);
        // Two networks are timed by layer.
        let figures = graph.steps().iter().filter(|step| step.name.starts_with("figures/fig")).count();
        assert!(figures >= 15, "{figures}");
        assert_eq!(graph.steps().len(), 1 + 14 * 5 + 2 + 1 + figures + 1 + 2 + 2 + 1 + 1);
        assert_eq!(graph.steps().last().map(|step| step.name.as_str()), Some("report"));
        let report = graph.find("report").unwrap();
        // All but the tables, the pictures and the page, which are for others.
        assert_eq!(graph.with_needed([report]).len(), graph.steps().len() - 3);
    }

    #[test]
    fn the_paper_is_an_argument_of_the_report_alone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, Device::Cpu, "quick", &[], &[]).unwrap();
        let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new(""));
        let on = |paper| steps(&root, &Study { paper, ..study.clone() }, &identity, None).unwrap();
        let (usual, other) = (on(PaperSize::A4), on(PaperSize::Letter));
        let differing = usual.iter().zip(&other).filter(|(usual, other)| usual != other);
        let differing: Vec<_> = differing.map(|(usual, other)| (usual.name.as_str(), other.args.join(" "))).collect();
        assert_eq!(differing, [("report", "compile --paper letter".to_owned())]);
    }

    #[test]
    fn only_points_of_real_hardware_are_measured() {
        let measured = |graph: &Graph| graph.steps().iter().filter(|step| step.class == Class::Measured).count();
        assert_eq!((measured(&declared(Device::Cpu)), measured(&declared(Device::Simulated))), (72, 0));
        assert!(declared(Device::Simulated).steps().iter().all(|step| step.evidence.is_empty()));
    }

    #[test]
    fn a_point_depends_on_its_own_network_alone() {
        let graph = declared(Device::Cpu);
        let step = &graph.steps()[graph.find("measure/cpu/resnet-18/b4").unwrap()];
        assert!(step.inputs.is_empty());
        // What it may look at is no input: the same network at smaller batches.
        let evidence: Vec<_> = step.evidence.iter().map(|input| input.place.as_str()).collect();
        assert_eq!(evidence, ["earlier/b1.json", "earlier/b2.json"]);
        let from = |step: &str| Origin::Step { step: step.to_owned(), output: "record.json".to_owned() };
        assert_eq!(step.evidence[1].origin, from("measure/cpu/resnet-18/b2"));
        assert_eq!(step.texts["network"], networks::canonical(&networks::find("resnet-18").unwrap()));
        // Of the files of networks it has none, also of its own.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in source::list(&root, &step.sources).unwrap() {
            let Some(name) = file.strip_prefix("experiments/networks/src/") else { continue };
            let family = |network: &networks::Network| network.name.split('-').next().unwrap_or_default().to_owned();
            assert!(networks::all().iter().all(|network| !name.starts_with(&family(network))), "{file}");
        }
    }

    #[test]
    fn points_are_shuffled_and_those_beyond_the_memory_come_last_in_ascending_batch() {
        let turns = |memory: Option<Bytes>| -> Vec<(u64, String)> {
            let graph = with_memory(Device::Cpu, memory);
            let points = graph.steps().iter().filter(|step| step.name.starts_with("measure/"));
            points.map(|step| (step.turn, step.name.clone())).collect()
        };
        let sorted = |turns: &[(u64, String)]| BTreeMap::from_iter(turns.iter().cloned()).into_values().collect();
        let (free, small) = (turns(None), turns(Some(Bytes(1 << 30))));
        let (free_order, small_order): (Vec<String>, Vec<String>) = (sorted(&free), sorted(&small));
        assert!(free_order.len() == 70 && !free.iter().map(|(_, step)| step).eq(&free_order));
        // Half of 1 GiB does not hold the weights of VGG-19 (575 MB for 143.7 million parameters), at whatever batch.
        let vgg: Vec<&str> = small_order.iter().filter_map(|step| step.strip_prefix("measure/cpu/vgg-19/")).collect();
        assert_eq!(vgg, ["b1", "b2", "b4", "b8", "b16"]);
        assert!(small_order.last().is_some_and(|step| step.ends_with("/b16")), "{small_order:?}");
    }

    #[test]
    fn layers_come_after_all_points_and_only_their_figure_tables_and_facts_read_them() {
        let graph = with_memory(Device::Cpu, Some(Bytes(1 << 30)));
        let most = graph.steps().iter().filter(|step| step.name.starts_with("measure/")).map(|step| step.turn).max();
        let layers = &graph.steps()[graph.find("layers/cpu/resnet-50/b1").unwrap()];
        assert!(most.is_some_and(|most| layers.turn > most) && layers.inputs.is_empty());
        let reads = |step: &&Step| step.inputs.iter().any(|input| input.place == "layers/resnet-50.json");
        let readers: Vec<&str> = graph.steps().iter().filter(reads).map(|step| step.name.as_str()).collect();
        assert_eq!(readers, ["figures/fig11", "tables", "facts", "figures/index"]);
    }

    #[test]
    fn whatever_names_other_machines_reads_them() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, Device::Cpu, "quick", &[], &[]).unwrap();
        let study = Study { beside: vec![Machine { name: "cpu-0".to_owned(), records: Vec::new() }], ..study };
        let identity = hardware::identity(Device::Cpu, Precision::F32, Path::new(""));
        let steps = steps(&root, &study, &identity, None).unwrap();
        let reads = |step: &&Step| step.inputs.iter().any(|input| input.place == "machines/cpu-0.json");
        let readers: Vec<&str> = steps.iter().filter(reads).map(|step| step.name.as_str()).collect();
        assert_eq!(readers, ["figures/fig00", "figures/fig14", "figures/index", "facts", "claims", "page"]);
    }

    #[test]
    fn a_figure_is_declared_by_its_file_alone_and_knows_no_other_figures_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let graph = declared(Device::Cpu);
        let sheets = sheets(&root).unwrap();
        let numbers: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
        assert_eq!(numbers, (0..sheets.len()).map(|number| format!("fig{number:02}")).collect::<Vec<_>>());
        for sheet in &sheets {
            let step = &graph.steps()[graph.find(&format!("figures/{}", sheet.name)).unwrap()];
            let files = source::list(&root, &step.sources).unwrap();
            let of_figures: Vec<&String> =
                files.iter().filter(|file| source::matches("figures/src/fig[0-9][0-9]_*.rs", file).unwrap()).collect();
            assert_eq!(of_figures, [&format!("figures/src/{}_{}.rs", sheet.name, sheet.slug)]);
        }
    }

    #[test]
    fn a_fact_of_the_hardware_invalidates_and_no_other_is_in_a_key() {
        let graph = declared(Device::Cpu);
        let facts = graph.steps().iter().flat_map(|step| &step.identity).flat_map(|identity| identity.facts.keys());
        let facts: Vec<&String> = facts.collect();
        assert!(!facts.is_empty() && facts.iter().all(|fact| rule(fact) == Rule::Invalidates), "{facts:?}");
        assert_eq!((rule("kernel"), rule("load_before")), (Rule::Warns, Rule::Kept));
    }
}
