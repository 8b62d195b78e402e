//! The example of the documentation: its text, facts and figure give the described PDF, page and picture, and
//! mismatches are errors with their locations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use offprint_typeset::compile::{self, Options, PaperSize, Report};
use offprint_typeset::{page, pictures};
use tempfile::TempDir;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("example")
}

/// A copy of the example.
fn copied() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["facts.json", "CITATION.cff", "text/report.typ", "figures/times.svg"] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(example().join(file), to).expect("a copy");
    }
    folder
}

/// The example with `old` replaced in one of its files.
fn edited(file: &str, old: &str, new: &str) -> TempDir {
    let folder = copied();
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).expect("a text");
    assert!(text.contains(old), "{file} has no {old}");
    fs::write(path, text.replace(old, new)).expect("a file");
    folder
}

fn set(folder: &Path, options: &Options) -> Report {
    compile::typeset(folder, options).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(folder: &TempDir) -> String {
    compile::typeset(folder.path(), &Options::default()).expect_err("it must not compile").to_string()
}

/// Whether a PDF has this text outside compressed streams.
fn has(report: &Report, text: &str) -> bool {
    report.pdf.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The text of the pages, with single blanks.
fn text_of(report: &Report) -> String {
    report.pages.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_example_of_the_documentation_is_one_page_with_its_facts() {
    let report = set(&example(), &Options::default());
    assert_eq!(report.pages.len(), 1);
    let text = text_of(&report);
    for part in [
        "Sorting a million numbers",
        "The fastest algorithm was radix sort, and merge sort took 2.4 (95 % interval 2.3 to 2.5) times as long",
        "Algorithm Median [ms] merge sort 81.6 radix sort 34.0",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "/CreationDate(D:20261130",
        "/MediaBox[0 0 595.2756 841.8898]",
    ] {
        assert!(has(&report, part), "{part}");
    }
    // `.ci/run` checks it against both standards.
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("example.pdf"), report.pdf).expect("a file");
}

#[test]
fn the_text_follows_the_size_of_the_paper() {
    let letter = set(&example(), &Options { paper: PaperSize::Letter, ..Options::default() });
    // Points of 1/72 inch: 8.5 inches by 11.
    assert!(has(&letter, "/MediaBox[0 0 612 792]"));
}

#[test]
fn the_identifier_is_given_or_the_title_of_the_citation_or_the_document() {
    let named = |identity: &str| Options { identity: Some(identity.to_owned()), ..Options::default() };
    let pdf = |folder: &TempDir, options: &Options| set(folder.path(), options).pdf;
    let other = edited("CITATION.cff", "Sorting a million numbers", "Another title");
    assert_eq!(pdf(&other, &Options::default()), pdf(&other, &named("Another title")));
    assert_ne!(pdf(&other, &Options::default()), pdf(&copied(), &Options::default()));
    fs::remove_file(other.path().join("CITATION.cff")).expect("an existing file");
    assert_eq!(pdf(&other, &Options::default()), pdf(&other, &named("Sorting a million numbers")));
}

#[test]
fn a_text_may_read_claims_and_other_data_at_the_top_of_the_folder() {
    let folder = edited(
        "text/report.typ",
        "= Result",
        "= #claim(\"C1\").verdict\n#csv(\"/raw.csv\").flatten().join(\"+\") #json(\"/more.json\").at(\"a\") #digest(\"raw.csv\")",
    );
    for (file, text) in [
        ("claims.json", "[{\"id\": \"C1\", \"verdict\": \"It holds\"}]"),
        ("raw.csv", "1,\u{8054}\n"),
        ("more.json", "{\"a\": \"b\"}"),
    ] {
        fs::write(folder.path().join(file), text).expect("a file");
    }
    let text = text_of(&set(folder.path(), &Options::default()));
    // A character without a glyph becomes its code point. The digest of the unchanged file is from another program.
    let digest = Command::new("sha256sum").arg(folder.path().join("raw.csv")).output().expect("sha256sum runs").stdout;
    let digest = String::from_utf8(digest).expect("digits");
    assert!(text.contains("It holds") && text.contains("1+U+8054 b"), "{text}");
    let joined: String = text.split_whitespace().collect();
    assert!(joined.contains(digest.split(' ').next().expect("a digest")), "{text}");
}

#[test]
fn names_that_do_not_match_the_facts_are_errors_with_their_locations() {
    let error = refused(&edited("text/report.typ", "fact(\"fastest\")", "fact(\"fastets\")"));
    assert!(error.contains("text/report.typ:11:28: unknown fact `fastets`; similar: fastest"), "{error}");
    assert!(
        error.contains("facts.json: fact `fastest` is never used by the text") && error.contains("\nhint: "),
        "{error}"
    );
    let error = refused(&edited("text/report.typ", "= Result", "= #claim(\"C1\").verdict"));
    assert!(error.contains("text/report.typ:9:4: unknown claim `C1`"), "{error}");
}

#[test]
fn a_document_without_date_or_title_is_refused_with_a_remedy() {
    let error = refused(&edited("text/report.typ", ", date: iso-date(fact(\"date\"))", ");#hide(fact(\"date\")"));
    assert!(error.starts_with("text/report.typ: the document has no date"), "{error}");
    assert!(error.contains("\nhint: `#set document(date: iso-date(fact(\"date\")))`"), "{error}");
    let error = refused(&edited("text/report.typ", "title: \"Sorting a million numbers\", ", ""));
    assert!(error.contains("title") && error.contains("hint: "), "{error}");
}

#[test]
fn a_date_of_another_form_is_an_error_where_it_is_used() {
    let error = refused(&edited("facts.json", "2026-11-30", "30 November"));
    assert!(error.starts_with("text/report.typ:3:57: "), "{error}");
    assert!(error.contains("expected a date such as 2026-11-30, found \"30 November\""), "{error}");
}

#[test]
fn a_missing_main_text_is_named_with_the_option_that_selects_another() {
    let folder = copied();
    fs::rename(folder.path().join("text/report.typ"), folder.path().join("text/paper.typ")).expect("renamed");
    let error = refused(&folder);
    assert!(error.contains("text/report.typ: not among the texts\nhint: ") && error.contains("--main"), "{error}");
    let other = Options { main: "text/paper.typ".to_owned(), ..Options::default() };
    assert_eq!(set(folder.path(), &other).pages, set(&example(), &Options::default()).pages);
}

#[test]
fn the_page_has_title_authors_figures_facts_tables_and_links_to_the_files() {
    let folder = edited("facts.json", "radix sort\"", "<i>radix</i> sort\"");
    for (file, text) in [
        ("raw.csv", "1\n"),
        ("report.pdf", "%PDF-"),
        (
            "figures/index.json",
            "[{\"number\": 1, \"name\": \"times\", \"title\": \"Times\", \"caption\": \"As bars.\", \"data\": [\"raw.csv\"]}]",
        ),
    ] {
        fs::write(folder.path().join(file), text).expect("a file");
    }
    let page = page::text(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    for part in [
        "<h1>Sorting a million numbers</h1>",
        "<p class=\"under\">Jane Doe</p>",
        "<b>Figure 1. Times.</b> As bars. <span class=\"files\">Data: <a href=\"raw.csv\">raw.csv</a>. Figure: <a href=\"figures/times.svg\">SVG</a>.",
        "<title>radix sort: 34.0 ms</title></rect>",
        "<tr><th scope=\"row\"><code>fastest</code></th><td>&lt;i&gt;radix&lt;/i&gt; sort</td></tr>",
        "<thead><tr><th scope=\"col\">Algorithm</th><th scope=\"col\">Median [ms]</th></tr></thead>",
        "<li><a href=\"report.pdf\">report.pdf</a></li>",
        "<li><a href=\"facts.json\">facts.json</a></li>",
        "author = {Doe, Jane}",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for foreign in ["<script", "http:", "https:", "@import"] {
        let own = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!own.contains(foreign), "{foreign}");
    }
    assert_eq!(page, page::text(folder.path()).expect("again"));
}

#[test]
fn a_page_with_only_facts_has_no_empty_sections() {
    let folder = copied();
    fs::remove_dir_all(folder.path().join("figures")).expect("an existing file");
    fs::write(folder.path().join("facts.json"), "{\"values\": {}}").expect("a file");
    let page = page::text(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    for section in ["figures", "tables", "facts"] {
        assert!(!page.contains(&format!("\"{section}-title\"")), "{section}");
    }
    fs::remove_file(folder.path().join("CITATION.cff")).expect("an existing file");
    let error = page::text(folder.path()).expect_err("it has no title").to_string();
    assert!(error.contains("CITATION.cff: "), "{error}");
}

fn typeset(args: &[&str], input: &Path, output: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_typeset"));
    program.args(args).arg("--input").arg(input).arg("--output").arg(output).output().expect("it runs")
}

#[test]
fn the_program_writes_the_same_as_the_library_and_reports_errors() {
    let output = tempfile::tempdir().expect("a folder");
    for command in ["report", "page", "pictures"] {
        let run = typeset(&[command], &example(), output.path());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    let read = |name: &str| fs::read(output.path().join(name)).expect("it was written");
    assert_eq!(read(compile::FILE), set(&example(), &Options::default()).pdf);
    assert_eq!(read(page::FILE), page::text(&example()).expect("a page").into_bytes());
    let again = tempfile::tempdir().expect("a folder");
    assert_eq!(pictures::draw(&example(), again.path()).expect("pictures"), 1);
    assert_eq!(read("figures/times.png"), fs::read(again.path().join("figures/times.png")).expect("a picture"));

    let empty = tempfile::tempdir().expect("a folder");
    for command in ["report", "page", "pictures"] {
        let run = typeset(&[command], empty.path(), output.path());
        let error = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && error.starts_with("error: ") && error.contains("\nhint: "), "{error}");
    }
}
