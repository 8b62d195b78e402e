//! The figures of the page, each with its caption, its values where one points at a mark, and links to its data and to itself as a
//! file. Knows no figure by number: what is in the folder is shown.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::drawing::Drawing;
use super::markup::{escaped, href, link};
use super::{PageError, folder};

/// The tables of a publication.
const TABLES: [&str; 3] = ["networks.csv", "points.csv", "layers.csv"];

/// Said where one can point at marks.
const HINT: &str = "Point at a mark to read its value.";

/// What is said below a figure besides its title.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caption {
    /// Sentences.
    text: String,
    /// The tables its values are in.
    data: Vec<String>,
}

/// Captions by the name of the figure, from `page/figures.json`.
pub type Captions = BTreeMap<String, Caption>;

/// All figures of `top`, in order. One without a caption of its own has its title and all tables.
pub fn html(top: &Path, captions: &Captions, remark: &str) -> Result<String, PageError> {
    let names = folder::figures(top)?;
    if names.is_empty() {
        return Err(PageError::of("figures", "there is no figure"));
    }
    let figures = names.iter().map(|name| {
        let path = format!("figures/{name}.svg");
        let drawing = Drawing::read(&folder::text(top, &path)?).map_err(|problem| PageError::of(&path, problem))?;
        Ok(figure(name, &drawing, captions.get(name), remark))
    });
    figures.collect()
}

fn figure(name: &str, drawing: &Drawing, caption: Option<&Caption>, remark: &str) -> String {
    let (number, title) = drawing.title.split_once(": ").unwrap_or(("", &drawing.title));
    let number = if number.is_empty() { String::new() } else { format!("<b>{}.</b> ", escaped(number)) };
    let text = caption.map(|caption| format!(" {}", escaped(&caption.text))).unwrap_or_default();
    let all = || TABLES.map(str::to_owned).to_vec();
    let data = caption.map_or_else(all, |caption| caption.data.clone());
    let data: Vec<String> = data.iter().map(|file| link(file, file)).collect();
    let files = ["svg", "png"].map(|kind| link(&format!("figures/{name}.{kind}"), &kind.to_uppercase())).join(", ");
    let readout = if drawing.told > 0 { format!("<p class=\"readout\">{HINT}</p>\n") } else { String::new() };
    format!(
        "<figure id=\"{id}\">\n<div class=\"sheet\">{}</div>\n{readout}<figcaption>{number}{}.{text}{} \
         <span class=\"files\">Data: {}. Figure: {files}.</span></figcaption>\n</figure>\n",
        drawing.svg,
        escaped(title),
        escaped(remark),
        data.join(", "),
        id = href(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(title: &str, told: usize) -> Drawing {
        Drawing { title: title.to_owned(), svg: "<svg></svg>".to_owned(), told }
    }

    #[test]
    fn a_figure_without_a_caption_has_its_title_and_all_tables() {
        let html = figure("fig13", &drawing("Figure 13: A & B (2 of 9 points outdated)", 3), None, "");
        assert!(html.contains("<figcaption><b>Figure 13.</b> A &amp; B (2 of 9 points outdated). <span"), "{html}");
        for table in TABLES {
            assert!(html.contains(&format!("<a href=\"{table}\">{table}</a>")), "{html}");
        }
        assert!(html.contains("<a href=\"figures/fig13.png\">PNG</a>") && html.contains("id=\"fig13\""), "{html}");
    }

    #[test]
    fn a_caption_says_more_and_names_the_data() {
        let caption = Caption { text: "Lines < areas.".to_owned(), data: vec!["points.csv".to_owned()] };
        let html = figure("fig03", &drawing("Figure 3: Time", 0), Some(&caption), " Simulated.");
        assert!(html.contains("Time. Lines &lt; areas. Simulated. <span"), "{html}");
        assert!(!html.contains("networks.csv") && !html.contains(HINT), "{html}");
    }
}
