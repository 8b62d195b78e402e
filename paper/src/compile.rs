//! From the input folder to the bytes of the PDF: the same folder gives the same bytes. Knows no fact by name.

mod diagnostic;
mod folder;
mod glyphs;
mod names;
mod paper_size;
mod world;

use std::fs;
use std::path::Path;

use typst::foundations::Smart;
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

pub use diagnostic::CompileError;
use folder::Folder;
pub use paper_size::PaperSize;
use world::ReportWorld;

/// Names the document inside the PDF; it never changes, so that the bytes depend on the inputs alone.
const IDENTITY: &str = "An Analysis of Deep Neural Network Models for Practical Applications, executed";

/// A typeset report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The text of each page, in the order it was set.
    pub pages: Vec<String>,
}

/// PDF/A-2a, so that it can be read in decades, and PDF/UA-1, so that it can be read aloud. Both are sets of rules for PDF 1.7.
const STANDARDS: [PdfStandard; 2] = [PdfStandard::A_2a, PdfStandard::Ua_1];

/// Typesets the report of `input` into `output/report.pdf`.
pub fn compile(input: &Path, output: &Path, size: PaperSize) -> Result<Report, CompileError> {
    let report = typeset(input, size)?;
    let path = output.join("report.pdf");
    fs::create_dir_all(output)
        .and_then(|()| fs::write(&path, &report.pdf))
        .map_err(|source| CompileError::Io { path, source })?;
    Ok(report)
}

/// Typesets the report of `input`: `text/report.typ` with what it may read, namely `text/**/*.{typ,yml}`, `figures/*.svg` with
/// their index, `facts.json`, `claims.json` and `CITATION.cff`. The date that PDF/A demands is the text's business: there is no clock to take one from.
pub fn typeset(input: &Path, size: PaperSize) -> Result<Report, CompileError> {
    let folder = Folder::read(input)?;
    names::check(&folder)?;
    let world = ReportWorld::new(&folder, size)?;
    let compiled = typst::compile::<PagedDocument>(&world);
    let document = compiled.output.map_err(|errors| diagnostic::typesetting(&world, &errors))?;
    // A warning is a font that is not there or a layout that did not settle: nothing to print.
    if !compiled.warnings.is_empty() {
        return Err(diagnostic::typesetting(&world, &compiled.warnings));
    }
    let standards = PdfStandards::new(&STANDARDS)
        .map_err(|error| CompileError::Typesetting { messages: vec![error.message().to_string()] })?;
    let options = PdfOptions { ident: Smart::Custom(IDENTITY.to_owned()), standards, ..PdfOptions::default() };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| diagnostic::typesetting(&world, &errors))?;
    let pages = document.pages().iter().map(|page| text(&page.frame)).collect();
    Ok(Report { pdf, pages })
}

/// The text of a frame, runs apart by blanks.
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
