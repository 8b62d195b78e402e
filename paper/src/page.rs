//! The study as a page for browsers: one file without any other, whose figures tell their values where one points at them. The same
//! folder gives the same bytes. Knows no wording: that is in `page/`.

mod claims;
mod csv;
mod drawing;
mod figures;
mod folder;
mod markup;
mod policy;
mod tables;
mod template;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use results::verdicts::{self, Judged};

use crate::facts::Facts;
use csv::Csv;
use template::Content;

/// Its name.
pub const FILE: &str = "index.html";

/// Said in every caption of numbers that nobody measured.
const SIMULATED: &str = " Simulated device, not a measurement.";

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

/// The page of `input`: `page/page.html` with the style, script and captions beside it, `facts.json`, `claims.json`, `networks.csv`,
/// `points.csv`, and `figures/*.svg`.
pub fn text(input: &Path) -> Result<String, PageError> {
    let facts: Facts = results::json::read(&input.join("facts.json"))?;
    let claims: Vec<Judged> = results::json::read(&input.join(verdicts::FILE))?;
    let captions = results::json::read(&input.join("page/figures.json"))?;
    let style = embedded(input, "page/page.css", "</style")?;
    let script = embedded(input, "page/page.js", "</script")?;
    let (networks, points) = (table(input, "networks.csv")?, table(input, "points.csv")?);

    let fact = |name: &str| {
        let unknown = || PageError::of("facts.json", format!("there is no fact `{name}`"));
        facts.values.get(name).map(String::as_str).ok_or_else(unknown)
    };
    let simulated = fact("setting.nature")? == "simulated";
    let conditions = BTreeMap::from([
        ("simulated", simulated),
        ("software", fact("setting.device")?.starts_with("vulkan-software")),
        ("outdated", fact("outdated.state")? == "some"),
    ]);
    let remark = if simulated { SIMULATED } else { "" };
    let of_networks = |problem| PageError::of("networks.csv", problem);
    let of_points = |problem| PageError::of("points.csv", problem);
    let slots = BTreeMap::from([
        ("policy", policy::policy(&style, &script)),
        ("style", style),
        ("script", script),
        ("verdicts", claims::verdicts(&claims)),
        ("claims", claims::rows(&claims)),
        ("figures", figures::html(input, &captions, remark)?),
        ("networks", tables::networks(&networks).map_err(of_networks)?),
        ("points", tables::points(&points, &networks).map_err(of_points)?),
        ("options", tables::options(&points, &networks).map_err(of_points)?),
    ]);
    let content = Content { facts: facts.values, slots, conditions };
    template::fill(&folder::text(input, "page/page.html")?, &content).map_err(|problems| PageError::Unfit {
        problems: problems.into_iter().map(|problem| format!("page/page.html: {problem}")).collect(),
    })
}

/// A text that stands between tags as it is: it must not end them, and browsers must read the very bytes whose digest is taken.
fn embedded(input: &Path, file: &str, end: &str) -> Result<String, PageError> {
    let text = folder::text(input, file)?;
    if text.to_ascii_lowercase().contains(end) || text.contains("<!--") || text.contains(['\r', '\0']) {
        return Err(PageError::of(file, format!("it has `{end}`, `<!--` or a letter that browsers change")));
    }
    Ok(text)
}

fn table(input: &Path, file: &str) -> Result<Csv, PageError> {
    Csv::parse(&folder::text(input, file)?).map_err(|problem| PageError::of(file, problem))
}
