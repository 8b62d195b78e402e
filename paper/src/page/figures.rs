//! The figures of the page, each with its caption, the values of its marks, and links to its data and to itself as a file. Knows no
//! figure by number: what the index lists is shown, the first of it before everything else.

use std::path::Path;

use results::FigureEntry as Entry;

use super::drawing::Drawing;
use super::markup::{escaped, href, link};
use super::{PageError, folder};

/// The list of figures, `figures/index.json`.
const INDEX: &str = "figures/index.json";

/// The figures as HTML.
pub struct Figures {
    /// The one that the page opens with.
    pub first: String,
    /// The others, in order.
    pub others: String,
    /// A paragraph on those that nothing was measured for; empty where there is none.
    pub missing: String,
}

/// All figures of `top`.
pub fn read(top: &Path) -> Result<Figures, PageError> {
    let index: Vec<Entry> = results::json::read(&top.join(INDEX))?;
    let (drawn, missing): (Vec<&Entry>, Vec<&Entry>) = index.iter().partition(|entry| entry.drawn);
    let figures = drawn.into_iter().map(|entry| {
        let path = format!("figures/{}.svg", entry.name);
        let drawing = Drawing::read(&folder::text(top, &path)?).map_err(|problem| PageError::of(&path, problem))?;
        Ok(figure(entry, &drawing))
    });
    let mut figures = figures.collect::<Result<Vec<String>, PageError>>()?.into_iter();
    let first = figures.next().ok_or_else(|| PageError::of(INDEX, "it lists no figure that is drawn"))?;
    Ok(Figures { first, others: figures.collect(), missing: sentence(&missing) })
}

fn figure(entry: &Entry, drawing: &Drawing) -> String {
    // A pattern stands for files of other machines, which do not lie here.
    let source = |file: &String| if file.contains('*') { escaped(file) } else { link(file, file) };
    let data: Vec<String> = entry.data.iter().map(source).collect();
    let files = ["svg", "png"].map(|kind| link(&format!("figures/{}.{kind}", entry.name), &kind.to_uppercase()));
    let readout = if drawing.told > 0 { "<p class=\"readout\"></p>\n" } else { "" };
    let remark = entry.remark.as_ref().map(|remark| format!(" <b>{}</b>", escaped(remark))).unwrap_or_default();
    format!(
        "<figure id=\"{id}\">\n<div class=\"sheet\">{svg}</div>\n{readout}<figcaption><b>Figure {number}. {title}.</b> {caption}{remark} \
         <span class=\"files\">Data: {data}. Figure: {files}.</span></figcaption>\n</figure>\n",
        id = href(&entry.name),
        svg = drawing.svg,
        number = entry.number,
        title = escaped(&entry.title),
        caption = escaped(&entry.caption),
        data = data.join(", "),
        files = files.join(", "),
    )
}

fn sentence(missing: &[&Entry]) -> String {
    let names: Vec<String> =
        missing.iter().map(|entry| format!("{} ({})", entry.number, escaped(&entry.title))).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => {
            format!("<p class=\"note\">Figure {one} is not drawn, because nothing was measured for it here.</p>\n")
        }
        _ => format!(
            "<p class=\"note\">Figures {} are not drawn, because nothing was measured for them here.</p>\n",
            crate::number::list(&names)
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
            origin: results::Origin::Original,
            remark: None,
            drawn: true,
        }
    }

    #[test]
    fn a_caption_has_number_title_text_remark_data_and_files() {
        let drawing = Drawing { title: "t".to_owned(), svg: "<svg></svg>".to_owned(), told: 3 };
        let entry = Entry { remark: Some("2 of 9 points outdated".to_owned()), ..entry(13, "A & B") };
        let html = figure(&entry, &drawing);
        let caption = "<figcaption><b>Figure 13. A &amp; B.</b> Lines &lt; areas. <b>2 of 9 points outdated</b> <span";
        assert!(html.contains(caption) && html.contains("id=\"fig13\"") && html.contains("readout"), "{html}");
        assert!(html.contains(
            "Data: <a href=\"points.csv\">points.csv</a>, machines/*.json. Figure: <a href=\"figures/fig13.svg\">"
        ));
        assert!(!figure(&entry, &Drawing { told: 0, ..drawing }).contains("readout"));
    }

    #[test]
    fn figures_without_a_measurement_are_one_sentence() {
        assert_eq!(sentence(&[]), "");
        let (one, two) = (entry(4, "Net power"), entry(8, "A < B"));
        assert!(sentence(&[&one]).contains("Figure 4 (Net power) is not drawn"));
        assert!(sentence(&[&one, &two]).contains("Figures 4 (Net power) and 8 (A &lt; B) are not drawn"));
    }
}
