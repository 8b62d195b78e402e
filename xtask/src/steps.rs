//! The whole paper, step by step: what each reads, what decides its result, what it writes. A fork starts here.

use std::path::Path;

use crate::beside::Machine;
use crate::declare::{made, seconds, sources, step, strings};
use crate::hardware::Bytes;
use crate::left_out::ESTIMATES;
use crate::manifest::ManifestError;
use crate::measured;
use crate::paper_size::REPORT;
use crate::sessions;
use crate::study::Study;
use offprint::identity::Identity;
use offprint::source::{self, SourceError};
use offprint::step::{Class, Input, Origin, Sources, Step};

/// Where the published measurements lie.
pub const SHELF: &str = "experiments/published/records";

/// The values the original published.
const PUBLISHED: [&str; 4] = [
    "canziani_fig2_fig10_exact.csv",
    "canziani_fig3_time_ms_per_image.csv",
    "canziani_fig5_net_memory_MB.csv",
    "net_power_W.csv",
];

/// What all versions of the report are called inside the PDF.
const IDENTITY: &str = "An Analysis of Deep Neural Network Models for Practical Applications, executed";

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
        args: [strings(&["estimates", "--networks", &networks.join(",")]), machine.arguments()].concat(),
        inputs: machine.records.iter().map(|record| record.input.clone()).collect(),
        sources: sources(&["experiments/results/src/**/*.rs"], &[]),
        outputs: vec!["estimates.json".into()],
        ..step(&format!("machines/{}", machine.name), "results", &[])
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
            // Other software on the same hardware is another machine's, too.
            "machines" | "time" => [data(), of_others(study)].concat(),
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
        sources: typesetting(&["src/pictures.rs"]),
        crates: strings(&["fontdb", "resvg", "tiny-skia", "typst-assets", "usvg"]),
        class: Class::Presentation,
        outputs: sheets.iter().map(|sheet| format!("figures/{}.png", sheet.name)).collect(),
        ..step("pictures", "typeset", &["pictures"])
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
            &["paper/src/**/*.rs", "experiments/results/src/**/*.rs", "offprint/typeset/src/f*.rs"],
            &["paper/src/page.rs", "paper/src/page/*.rs"],
        ),
        crates: strings(&["libm"]),
        ..step(name, "paper", &[name])
    }
}

/// Sources of the program that typesets.
fn typesetting(files: &[&str]) -> Sources {
    let files = ["src/files.rs", "src/main.rs"].iter().chain(files);
    Sources { include: files.map(|file| format!("offprint/typeset/{file}")).collect(), exclude: Vec::new() }
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
        args: [strings(&["report", "--identity", IDENTITY]), study.paper.arguments()].concat(),
        inputs,
        sources: typesetting(&[
            "src/compile.rs",
            "src/compile/*.rs",
            "src/facts.rs",
            "src/page/citation.rs",
            "src/page/markup.rs",
            "text/facts.typ",
        ]),
        crates: strings(&[
            "serde_yaml",
            "sha2",
            "typst",
            "typst-assets",
            "typst-kit",
            "typst-layout",
            "typst-pdf",
            "typst-svg",
        ]),
        class: Class::Presentation,
        outputs: vec!["report.pdf".into()],
        estimate: seconds(5.0),
        ..step(REPORT, "typeset", &[])
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
                "offprint/typeset/src/facts.rs",
                "offprint/typeset/src/files.rs",
                "offprint/typeset/src/page/*.rs",
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
mod tests;
