//! Why a report could not be typeset, with the place in the text.

use std::path::PathBuf;

use typst::diag::SourceDiagnostic;
use typst::{World, WorldExt};

use crate::compile::world::ReportWorld;

/// What stopped the report.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// `facts.json` or `claims.json` does not parse.
    #[error(transparent)]
    Json(#[from] results::json::JsonError),
    /// A link, or something else that is no plain file.
    #[error("{}: not a plain file\nhint: the input folder holds copies; a link could lead out of it", path.display())]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// A file beyond all measure.
    #[error("{}: larger than {most} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most there may be.
        most: u64,
    },
    /// The text and the facts do not fit together.
    #[error("{}\nhint: `paper facts` writes the names there are into facts.json", problems.join("\n"))]
    Names {
        /// One line a name.
        problems: Vec<String>,
    },
    /// The text does not compile.
    #[error("{}", messages.join("\n"))]
    Typesetting {
        /// One or more lines a problem.
        messages: Vec<String>,
    },
}

/// Errors with their places and hints.
pub fn typesetting(world: &ReportWorld, errors: &[SourceDiagnostic]) -> CompileError {
    CompileError::Typesetting { messages: errors.iter().map(|error| message(world, error)).collect() }
}

fn message(world: &ReportWorld, error: &SourceDiagnostic) -> String {
    let mut lines = vec![match place(world, error) {
        Some(place) => format!("{place}: {}", error.message),
        None => format!("text: {}", error.message),
    }];
    lines.extend(error.hints.iter().map(|hint| format!("hint: {}", hint.v)));
    lines.join("\n")
}

/// `text/report.typ:12:3`.
fn place(world: &ReportWorld, error: &SourceDiagnostic) -> Option<String> {
    let id = error.span.id()?;
    let start = world.range(error.span)?.start;
    let path = id.vpath().get_without_slash();
    let source = world.source(id).ok();
    let (line, column) = source.as_ref()?.lines().byte_to_line_column(start)?;
    Some(format!("{path}:{}:{}", line + 1, column + 1))
}
