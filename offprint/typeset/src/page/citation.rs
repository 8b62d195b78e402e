//! How the paper is cited and where its sources lie, by `CITATION.cff` (Citation File Format 1.2). Independent of elements.

use std::path::Path;

use serde::Deserialize;

use crate::files::{self, FileError};

use super::markup::escaped;

/// The file.
pub const FILE: &str = "CITATION.cff";

/// What a page needs of it; the file has more.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Citation {
    /// The title of the paper.
    pub title: String,
    version: Option<String>,
    authors: Vec<Author>,
    date_released: Option<String>,
    repository_code: Option<String>,
}

/// A person, or an organisation with one name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Author {
    name: Option<String>,
    family_names: Option<String>,
    given_names: Option<String>,
}

impl Citation {
    /// That of an input folder.
    pub fn of(top: &Path) -> Result<Self, FileError> {
        let path = top.join(FILE);
        Self::read(&files::text(&path)?).map_err(|problem| FileError::invalid(&path, problem))
    }

    fn read(text: &str) -> Result<Self, String> {
        let citation: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        match &citation.repository_code {
            Some(address) if !address.starts_with("https://") => {
                Err(format!("`repository-code`: `{address}` does not begin with `https://`"))
            }
            _ => Ok(citation),
        }
    }

    /// The authors as a reader calls them.
    pub fn authors(&self) -> Vec<String> {
        self.authors.iter().map(Author::name).collect()
    }

    /// Version, and where the sources are, as a sentence in HTML; empty where the file has neither.
    pub fn source(&self) -> String {
        let version = self.version.as_ref().map(|version| format!("Version {}", escaped(version)));
        let link = |address: &String| format!("<a href=\"{}\">source code</a>", escaped(address));
        let parts: Vec<String> = version.into_iter().chain(self.repository_code.as_ref().map(link)).collect();
        if parts.is_empty() { String::new() } else { parts.join("; ") + "." }
    }

    /// The commands that make the paper on another machine.
    pub fn commands(&self) -> String {
        let clone = |address: &String| format!("git clone {} paper &amp;&amp; cd paper &amp;&amp; ", escaped(address));
        self.repository_code.as_ref().map(clone).unwrap_or_default() + "cargo xtask reproduce"
    }

    /// As BibTeX, escaped, with `key` for its key.
    pub fn bibtex(&self, key: &str) -> String {
        let authors: Vec<String> = self.authors.iter().map(Author::in_bibtex).collect();
        let year = self.date_released.as_ref().and_then(|date| date.get(..4)).map(str::to_owned);
        let fields = [
            ("title", Some(format!("{{{}}}", self.title))),
            ("author", Some(authors.join(" and "))),
            ("year", year),
            ("version", self.version.clone()),
            ("url", self.repository_code.clone()),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some(format!("  {name} = {{{}}},\n", value?)));
        escaped(&format!("@software{{{key},\n{}}}", fields.collect::<String>()))
    }
}

impl Author {
    fn name(&self) -> String {
        match self {
            Self { family_names: Some(family), given_names: Some(given), .. } => format!("{given} {family}"),
            Self { family_names: Some(one), .. } | Self { name: Some(one), .. } => one.clone(),
            Self { given_names, .. } => given_names.clone().unwrap_or_default(),
        }
    }

    fn in_bibtex(&self) -> String {
        match self {
            Self { family_names: Some(family), given_names: Some(given), .. } => format!("{family}, {given}"),
            Self { family_names: Some(one), .. } | Self { name: Some(one), .. } => format!("{{{one}}}"),
            Self { given_names, .. } => given_names.clone().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: \"A & B\"\nversion: 0.1.0\ndate-released: 2026-11-29\nrepository-code: \"https://example.org/a\"\n\
                        authors:\n  - name: \"The contributors\"\n  - family-names: Canziani\n    given-names: Alfredo\n";

    #[test]
    fn an_entry_has_whatever_the_file_says() {
        let citation = Citation::read(TEXT).expect("it is one");
        let expected = "@software{executed_paper,\n  title = {{A &amp; B}},\n  author = {{The contributors} and Canziani, Alfredo},\n\
                        \x20 year = {2026},\n  version = {0.1.0},\n  url = {https://example.org/a},\n}";
        assert_eq!(citation.bibtex("executed_paper"), expected);
        assert_eq!(citation.source(), "Version 0.1.0; <a href=\"https://example.org/a\">source code</a>.");
        assert_eq!(citation.authors(), ["The contributors", "Alfredo Canziani"]);
        assert!(citation.commands().starts_with("git clone https://example.org/a paper"));
    }

    #[test]
    fn without_an_address_there_is_no_link_and_none_leads_to_another_kind_of_place() {
        let without = Citation::read(&TEXT.replace("repository-code: \"https://example.org/a\"\n", "")).expect("one");
        assert_eq!(
            (without.source().as_str(), without.commands().as_str()),
            ("Version 0.1.0.", "cargo xtask reproduce")
        );
        let bare = Citation::read("title: A\nauthors:\n  - name: B\n").expect("one");
        assert_eq!(
            (bare.source(), bare.bibtex("b")),
            (String::new(), "@software{b,\n  title = {{A}},\n  author = {{B}},\n}".into())
        );
        let error = Citation::read(&TEXT.replace("https:", "javascript:")).expect_err("no address");
        assert!(error.contains("repository-code"), "{error}");
        assert!(Citation::read("title: x").expect_err("it lacks authors").contains("authors"));
    }
}
