//! The whole paper, step by step: what each step reads and writes, and what decides its result. A fork starts here.

use std::path::Path;
use std::time::Duration;

use offprint::source::{self, SourceError};
use offprint::step::Sources;
use offprint::{Identity, Input, Rule, Step};

use crate::hardware::Bytes;
use crate::machines::Machine;
use crate::manifest::ManifestError;
use crate::measured;
use crate::sessions;
use crate::study::Study;

/// The name of the estimating step.
pub const ESTIMATES: &str = "estimates";
/// The name of the typesetting step.
pub const REPORT: &str = "report";

/// The folder of the published measurements.
pub const RECORDS: &str = "experiments/published/records";

/// The values the original published.
const PUBLISHED: [&str; 4] = [
    "canziani_fig2_fig10_exact.csv",
    "canziani_fig3_time_ms_per_image.csv",
    "canziani_fig5_net_memory_MB.csv",
    "net_power_W.csv",
];

/// The identifier of the report in its PDF, shared by all versions.
const IDENTITY: &str = "An Analysis of Deep Neural Network Models for Practical Applications, executed";

/// The sources of the estimating program, and of the reader of estimates.
const RESULTS: &str = "experiments/results/src/**/*.rs";

/// Authors, version and licence of the software.
const CITATION: &str = "CITATION.cff";

