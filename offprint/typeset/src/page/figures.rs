//! The figures of a page, each with its caption, the values of its marks, and links to its data and to itself as a file. Independent of figures by name.

use std::path::Path;

use serde::Deserialize;

use crate::files::{self, FileError};

use super::drawing::Drawing;
use super::markup::{escaped, href, link};

/// The list of figures.
pub const INDEX: &str = "figures/index.json";

/// A figure in [`INDEX`], a list of them in their order; other fields of an entry are for others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its number.
    pub number: u32,
    /// Its file without the ending, for example `time` of `figures/time.svg`.
    pub name: String,
    /// What it shows, without a full stop.
    pub title: String,
    /// What its marks and lines are, in plain text.
    pub caption: String,
    /// The files that have its numbers.
    #[serde(default)]
    pub data: Vec<String>,
    /// What must not be overlooked about its numbers.
    #[serde(default)]
    pub remark: Option<String>,
    /// False where there was nothing to draw.
    #[serde(default = "yes")]
    pub drawn: bool,
    /// False for a figure that only other runs have; it is not even mentioned.
    #[serde(default = "yes")]
    pub exists: bool,
}

fn yes() -> bool {
    true
}

/// The figures as HTML.
pub struct Figures {
    /// Those that are drawn, each an element `figure`.
    pub drawn: Vec<String>,
    /// A paragraph on those that nothing was measured for; empty where there are none.
    pub missing: String,
}

/// All figures of an input folder: those of the index in its order, then every other `figures/*.svg` by name. With `pictures` each is
/// linked as PNG, too.
pub fn read(top: &Path, pictures: bool) -> Result<Figures, FileError> {
    let index: Vec<Entry> = if files::has(top, INDEX) { files::json(&top.join(INDEX))? } else { Vec::new() };
    let others = files::names(&top.join("figures"), &["svg"])?;
    let others = others.iter().filter_map(|file| file.strip_suffix(".svg"));
    let others = others.filter(|name| !index.iter().any(|entry| entry.name == *name)).map(|name| (name, None));
    let listed =
        index.iter().filter(|entry| entry.drawn && entry.exists).map(|entry| (entry.name.as_str(), Some(entry)));
    let drawn = listed.chain(others).map(|(name, entry)| {
        let path = top.join(format!("figures/{name}.svg"));
        let title = entry.map(|entry| entry.title.as_str());
        let drawing = Drawing::read(&files::text(&path)?, title);
        let drawing = drawing.map_err(|problem| FileError::invalid(&path, problem))?;
        Ok(figure(name, entry, &drawing, pictures))
    });
    let drawn = drawn.collect::<Result<_, FileError>>()?;
    Ok(Figures { drawn, missing: sentence(index.iter().filter(|entry| !entry.drawn && entry.exists)) })
}

fn figure(name: &str, entry: Option<&Entry>, drawing: &Drawing, pictures: bool) -> String {
    let kinds: &[&str] = if pictures { &["svg", "png"] } else { &["svg"] };
    let files: Vec<String> =
        kinds.iter().map(|kind| link(&format!("figures/{name}.{kind}"), &kind.to_uppercase())).collect();
    let readout = if drawing.tooltips > 0 { "<p class=\"readout\"></p>\n" } else { "" };
    format!(
        "<figure id=\"{id}\">\n<div class=\"sheet\">{svg}</div>\n{readout}<figcaption>{caption} \
         <span class=\"files\">{data}Figure: {files}.</span></figcaption>\n</figure>\n",
        id = href(name),
        svg = drawing.svg,
        caption = entry.map_or_else(|| format!("<b>{}.</b>", escaped(&drawing.title)), caption),
        data = entry.map(data).unwrap_or_default(),
        files = files.join(", "),
    )
}

fn caption(entry: &Entry) -> String {
    let remark = entry.remark.as_ref().map(|remark| format!(" <b>{}</b>", escaped(remark))).unwrap_or_default();
    let (title, text) = (escaped(&entry.title), escaped(&entry.caption));
    format!("<b>Figure {}. {title}.</b> {text}{remark}", entry.number)
}

/// Links to the data of a figure.
fn data(entry: &Entry) -> String {
    // A pattern stands for files of other machines, which are not published with this page.
    let source = |file: &String| if file.contains('*') { escaped(file) } else { link(file, file) };
    let files: Vec<String> = entry.data.iter().map(source).collect();
    if files.is_empty() { String::new() } else { format!("Data: {}. ", files.join(", ")) }
}

