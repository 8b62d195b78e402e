//! The whole paper, step by step: what each reads, what decides its result, what it writes. A fork starts here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use networks::Network;

use crate::engine::identity::Identity;
use crate::engine::source::{self, SourceError};
use crate::engine::step::{Class, Features, Input, Origin, Program, Sources, Step};
use crate::manifest::{self, ManifestError};
use crate::study::{Device, Study};

/// Where the published measurements lie.
pub const SHELF: &str = "experiments/published/records";

/// Figures of the study.
const FIGURES: u32 = 10;

/// The values the original published.
const PUBLISHED: [&str; 3] =
    ["canziani_fig2_fig10_exact.csv", "canziani_fig3_time_ms_per_image.csv", "canziani_fig5_net_memory_MB.csv"];

/// Crates that decide how long a forward pass takes.
const ARITHMETIC: [&str; 5] = ["burn", "burn-flex", "gemm", "macerator", "rayon"];

/// What no real device runs.
const SIMULATION: [&str; 2] =
    ["experiments/measure/src/device/board.rs", "experiments/measure/src/device/simulated.rs"];

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
        "kernel" | "driver" | "governor" | "power_mode" => Rule::Warns,
        // Load, clocks, temperatures, pressure, the commit.
        _ => Rule::Kept,
    }
}

/// The steps of `study` in the checkout at `root`, measured on the hardware `identity`.
pub fn steps(root: &Path, study: &Study, identity: &Identity) -> Result<Vec<Step>, StepsError> {
    let mut steps = vec![counts()];
    for network in &study.networks {
        for &batch in &study.batches {
            steps.push(point(root, (study, identity), network, batch)?);
        }
    }
    steps.push(estimates(study));
    steps.extend((1..=FIGURES).map(figure));
    steps.push(tables());
    steps.push(pictures());
    steps.push(facts());
    steps.push(claims());
    steps.push(report(root)?);
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

/// One measured point, or one of the simulated device.
fn point(
    root: &Path,
    (study, identity): (&Study, &Identity),
    network: &Network,
    batch: u32,
) -> Result<Step, StepsError> {
    let name = format!("{}/{}/b{batch}", study.device.name(), network.name);
    let asked = [
        ("--device", study.device.name().to_owned()),
        ("--network", network.name.to_owned()),
        ("--batch", batch.to_string()),
        ("--protocol", study.protocol_name.clone()),
        ("--seed", study.protocol.seed.to_string()),
    ];
    let asked = asked.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
    let mut texts = BTreeMap::from([("network".to_owned(), networks::canonical(network))]);
    let shared = Step {
        args: ["point".to_owned()].into_iter().chain(asked).chain(study.protocol.arguments()).collect(),
        sources: sources(
            &[
                "experiments/measure/build.rs",
                "experiments/measure/src/**/*.rs",
                "experiments/results/src/record.rs",
                "experiments/results/src/units.rs",
            ],
            // Another command of the same program.
            &["experiments/measure/src/forward.rs", "experiments/measure/src/forward/*.rs"],
        ),
        outputs: vec!["record.json".into()],
        identity: Some(identity.clone()),
        // The program keeps to its own limit and records it; this one is for a program that does not.
        limit: seconds(study.protocol.constant("limit-seconds") + 120.0),
        ..step(&format!("measure/{name}"), "measure", &[])
    };
    Ok(match study.device {
        Device::Cpu => {
            texts.insert("profile".to_owned(), profile(root)?);
            texts.insert("burn".to_owned(), burn(root)?);
            let mut sources = shared.sources;
            sources.exclude.extend(strings(&SIMULATION));
            Step {
                sources,
                crates: strings(&ARITHMETIC),
                class: Class::Measured,
                rough: rough(study, network, batch)?,
                texts,
                ..shared
            }
        }
        Device::Simulated => {
            let program = Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) };
            Step { program, texts, ..shared }
        }
    })
}

/// Medians, intervals and the rest of what is read out of the records.
fn estimates(study: &Study) -> Step {
    let networks: Vec<&str> = study.networks.iter().map(|network| network.name).collect();
    let records = study.networks.iter().flat_map(|network| {
        study.batches.iter().map(|batch| {
            let from = format!("measure/{}/{}/b{batch}", study.device.name(), network.name);
            made(&format!("records/{}-b{batch}.json", network.name), &from, "record.json")
        })
    });
    Step {
        inputs: records.collect(),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["estimates.json".into()],
        ..step("estimates", "results", &["estimates", "--networks", &networks.join(",")])
    }
}

