//! Pages for browsers: one file that loads no other. [`compose`] makes a generic one from an input folder; a paper with
//! its own page fills a skeleton with [`shell::fill`]. The same folder gives the same bytes.

pub mod citation;
pub mod drawing;
pub mod figures;
pub mod font;
pub mod markup;
pub mod policy;
pub mod shell;
pub mod template;

use std::collections::BTreeMap;
use std::path::Path;

use crate::compile;
use crate::facts::{Facts, Table};
use crate::files::{self, FileError};
use citation::Citation;
use markup::{escaped, link};
use shell::Shell;
use template::Content;

/// The name of its file.
pub const FILE: &str = "index.html";

/// The skeleton and the style of the generic page.
const SHELL: Shell<'_> =
    Shell { skeleton: include_str!("page/page.html"), style: include_str!("page/page.css"), script: None };

/// Why a page cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The skeleton or the style is invalid.
    #[error("{}", problems.join("\n"))]
    Shell {
        /// One line per problem.
        problems: Vec<String>,
    },
}

/// Writes the page of `input` to `output/index.html`, and returns its size in bytes.
pub fn compose(input: &Path, output: &Path) -> Result<usize, PageError> {
    let page = text(input)?;
    files::write(&output.join(FILE), page.as_bytes())?;
    Ok(page.len())
}

/// The page of `input`: title and authors from `CITATION.cff`, the figures of [`figures::read`], every fact and every
/// table of `facts.json`, and links to the files: `report.pdf` and all `*.json` and `*.csv` at the top, at the same
/// paths.
///
/// # Errors
/// [`PageError`]: a file that is missing or cannot be used, such as a figure with a script.
pub fn text(input: &Path) -> Result<String, PageError> {
    let citation = Citation::of(input)?;
    let facts = Facts::read(input)?;
    let has_pictures = !files::names(&input.join("figures"), &["png"])?.is_empty();
    let figures = figures::read(input, has_pictures)?;
    let has_report = files::has(input, compile::FILE);
    let files: Vec<String> =
        files::names(input, &["csv", "json"])?.iter().map(|file| format!("<li>{}</li>\n", link(file, file))).collect();
    let slots = BTreeMap::from([
        ("title", escaped(&citation.title)),
        ("authors", escaped(&citation.authors().join(", "))),
        ("source", citation.source()),
        ("commands", citation.commands()),
        ("bibtex", citation.bibtex("paper")),
        ("figures", figures.drawn.concat() + &figures.missing),
        ("facts", values(&facts)),
        ("tables", facts.tables.iter().map(|(name, rows)| table(name, rows)).collect()),
        ("files", files.concat()),
    ]);
    let conditions = BTreeMap::from([
        ("report", has_report),
        ("figures", !figures.drawn.is_empty()),
        ("tooltips", figures.drawn.iter().any(|figure| figure.contains("<title>"))),
        ("facts", !facts.values.is_empty()),
        ("tables", !facts.tables.is_empty()),
    ]);
    let content = Content { facts: facts.values, slots, conditions };
    shell::fill(&SHELL, content).map_err(|problems| PageError::Shell { problems })
}

/// The table of facts.
fn values(facts: &Facts) -> String {
    let row = |(name, value): (&String, &String)| {
        format!("<tr><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>\n", escaped(name), escaped(value))
    };
    facts.values.iter().map(row).collect()
}

/// A table with its name as heading.
fn table(name: &str, of: &Table) -> String {
    let name = escaped(name);
    let head: String = of.head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escaped(cell))).collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = of.rows.iter().map(row).collect();
    format!(
        "<h3><code>{name}</code></h3>\n<div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n<table>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}