fn sentence<'a>(missing: impl Iterator<Item = &'a Entry>) -> String {
    let names: Vec<String> = missing.map(|entry| format!("{} ({})", entry.number, escaped(&entry.title))).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => {
            format!("<p class=\"note\">Figure {one} is not drawn, because nothing was measured for it here.</p>\n")
        }
        [others @ .., last] => format!(
            "<p class=\"note\">Figures {} and {last} are not drawn, because nothing was measured for them here.</p>\n",
            others.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, title: &str) -> Entry {
        Entry {
            number,
            name: format!("fig{number:02}"),
            title: title.to_owned(),
            caption: "Lines < areas.".to_owned(),
            data: ["points.csv", "machines/*.json"].map(str::to_owned).to_vec(),
            remark: None,
            drawn: true,
            exists: true,
        }
    }

    #[test]
    fn a_caption_has_number_title_text_remark_data_and_files() {
        let drawing = Drawing { title: "t".to_owned(), svg: "<svg></svg>".to_owned(), tooltips: 3 };
        let entry = Entry { remark: Some("2 of 9 points outdated".to_owned()), ..entry(13, "A & B") };
        let html = figure("fig13", Some(&entry), &drawing, true);
        let caption = "<figcaption><b>Figure 13. A &amp; B.</b> Lines &lt; areas. <b>2 of 9 points outdated</b> <span";
        assert!(html.contains(caption) && html.contains("id=\"fig13\"") && html.contains("readout"), "{html}");
        assert!(html.contains(
            "Data: <a href=\"points.csv\">points.csv</a>, machines/*.json. Figure: <a href=\"figures/fig13.svg\">"
        ));
        assert!(!figure("fig13", Some(&entry), &Drawing { tooltips: 0, ..drawing }, true).contains("readout"));
    }

    #[test]
    fn figures_without_a_measurement_are_one_sentence() {
        assert_eq!(sentence([].iter()), "");
        let (one, two) = (entry(4, "Net power"), entry(8, "A < B"));
        assert!(sentence([&one].into_iter()).contains("Figure 4 (Net power) is not drawn"));
        assert!(sentence([&one, &two].into_iter()).contains("Figures 4 (Net power) and 8 (A &lt; B) are not drawn"));
    }

    #[test]
    fn every_drawing_is_shown_in_the_order_of_the_index_and_then_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| files::write(&folder.path().join(name), text.as_bytes()).expect("a file");
        for name in ["a", "b", "c"] {
            let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><title>Of ";
            write(&format!("figures/{name}.svg"), &format!("{svg}{name}</title></svg>"));
        }
        let shown = |folder: &Path| {
            let figures = read(folder, false).expect("figures");
            let id = |html: &String| html.split('"').nth(1).map(str::to_owned);
            (figures.drawn.iter().filter_map(id).collect::<String>(), figures.drawn.concat())
        };
        let (order, html) = shown(folder.path());
        assert_eq!(order, "abc");
        assert!(
            html.contains("<figcaption><b>Of a.</b> <span class=\"files\">Figure: <a href=\"figures/a.svg\">SVG</a>."),
            "{html}"
        );
        write(INDEX, "[{\"number\": 1, \"name\": \"c\", \"title\": \"C\", \"caption\": \"All.\", \"more\": 0}]");
        let (order, html) = shown(folder.path());
        assert_eq!(order, "cab");
        assert!(html.contains("<b>Figure 1. C.</b> All. <span"), "{html}");
        // One that this paper does not have is neither drawn nor mentioned.
        write(
            INDEX,
            "[{\"number\": 1, \"name\": \"c\", \"title\": \"C\", \"caption\": \"\", \"drawn\": false, \"exists\": false}]",
        );
        assert_eq!(shown(folder.path()).0, "ab");
        assert!(read(folder.path(), false).expect("figures").missing.is_empty());
        write(INDEX, "[{\"number\": 1, \"name\": \"d\", \"title\": \"D\", \"caption\": \"\"}]");
        let error = read(folder.path(), false).err().expect("there is no d").to_string();
        assert!(error.contains("figures/d.svg: "), "{error}");
    }
}