/// One figure; of the other figures' files it knows nothing.
fn figure(number: u32) -> Step {
    let others = (1..=FIGURES).filter(|other| *other != number).map(|other| format!("figures/src/fig{other:02}_*.rs"));
    Step {
        inputs: data(),
        sources: Sources {
            include: strings(&["figures/src/**/*.rs", "experiments/results/src/**/*.rs"]),
            exclude: others.collect(),
        },
        crates: strings(&["libm", "plotters", "plotters-svg", "ttf-parser", "typst-assets"]),
        class: Class::Presentation,
        outputs: vec![format!("fig{number:02}.svg")],
        ..step(&format!("figures/fig{number:02}"), "figures", &["draw", "--figure", &number.to_string()])
    }
}

/// Counts and estimates for other programs, as CSV.
fn tables() -> Step {
    Step {
        inputs: data(),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["networks.csv".into(), "points.csv".into()],
        ..step("tables", "results", &["tables"])
    }
}

/// The figures for slides and web pages, as PNG.
fn pictures() -> Step {
    Step {
        inputs: drawings(),
        sources: sources(&["paper/src/pictures.rs"], &[]),
        crates: strings(&["fontdb", "resvg", "tiny-skia", "typst-assets", "usvg"]),
        class: Class::Presentation,
        outputs: (1..=FIGURES).map(|number| format!("figures/fig{number:02}.png")).collect(),
        ..step("pictures", "paper", &["pictures"])
    }
}

/// The figures, as files of an input folder.
fn drawings() -> Vec<Input> {
    let files = (1..=FIGURES).map(|number| (format!("figures/fig{number:02}"), format!("fig{number:02}.svg")));
    files.map(|(step, file)| made(&format!("figures/{file}"), &step, &file)).collect()
}

/// The numbers of the text, by name.
fn facts() -> Step {
    Step { outputs: vec!["facts.json".into()], ..of_the_text("facts") }
}

/// The verdicts.
fn claims() -> Step {
    Step { outputs: vec!["claims.json".into()], ..of_the_text("claims") }
}

fn of_the_text(name: &str) -> Step {
    Step {
        inputs: data(),
        sources: sources(
            &["paper/src/**/*.rs", "experiments/results/src/**/*.rs"],
            &["paper/src/compile.rs", "paper/src/compile/*.rs", "paper/src/pictures.rs"],
        ),
        ..step(name, "paper", &[name])
    }
}

/// The PDF.
fn report(root: &Path) -> Result<Step, StepsError> {
    let mut inputs = vec![made("facts.json", "facts", "facts.json"), made("claims.json", "claims", "claims.json")];
    inputs.extend(drawings());
    for path in source::list(root, &sources(&["paper/text/**/*.typ", "paper/text/**/*.yml"], &[]))? {
        let place = path.strip_prefix("paper/").unwrap_or(&path).to_owned();
        inputs.push(Input { place, origin: Origin::File(path) });
    }
    Ok(Step {
        inputs,
        sources: sources(&["paper/src/compile.rs", "paper/src/compile/*.rs"], &[]),
        crates: strings(&["typst", "typst-assets", "typst-kit", "typst-layout", "typst-pdf", "typst-svg"]),
        class: Class::Presentation,
        outputs: vec!["report.pdf".into()],
        rough: seconds(5.0),
        ..step("report", "paper", &["compile"])
    })
}

