//! Typesets an input folder into a PDF. The same folder gives the same bytes.

mod diagnostic;
mod folder;
mod glyphs;
mod names;
mod paper_size;
mod world;

use std::path::Path;

use typst::foundations::Smart;
use typst::layout::{Frame, FrameItem};
use typst::model::Document;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::files;
pub use diagnostic::CompileError;
use folder::Folder;
pub use paper_size::PaperSize;
use world::ReportWorld;

/// The name of the PDF.
pub const FILE: &str = "report.pdf";

/// PDF/A-2a for archives, and PDF/UA-1 for accessibility. Both are based on PDF 1.7.
const STANDARDS: [PdfStandard; 2] = [PdfStandard::A_2a, PdfStandard::Ua_1];

/// Options of typesetting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The main text of the report, a path from the top of the input folder.
    pub main: String,
    /// The paper size, which the text reads as `sys.inputs.paper`.
    pub paper: PaperSize,
    /// The identifier of the document inside the PDF, shared by all versions of a paper. By default the title in
    /// `CITATION.cff`, else that of the document.
    pub identity: Option<String>,
}

impl Options {
    /// The default main text.
    pub const MAIN: &str = "text/report.typ";
}

impl Default for Options {
    fn default() -> Self {
        Self { main: Self::MAIN.to_owned(), paper: PaperSize::default(), identity: None }
    }
}

/// A typeset report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The text of each page, in order.
    pub pages: Vec<String>,
}

/// Typesets the report of `input` into `output/report.pdf`.
pub fn compile(input: &Path, output: &Path, options: &Options) -> Result<Report, CompileError> {
    let report = typeset(input, options)?;
    files::write(&output.join(FILE), &report.pdf)?;
    Ok(report)
}

/// Typesets the report of `input`. Its text may read:
///
/// - `text/**/*.typ` and `text/**/*.yml`;
/// - `facts.json`, which must exist, and every other `*.json` and `*.csv` at the top, such as `claims.json`;
/// - `figures/*.svg`, `figures/index.json` and `CITATION.cff`;
/// - `/offprint/facts.typ`, which is part of this crate.
///
/// # Errors
/// [`CompileError`]: a file that cannot be read, names that do not fit [`Facts`](crate::Facts), a text that does not
/// compile, or a document without the date that PDF/A requires.
pub fn typeset(input: &Path, options: &Options) -> Result<Report, CompileError> {
    let folder = Folder::read(input, &options.main)?;
    names::check(&folder)?;
    let world = ReportWorld::new(&folder, options)?;
    let compiled = typst::compile::<PagedDocument>(&world);
    let document = compiled.output.map_err(|errors| diagnostic::typesetting(&world, &errors))?;
    // Warnings are about missing fonts or layouts that did not converge, and not printed.
    if !compiled.warnings.is_empty() {
        return Err(diagnostic::typesetting(&world, &compiled.warnings));
    }
    let about = document.info();
    if !matches!(about.date, Smart::Custom(Some(_))) {
        return Err(CompileError::NoDate { main: options.main.clone() });
    }
    let title = || about.title.as_ref().map(ToString::to_string).unwrap_or_default();
    let identity = options.identity.clone().or(folder.title).unwrap_or_else(title);
    let standards = PdfStandards::new(&STANDARDS)
        .map_err(|error| CompileError::Typesetting { messages: vec![error.message().to_string()] })?;
    let options = PdfOptions { ident: Smart::Custom(identity), standards, ..PdfOptions::default() };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| diagnostic::typesetting(&world, &errors))?;
    let pages = document.pages().iter().map(|page| text(&page.frame)).collect();
    Ok(Report { pdf, pages })
}

/// The text of a frame, with blanks between runs.
fn text(frame: &Frame) -> String {
    let mut all = String::new();
    for (_, item) in frame.items() {
        match item {
            FrameItem::Text(run) => {
                all += &run.text;
                all.push(' ');
            }
            FrameItem::Group(group) => all += &text(&group.frame),
            _ => {}
        }
    }
    all
}
