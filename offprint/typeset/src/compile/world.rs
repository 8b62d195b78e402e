//! Everything that typesetting can access: the files in memory and their digests, the embedded fonts, and the paper
//! size. There is no clock.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Str};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_kit::fonts::FontStore;

use crate::compile::folder::Folder;
use crate::compile::{CompileError, Options, glyphs};

/// The functions for reading data in a text, and their import path.
pub const LIBRARY: &str = "offprint/facts.typ";
const LIBRARY_TEXT: &str = include_str!("facts.typ");
/// Where the texts are.
const TEXT: &str = "text/";

/// Everything that a report can access.
pub struct ReportWorld {
    library: LazyHash<Library>,
    fonts: FontStore,
    main: FileId,
    sources: BTreeMap<String, Source>,
    files: BTreeMap<String, Bytes>,
}

impl ReportWorld {
    /// The world of a folder's files. `sys.inputs` has the `paper` and the `digests` of all files outside `text/`, SHA-256 by
    /// path from the top.
    pub fn new(folder: &Folder, options: &Options) -> Result<Self, CompileError> {
        let mut fonts = FontStore::new();
        fonts.extend(typst_kit::fonts::embedded());
        let texts = folder.texts().filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)));
        let texts = texts.chain([(LIBRARY, LIBRARY_TEXT)]);
        let sources = texts.filter_map(|(path, text)| Some((path.to_owned(), Source::new(id(path)?, text.to_owned()))));
        let files =
            folder.files.iter().map(|(path, bytes)| (path.clone(), readable(fonts.book(), path, bytes))).collect();
        let main = id(&options.main).ok_or_else(|| CompileError::NoMain { path: (&options.main).into() })?;
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs(folder, options)).build()),
            fonts,
            main,
            sources: sources.collect(),
            files,
        })
    }
}

/// A file as the text reads it. In facts and drawings, characters without a glyph are replaced. Digests are those of
/// the unchanged files.
fn readable(book: &FontBook, path: &str, bytes: &[u8]) -> Bytes {
    let text = std::str::from_utf8(bytes).ok();
    let shown = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => serde_json::from_slice(bytes).ok().map(|value| glyphs::shown_in(book, value).to_string()),
        Some("svg" | "csv") => text.map(|text| glyphs::shown(book, text)),
        _ => None,
    };
    Bytes::new(shown.map_or_else(|| bytes.to_vec(), String::into_bytes))
}

/// The content of `sys.inputs`. Everything typeset depends on it, so it must not change with each word of the text: otherwise
/// a second typesetting by the same process could not use any result of the first.
fn inputs(folder: &Folder, options: &Options) -> Dict {
    let digest = |(path, bytes): (&String, &Vec<u8>)| (Str::from(path.as_str()), sha256(bytes).into_value());
    let data = folder.files.iter().filter(|(path, _)| !path.starts_with(TEXT));
    let digests: Dict = data.map(digest).collect();
    [("paper", options.paper.to_string().into_value()), ("digests", digests.into_value())]
        .into_iter()
        .map(|(name, value)| (Str::from(name), value))
        .collect()
}

/// 64 hexadecimal digits in lower case.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

/// The path of a file of the folder; an error for a file of a package.
fn path_of(id: FileId) -> FileResult<&'static str> {
    match id.root() {
        VirtualRoot::Project => Ok(id.get().vpath().get_without_slash()),
        VirtualRoot::Package(_) => Err(FileError::AccessDenied),
    }
}

impl World for ReportWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let path = path_of(id)?;
        let missing =
            || if self.files.contains_key(path) { FileError::InvalidUtf8 } else { FileError::NotFound(path.into()) };
        self.sources.get(path).cloned().ok_or_else(missing)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = path_of(id)?;
        self.files.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// There is no clock: a report that used the date would differ tomorrow.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
