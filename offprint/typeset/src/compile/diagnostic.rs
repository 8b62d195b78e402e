//! Why a report could not be typeset, with the location in the text.

use std::path::PathBuf;

use typst::diag::SourceDiagnostic;
use typst::{World, WorldExt};

use crate::compile::Options;
use crate::compile::world::{LIBRARY, ReportWorld};
use crate::files::FileError;

/// Why a report could not be typeset.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The main text does not exist.
    #[error("{}: not among the texts\nhint: the input folder needs `{}`, or another `text/**/*.typ` that `--main` \
        names", path.display(), Options::MAIN)]
    NoMain {
        /// The file.
        path: PathBuf,
    },
    /// Text and facts do not match.
    #[error("{}\nhint: facts.json has the names of facts and tables, claims.json those of claims; the program that \
        writes facts.json must write only those that the text uses", problems.join("\n"))]
    Names {
        /// One line per name.
        problems: Vec<String>,
    },
    /// The document has no date, which PDF/A requires.
    #[error(
        "{main}: the document has no date, and PDF/A requires one\nhint: `#set document(date: \
         iso-date(fact(\"date\")))` takes it from a fact such as 2026-11-30; iso-date and fact are those of \
         /offprint/facts.typ"
    )]
    NoDate {
        /// The main text.
        main: String,
    },
    /// The text does not compile.
    #[error("{}", messages.join("\n"))]
    Typesetting {
        /// One or more lines per problem.
        messages: Vec<String>,
    },
}

/// Errors with their locations and hints.
pub fn typesetting(world: &ReportWorld, errors: &[SourceDiagnostic]) -> CompileError {
    CompileError::Typesetting { messages: errors.iter().map(|error| message(world, error)).collect() }
}

fn message(world: &ReportWorld, error: &SourceDiagnostic) -> String {
    let mut lines = vec![match location(world, error) {
        Some(location) => format!("{location}: {}", error.message),
        None => format!("text: {}", error.message),
    }];
    lines.extend(error.hints.iter().map(|hint| format!("hint: {}", hint.v)));
    lines.join("\n")
}

/// The location of an error, such as `text/report.typ:12:3`. For an error inside this crate's functions, that of the
/// call.
fn location(world: &ReportWorld, error: &SourceDiagnostic) -> Option<String> {
    let calls = error.trace.iter().map(|point| point.span.into());
    let mut spans = std::iter::once(error.span).chain(calls).filter_map(|span| Some((span, span.id()?)));
    let (span, id) = spans.find(|(_, id)| id.vpath().get_without_slash() != LIBRARY)?;
    let start = world.range(span)?.start;
    let path = id.vpath().get_without_slash();
    let source = world.source(id).ok();
    let (line, column) = source.as_ref()?.lines().byte_to_line_column(start)?;
    Some(format!("{path}:{}:{}", line + 1, column + 1))
}
