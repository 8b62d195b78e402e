//! The study as a page for browsers: one file without any other, whose figures give their values to a pointer or the keyboard, and
//! whose script switches machine and batch and chooses a network. The same folder gives the same bytes. Knows no wording: that is in
//! `page/`.

mod bar;
mod choose;
mod citation;
mod claims;
mod drawing;
mod figures;
mod folder;
mod font;
mod machines;
mod markup;
mod policy;
mod tables;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use results::Inputs;
use results::verdicts::{Basis, Judged};

use crate::facts::Facts;
use citation::Citation;
use markup::Titles;
use template::Content;

/// Its name.
pub const FILE: &str = "index.html";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that is not JSON as it should be.
    #[error(transparent)]
    Json(#[from] results::json::JsonError),
    /// Counts, estimates or values of 2016 that cannot be used.
    #[error(transparent)]
    Inputs(#[from] results::InputError),
    /// A file that does not fit, with what is wrong in it.
    #[error("{}\nhint: `paper/page/` has the page's own files; `cargo xtask reproduce` makes the others", problems.join("\n"))]
    Unfit {
        /// One line a problem.
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
    let path = output.join(FILE);
    fs::create_dir_all(output)
        .and_then(|()| fs::write(&path, &page))
        .map_err(|source| PageError::Io { path, source })?;
    Ok(page.len())
}

/// The page of `input`: `page/page.html` with the style and script beside it, `CITATION.cff`, `facts.json`, `claims.json`, the files of
/// [`Inputs`], `figures/index.json` and `figures/*.svg`.
pub fn text(input: &Path) -> Result<String, PageError> {
    let facts: Facts = results::json::read(&input.join("facts.json"))?;
    let claims: Vec<Judged> = results::json::read(&input.join(results::verdicts::FILE))?;
    let inputs = Inputs::read(input)?;
    let citation = folder::text(input, citation::FILE)?;
    let citation = Citation::read(&citation).map_err(|problem| PageError::of(citation::FILE, problem))?;
    let style = embedded(input, "page/page.css", "</style")?;
    let script = embedded(input, "page/page.js", "</script")?;
    let figures = figures::read(input)?;
    let titles = Titles::new(&inputs.counts);
    let machines = machines::machines(&inputs);
    let data = choose::data(&machines, &inputs.published, &titles);

    let fact = |name: &str| {
        let unknown = || PageError::of("facts.json", format!("there is no fact `{name}`"));
        facts.values.get(name).map(String::as_str).ok_or_else(unknown)
    };
    let conditions = BTreeMap::from([
        ("simulated", fact("setting.nature")? == "simulated"),
        ("software", fact("setting.device")?.starts_with("vulkan-software")),
        ("outdated", fact("outdated.state")? == "some"),
        ("earlier", fact("machines.outdated")? != "none"),
        ("others", fact("machines.software")? != "none"),
        ("kernels", fact("setting.operators")? == "kernels"),
        ("library", fact("setting.operators")? == "library"),
    ]);
    let slots = BTreeMap::from([
        ("policy", String::new()),
        ("style", String::new()),
        ("script", script.clone()),
        ("source", citation.source()),
        ("commands", citation.commands()),
        ("bibtex", citation.bibtex()),
        ("first", figures.first),
        ("figures", figures.others),
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
    let mut content = Content { facts: facts.values, slots, conditions };
    let skeleton = folder::text(input, "page/page.html")?;
    let mut filled = |style: String| {
        content.slots.insert("policy", policy::policy(&style, &script));
        content.slots.insert("style", style);
        template::fill(&skeleton, &content).map_err(|problems| PageError::Unfit {
            problems: problems.into_iter().map(|problem| format!("page/page.html: {problem}")).collect(),
        })
    };
    // The fonts have the letters of the page, which are known when all else is in it.
    let letters: BTreeSet<char> = filled(style.clone())?.chars().collect();
    let faces = font::faces(&letters).map_err(|problem| PageError::of("page/page.css", problem))?;
    filled(faces + &style)
}

/// A text that stands between tags as it is: it must not end them, and browsers must read the very bytes whose digest is taken.
fn embedded(input: &Path, file: &str, end: &str) -> Result<String, PageError> {
    let text = folder::text(input, file)?;
    if text.to_ascii_lowercase().contains(end) || text.contains("<!--") || text.contains(['\r', '\0']) {
        return Err(PageError::of(file, format!("it has `{end}`, `<!--` or a letter that browsers change")));
    }
    Ok(text)
}
