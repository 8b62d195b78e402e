//! Typesets a folder of texts, facts and figures: as a PDF for archives and screen readers (PDF/A-2a and PDF/UA-1), as
//! a page for browsers in one file, and the figures as PNG.
//!
//! # A text uses its numbers by name
//!
//! An input folder has the text, `text/report.typ` in the language of [Typst](https://typst.app/docs), and the facts
//! that programs computed, `facts.json`:
//!
//! ```json
#![doc = include_str!("../example/facts.json")]
//! ```
//!
//! The text imports `/offprint/facts.typ`, which is part of this crate, and names them. So no number is typed by hand:
//!
//! ```typst
#![doc = include_str!("../example/text/report.typ")]
//! ```
//!
//! `typeset report --input offprint/typeset/example --output output` makes such a page. A name that is not in
//! facts.json is an error with its location in the text and similar names, and so is a fact that the text never uses.
//!
//! - `#fact("NAME")` is a text, `#rows("NAME")` a table with `head` and `rows`, and `#claim("ID")` the entry of
//!   `claims.json` with that `id`. Names are written out, in quotes. A semicolon right after one of them ends the
//!   expression and is not printed; `\;` is.
//! - PDF/A requires a date, and there is no clock: `#set document(date: iso-date(fact("date")))` takes it from a fact
//!   such as `2026-11-30`. PDF/UA requires a title, and `alt` for each image.
//! - `#set page(paper: paper)` follows `--paper a4` or `letter`. `digest("facts.json")` is the SHA-256 of a file
//!   outside `text/` that the text may read.
//! - The text may read what [`compile::typeset`] lists and nothing else: no other file, no package, no clock, no font
//!   of the machine. The same folder gives the same bytes everywhere.
//!
//! # As a library
//!
//! [`compile::typeset`] makes the PDF, [`page::text`] the page, [`pictures::draw`] the pictures. A program that writes
//! `facts.json` fills [`Facts`]. A paper with its own page uses [`page::shell`] and the modules next to it.

pub mod compile;
pub mod facts;
pub mod files;
pub mod page;
pub mod pictures;

pub use facts::{Facts, Table};