/// Where an output is shown, below `output/DEVICE`.
pub fn place(step: &str, output: &str) -> String {
    match step.split('/').collect::<Vec<_>>()[..] {
        ["measure", _, network, batch] => format!("records/{network}-{batch}.json"),
        ["figures", _] => format!("figures/{output}"),
        _ => output.to_owned(),
    }
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

/// How burn is built: its features change what a forward pass takes.
fn burn(root: &Path) -> Result<String, ManifestError> {
    manifest::table(root, "experiments/measure/Cargo.toml", &["dependencies", "burn"])
}

/// How the programs are compiled, but for the packages of which no line runs while something is timed.
fn profile(root: &Path) -> Result<String, ManifestError> {
    const UNTIMED: [&str; 3] = ["dev.package.figures.", "dev.package.paper.", "dev.package.sha2."];
    let all = manifest::table(root, "Cargo.toml", &["profile"])?;
    let timed = |line: &&str| !UNTIMED.iter().any(|package| line.starts_with(package));
    Ok(all.lines().filter(timed).collect::<Vec<_>>().join("\n"))
}

/// Before a point ever ran: as many passes as the protocol wants of a processor that does 40 billion operations a second.
fn rough(study: &Study, network: &Network, batch: u32) -> Result<Duration, networks::NetworkError> {
    let pass = 2.0 * networks::macs(network)? as f64 * f64::from(batch) / 40e9;
    let constant = |name: &str| study.protocol.constant(name);
    let warm_up = (constant("warm-up-runs") * pass).max(constant("warm-up-seconds"));
    let wanted = (constant("samples") * pass).max(constant("window-seconds"));
    let samples = wanted.min(constant("enough-seconds").max(constant("least-samples") * pass));
    Ok(seconds(0.5 + pass + warm_up + samples))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A step of a program of this workspace with what most have in common.
fn step(name: &str, bin: &str, args: &[&str]) -> Step {
    Step {
        name: name.to_owned(),
        program: Program::Workspace { bin: bin.to_owned(), features: Features::Default },
        args: strings(args),
        inputs: Vec::new(),
        sources: Sources::default(),
        crates: Vec::new(),
        texts: BTreeMap::new(),
        identity: None,
        class: Class::Exact,
        outputs: Vec::new(),
        limit: seconds(300.0),
        rough: seconds(0.2),
    }
}

fn made(place: &str, step: &str, output: &str) -> Input {
    Input { place: place.to_owned(), origin: Origin::Step { step: step.to_owned(), output: output.to_owned() } }
}

fn sources(include: &[&str], exclude: &[&str]) -> Sources {
    Sources { include: strings(include), exclude: strings(exclude) }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::graph::Graph;
    use crate::hardware;

    fn declared(device: Device) -> Graph {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, device, "quick", &[], &[]).unwrap();
        Graph::new(steps(&root, &study, &hardware::identity(device)).unwrap()).unwrap()
    }

    #[test]
    fn every_point_figure_and_text_is_a_step_and_the_report_comes_last() {
        let graph = declared(Device::Cpu);
        assert_eq!(graph.steps().len(), 1 + 14 * 5 + 1 + 10 + 2 + 2 + 1);
        assert_eq!(graph.steps().last().map(|step| step.name.as_str()), Some("report"));
        let report = graph.find("report").unwrap();
        // All but the tables and pictures, which are for others.
        assert_eq!(graph.with_needed([report]).len(), graph.steps().len() - 2);
    }

    #[test]
    fn only_points_of_real_hardware_are_measured() {
        let measured = |graph: &Graph| graph.steps().iter().filter(|step| step.class == Class::Measured).count();
        assert_eq!((measured(&declared(Device::Cpu)), measured(&declared(Device::Simulated))), (70, 0));
    }

    #[test]
    fn a_point_depends_on_its_own_network_alone() {
        let graph = declared(Device::Cpu);
        let step = &graph.steps()[graph.find("measure/cpu/resnet-18/b4").unwrap()];
        assert!(step.inputs.is_empty());
        assert_eq!(step.texts["network"], networks::canonical(&networks::find("resnet-18").unwrap()));
        assert!(step.sources.include.iter().all(|pattern| !pattern.contains("networks")));
    }

    #[test]
    fn a_fact_of_the_hardware_invalidates_and_no_other_is_in_a_key() {
        let graph = declared(Device::Cpu);
        let facts = graph.steps().iter().flat_map(|step| &step.identity).flat_map(|identity| identity.facts.keys());
        let facts: Vec<&String> = facts.collect();
        assert!(!facts.is_empty() && facts.iter().all(|fact| rule(fact) == Rule::Invalidates), "{facts:?}");
        assert_eq!((rule("kernel"), rule("load_before")), (Rule::Warns, Rule::Kept));
    }

    #[test]
    fn outputs_are_shown_where_a_reader_looks() {
        assert_eq!(place("measure/cpu/vgg-16/b2", "record.json"), "records/vgg-16-b2.json");
        assert_eq!(place("figures/fig03", "fig03.svg"), "figures/fig03.svg");
        assert_eq!(place("report", "report.pdf"), "report.pdf");
    }
}