/// Why the steps cannot be declared.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum StepsError {
    /// A manifest cannot be read.
    Manifest(#[from] ManifestError),
    /// A folder of sources cannot be read.
    Source(#[from] SourceError),
    /// A network cannot be counted.
    Network(#[from] networks::NetworkError),
}

/// The rule for a fact, by its name in a record's environment or in the identity of the hardware.
pub fn rule(fact: &str) -> Rule {
    match fact {
        "device" | "cpu" | "cpu_model" | "cores" | "cpu_cores" => Rule::Invalidates,
        "cpu_id" | "cpu_caches" | "cpu_vectors" | "installation" | "onnxruntime" | "gpu" | "gpu_pci_address"
        | "board" => Rule::Invalidates,
        "kernel" | "gpu_driver" | "governor" | "power_mode" => Rule::Warns,
        // Load, clocks, temperatures, PSI, the commit.
        _ => Rule::Kept,
    }
}

/// The steps of `study` in the checkout at `root`, on the hardware `identity`. `memory` only affects the order of points.
pub fn steps(root: &Path, study: &Study, identity: &Identity, memory: Option<Bytes>) -> Result<Vec<Step>, StepsError> {
    let sheets = sheets(root)?;
    // What follows from the request alone belongs to the machine, too: each machine has a request of its own.
    let of_request = |step: Step| step.hardware(identity.clone());
    let mut steps = vec![of_request(counts(study))];
    let how = measured::How::new(root, study, identity, memory)?;
    for (network, batch) in study.points() {
        for session in study.sessions(network, batch) {
            steps.push(how.point(network, batch, session)?);
        }
    }
    for network in study.layers() {
        steps.push(how.layers(network));
    }
    for network in study.classified() {
        steps.push(how.accuracy(network)?);
    }
    steps.push(estimates(study));
    steps.extend(study.machines.iter().map(|machine| of_request(estimates_of(study, machine))));
    steps.extend(sheets.iter().map(|sheet| figure(study, &sheets, sheet)));
    steps.push(index(study));
    steps.push(tables(study));
    if study.png {
        steps.push(pictures(&sheets));
    }
    steps.push(facts(study));
    steps.push(claims(study));
    steps.push(page(study, &sheets));
    steps.push(report(root, study, &sheets)?);
    Ok(steps)
}

/// Counts: parameters, multiply-accumulates and operations of the networks of the paper, and of others in the study.
fn counts(study: &Study) -> Step {
    let of_paper = networks::all();
    let others = study.networks.iter().filter(|network| !of_paper.contains(network)).map(|network| network.name);
    Step::exact("counts", "networks")
        .args(["counts"])
        .args(others.flat_map(|name| ["--also", name]))
        .sources(["experiments/networks/src/**/*.rs"])
        .output("counts.json")
}

/// Estimates from the records: medians, intervals and others.
fn estimates(study: &Study) -> Step {
    let records = study.points().flat_map(|(network, batch)| {
        study.sessions(network, batch).map(move |(session, step)| {
            let end = sessions::suffix(session);
            Input::made(step, "record.json", format!("records/{}-b{batch}{end}.json", network.name))
        })
    });
    let accuracies = study.classified().flat_map(|network| {
        let step = study.accuracy_step(network);
        let made = |output, end| Input::made(&step, output, format!("accuracy/{}.{end}", network.name));
        [made("accuracy.json", "json"), made("predictions.csv", "csv")]
    });
    let sessions = study.protocol.sessions.to_string();
    Step::exact(ESTIMATES, "results")
        .args(["estimates", "--networks", &names(study), "--sessions", &sessions])
        .args(study.skipped.arguments())
        .inputs(records)
        .inputs(accuracies)
        .sources([RESULTS])
        .output("estimates.json")
}

/// The same for another machine.
fn estimates_of(study: &Study, machine: &Machine) -> Step {
    let name = format!("machines/{}", machine.name);
    Step::exact(&name, "results")
        .args(["estimates", "--networks", &names(study)])
        .args(machine.arguments())
        .inputs(machine.records.iter().map(|record| record.input.clone()))
        .sources([RESULTS])
        .output_at("estimates.json", format!("{name}.json"))
}

/// The networks of a study, as an argument.
fn names(study: &Study) -> String {
    study.networks.iter().map(|network| network.name).collect::<Vec<_>>().join(",")
}

/// A figure, declared by its file `figures/src/figNN_SLUG.rs`, or `figures/src/optional/SLUG.rs` if only some runs have it.
struct Sheet {
    /// The file.
    source: String,
    /// `figNN`, or `SLUG`.
    name: String,
    /// `SLUG`: what it shows.
    slug: String,
}

impl Sheet {
    fn file(&self) -> String {
        format!("{}.svg", self.name)
    }
}

/// All figures, by name.
fn sheets(root: &Path) -> Result<Vec<Sheet>, SourceError> {
    let include = ["figures/src/fig[0-9][0-9]_*.rs", "figures/src/optional/*.rs"].map(str::to_owned).to_vec();
    let files = source::list(root, &Sources { include, exclude: Vec::new() })?;
    let sheet = |file: &String| {
        let stem = Path::new(file).file_stem()?.to_str()?;
        let (name, slug) = stem.split_once('_').unwrap_or((stem, stem));
        Some(Sheet { source: file.clone(), name: name.to_owned(), slug: slug.to_owned() })
    };
    Ok(files.iter().filter_map(sheet).collect())
}

/// One figure; it does not depend on the other figures' files.
fn figure(study: &Study, sheets: &[Sheet], sheet: &Sheet) -> Step {
    let others = sheets.iter().filter(|other| other.source != sheet.source);
    let inputs = match sheet.slug.as_str() {
        "verdicts" => [data(), of_others(study), vec![verdicts()]].concat(),
        "layers" => with_layers(study),
        // Other software on the same hardware counts as another machine.
        "machines" | "time" | "libraries" => [data(), of_others(study)].concat(),
        _ => data(),
    };
    drawing(&format!("figures/{}", sheet.name))
        .args(["draw", "--figure", &sheet.name])
        .inputs(inputs)
        .not_sources(others.map(|other| other.source.clone()))
        .output_at(sheet.file(), format!("figures/{}", sheet.file()))
}

/// The index: the caption and data of each figure, and whether there was anything to draw.
fn index(study: &Study) -> Step {
    drawing("figures/index")
        .args(["index"])
        .inputs([with_layers(study), of_others(study), vec![verdicts()]].concat())
        .output_at("index.json", "figures/index.json")
}

/// A step of the drawing program.
fn drawing(name: &str) -> Step {
    Step::presentation(name, "figures")
        .sources(["figures/src/**/*.rs", "offprint/plot/src/**/*.rs", RESULTS])
        // The figures of the paper do not use it.
        .not_sources(["offprint/plot/src/chart.rs", "offprint/plot/src/chart/*.rs"])
        .crates(["libm", "plotters", "plotters-svg", "ttf-parser", "typst-assets"])
}

/// The verdicts, as an input.
fn verdicts() -> Input {
    Input::made("claims", "claims.json", "claims.json")
}

/// Counts, estimates and times by layer for other programs, as CSV.
fn tables(study: &Study) -> Step {
    let tables = Step::exact("tables", "results").args(["tables"]).inputs(with_layers(study)).sources([RESULTS]);
    tables.output("networks.csv").output("points.csv").output("layers.csv")
}

/// The figures for slides, as PNG. Drawing them takes longer than the rest of the paper.
fn pictures(sheets: &[Sheet]) -> Step {
    let pictures = typesetting("pictures", "pictures")
        .inputs(drawings(sheets))
        .sources(["offprint/typeset/src/pictures.rs"])
        .crates(["fontdb", "resvg", "tiny-skia", "typst-assets", "usvg"]);
    sheets.iter().fold(pictures, |step, sheet| step.output(format!("figures/{}.png", sheet.name)))
}

/// The figures, as inputs.
fn drawings(sheets: &[Sheet]) -> Vec<Input> {
    let drawing = |sheet: &Sheet| {
        Input::made(format!("figures/{}", sheet.name), sheet.file(), format!("figures/{}", sheet.file()))
    };
    sheets.iter().map(drawing).collect()
}

/// The figures with their index.
fn with_index(sheets: &[Sheet]) -> Vec<Input> {
    let mut inputs = drawings(sheets);
    inputs.push(Input::made("figures/index", "index.json", "figures/index.json"));
    inputs
}

/// The numbers of the text, by name.
fn facts(study: &Study) -> Step {
    of_the_text("facts").inputs([with_layers(study), of_others(study)].concat()).output("facts.json")
}

/// The verdicts.
fn claims(study: &Study) -> Step {
    of_the_text("claims").inputs([data(), of_others(study)].concat()).output("claims.json")
}

fn of_the_text(name: &str) -> Step {
    Step::exact(name, "paper")
        .args([name])
        .sources(["paper/src/**/*.rs", RESULTS, "offprint/typeset/src/f*.rs"])
        .not_sources(["paper/src/page.rs", "paper/src/page/*.rs"])
        .crates(["libm"])
}

/// A step of the typesetting program, without the inputs of its command.
fn typesetting(name: &str, command: &str) -> Step {
    Step::presentation(name, "typeset")
        .args([command])
        .sources(["files", "main", "persistent_worker"].map(|file| format!("offprint/typeset/src/{file}.rs")))
        .persistent_worker()
}

/// The PDF.
fn report(root: &Path, study: &Study, sheets: &[Sheet]) -> Result<Step, StepsError> {
    let mut inputs = vec![Input::made("facts", "facts.json", "facts.json"), verdicts()];
    inputs.extend(with_index(sheets));
    let include = ["paper/text/**/*.typ", "paper/text/**/*.yml"].map(str::to_owned).to_vec();
    for path in source::list(root, &Sources { include, exclude: Vec::new() })? {
        let at = path.strip_prefix("paper/").unwrap_or(&path).to_owned();
        inputs.push(Input::file(path, at));
    }
    Ok(typesetting(REPORT, "report")
        .args(["--identity", IDENTITY])
        .args(study.paper.arguments())
        .inputs(inputs)
        .file(CITATION, CITATION)
        .sources([
            "offprint/typeset/src/compile.rs",
            "offprint/typeset/src/compile/*.rs",
            "offprint/typeset/src/facts.rs",
            "offprint/typeset/src/page/citation.rs",
            "offprint/typeset/src/page/markup.rs",
            "offprint/typeset/src/compile/facts.typ",
        ])
        .crates(["serde_yaml", "sha2", "typst", "typst-assets", "typst-kit", "typst-layout", "typst-pdf", "typst-svg"])
        .output("report.pdf")
        .estimate(Duration::from_secs(5)))
}

/// The figures, verdicts and numbers as a page for browsers.
fn page(study: &Study, sheets: &[Sheet]) -> Step {
    let own = ["page.html", "page.css", "page.js"]
        .map(|file| Input::file(format!("paper/page/{file}"), format!("page/{file}")));
    Step::presentation("page", "paper")
        .args(["page"])
        .inputs([Input::made("facts", "facts.json", "facts.json"), verdicts()])
        .inputs([data(), of_others(study), with_index(sheets)].concat())
        .inputs(own)
        .file(CITATION, CITATION)
        .sources([
            "offprint/typeset/src/facts.rs",
            "offprint/typeset/src/files.rs",
            "offprint/typeset/src/page/*.rs",
            "offprint/typeset/src/page/base.css",
            "paper/src/main.rs",
            "paper/src/number.rs",
            "paper/src/page.rs",
            "paper/src/page/*.rs",
            RESULTS,
        ])
        .crates(["base64", "roxmltree", "serde_yaml", "sha2", "subsetter", "ttf-parser", "typst-assets", "write-fonts"])
        .output("index.html")
}

/// The inputs of figures and text, with the times by layer.
fn with_layers(study: &Study) -> Vec<Input> {
    let layers = study
        .layers()
        .map(|network| Input::made(study.layers_step(network), "layers.json", format!("layers/{}.json", network.name)));
    data().into_iter().chain(layers).collect()
}

/// The estimates of the other machines.
fn of_others(study: &Study) -> Vec<Input> {
    let steps = study.machines.iter().map(|machine| format!("machines/{}", machine.name));
    steps.map(|step| Input::made(&step, "estimates.json", format!("{step}.json"))).collect()
}

/// The inputs of figures and text.
fn data() -> Vec<Input> {
    let mut inputs = vec![
        Input::made("counts", "counts.json", "counts.json"),
        Input::made(ESTIMATES, "estimates.json", "estimates.json"),
    ];
    inputs.push(Input::file("experiments/published/torchvision/accuracy.csv", "torchvision/accuracy.csv"));
    inputs.extend(
        PUBLISHED.map(|file| Input::file(format!("experiments/published/2016/{file}"), format!("2016/{file}"))),
    );
    inputs
}

#[cfg(test)]
mod tests;
