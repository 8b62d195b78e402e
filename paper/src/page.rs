//! The page for browsers, in a single file. Its figures show their values to pointer and keyboard, and its script selects machine and batch
//! and chooses a network. The same folder gives the same bytes. The text is in `page/`.

mod bar;
mod choose;
mod claims;
mod machines;
mod tables;
mod titles;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use offprint_typeset::Facts;
use offprint_typeset::files::{self, FileError};
use offprint_typeset::page::citation::Citation;
use offprint_typeset::page::figures;
use offprint_typeset::page::shell::{self, Shell};
use offprint_typeset::page::template::Content;
use results::Inputs;
use results::verdicts::{Basis, Judged};

use titles::Titles;

/// The name of the file.
pub const FILE: &str = "index.html";

/// Why the page could not be composed.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file with invalid JSON.
    #[error(transparent)]
    Json(#[from] results::json::JsonError),
    /// Invalid counts, estimates or values of 2016.
    #[error(transparent)]
    Inputs(#[from] results::InputError),
    /// Problems in the files of the page.
    #[error("{}\nhint: `paper/page/` has the page's own files; `cargo xtask reproduce` makes the others", problems.join("\n"))]
    Unfit {
        /// One line for each problem.
        problems: Vec<String>,
    },
}

impl PageError {
    fn of(file: &str, problem: impl Display) -> Self {
        Self::Unfit { problems: vec![format!("{file}: {problem}")] }
    }
}

/// Writes the page of `input` to `output/index.html`, and returns its size in bytes.
pub fn compose(input: &Path, output: &Path) -> Result<usize, PageError> {
    let page = text(input)?;
    files::write(&output.join(FILE), page.as_bytes())?;
    Ok(page.len())
}

/// The page of `input`: `page/page.html` with the style and script next to it, `CITATION.cff`, `facts.json`, `claims.json`, the files of
/// [`Inputs`], `figures/index.json` and `figures/*.svg`.
pub fn text(input: &Path) -> Result<String, PageError> {
    let facts = Facts::read(input)?;
    let claims: Vec<Judged> = results::json::read(&input.join(results::verdicts::FILE))?;
    let inputs = Inputs::read(input)?;
    let citation = Citation::of(input)?;
    let own = |file: &str| files::text(&input.join("page").join(file));
    let (skeleton, style, script) = (own("page.html")?, own("page.css")?, own("page.js")?);
    let figures = figures::read(input, false)?;
    let (first, others) =
        figures.drawn.split_first().ok_or_else(|| PageError::of(figures::INDEX, "no figure is drawn"))?;
    let titles = Titles::new(&inputs.counts);
    let machines = machines::machines(&inputs);
    let data = choose::data(&machines, &inputs.published, &titles);

    let fact = |name: &str| {
        let unknown = || PageError::of("facts.json", format!("missing fact `{name}`"));
        facts.values.get(name).map(String::as_str).ok_or_else(unknown)
    };
    let conditions = BTreeMap::from([
        ("simulated", fact("setting.nature")? == "simulated"),
        ("software", fact("setting.device")?.starts_with("vulkan-software")),
        ("outdated", fact("outdated.state")? == "some"),
        ("earlier", fact("machines.outdated")? != "none"),
        ("accuracies", fact("accuracy.images")? != "none"),
        ("others", fact("machines.software")? != "none"),
        ("kernels", fact("setting.operators")? == "kernels"),
        ("library", fact("setting.operators")? == "library"),
    ]);
    let slots = BTreeMap::from([
        ("source", citation.source()),
        ("commands", citation.commands()),
        ("bibtex", citation.bibtex("executed_paper")),
        ("first", first.clone()),
        ("figures", others.concat()),
        ("missing", figures.missing),
        ("measured", claims::cards(&claims, Basis::Measured)),
        ("counted", claims::cards(&claims, Basis::Counted)),
        ("buttons", tables::buttons(&inputs.counts)),
        ("machines", tables::machine_options(&machines)),
        ("batches", tables::batch_options(&machines)),
        ("options", tables::network_options(&machines, &titles)),
        ("points", tables::points(&machines, &titles)),
        ("networks", tables::networks(&inputs)),
        ("data", data.map_err(|problem| PageError::of("estimates.json", problem))?),
    ]);
    let shell = Shell { skeleton: &skeleton, style: &style, script: Some(&script) };
    shell::fill(&shell, Content { facts: facts.values, slots, conditions }).map_err(|problems| PageError::Unfit {
        problems: problems.into_iter().map(|problem| format!("page/{problem}")).collect(),
    })
}
