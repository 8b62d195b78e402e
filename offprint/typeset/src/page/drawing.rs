//! A figure's SVG as a part of a page: read as XML and written anew with known elements and attributes alone, so that nothing in it can
//! run, refer to anything, or share a name with another figure. An SVG with more than those becomes an image, in which browsers run
//! nothing and load nothing. Independent of figures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::usvg::roxmltree::{Document, Node, ParsingOptions};

use super::markup::escaped;

/// The elements a figure may have.
const ELEMENTS: [&str; 11] =
    ["circle", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "text", "title", "tspan"];

/// Their attributes, besides those that begin with `data-`. None refers to anything: there is no `id`, no `href` and no `style`.
const ATTRIBUTES: [&str; 36] = [
    "class",
    "cx",
    "cy",
    "d",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "fill-rule",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "opacity",
    "pointer-events",
    "points",
    "r",
    "rx",
    "ry",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// More than any figure has [nodes].
const MAX_NODES: u32 = 500_000;
/// Elements in each other.
const MAX_DEPTH: usize = 16;

/// What only an SVG with tooltips has.
const TOOLTIP: &str = "class=\"tooltip\"";

/// A figure, ready to stand in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Its title, as text.
    pub title: String,
    /// The element `svg` or `img`: it scales with the page, and screen readers read its title.
    pub svg: String,
    /// How many of its marks have a tooltip.
    pub tooltips: usize,
}

impl Drawing {
    /// The figure of an SVG's text, or what is wrong with it. `title` is for an SVG that has none.
    pub fn read(text: &str, title: Option<&str>) -> Result<Self, String> {
        match Self::inline(text, title) {
            // With tooltips it is one of `offprint-plot`, which as an image would lose them without a word.
            Err(_) if !text.contains(TOOLTIP) => Self::image(text, title),
            inline => inline,
        }
    }

    /// The figure as an element `svg`, with its tooltips.
    fn inline(text: &str, title: Option<&str>) -> Result<Self, String> {
        let document = parsed(text, false)?;
        let root = document.root_element();
        let title = titled(root, title)?;
        let view = root.attribute("viewBox").ok_or("its root has no `viewBox`")?;
        let mut svg = format!("<svg viewBox=\"{}\" role=\"img\" aria-label=\"{}\">\n", escaped(view), escaped(&title));
        let mut tooltips = 0;
        for child in root.children().filter(|child| !child.has_tag_name((SVG, "title"))) {
            write(child, MAX_DEPTH, &mut svg, &mut tooltips)?;
        }
        svg.push_str("</svg>");
        Ok(Self { title, svg, tooltips })
    }

    /// The figure as an element `img`, as other programs wrote it: with styles, references and a document type, without tooltips.
    fn image(text: &str, title: Option<&str>) -> Result<Self, String> {
        let document = parsed(text, true)?;
        // Browsers run nothing in an image. The file itself, which the page links, is opened as a document.
        if let Some(active) = document.descendants().find(|node| is_active(*node)) {
            return Err(format!("element `{}` may not stand in a figure", active.tag_name().name()));
        }
        let title = titled(document.root_element(), title)?;
        let (data, alt) = (STANDARD.encode(text), escaped(&title));
        let svg = format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{alt}\">");
        Ok(Self { title, svg, tooltips: 0 })
    }
}

/// Whether a document runs something at this element.
fn is_active(node: Node<'_, '_>) -> bool {
    matches!(node.tag_name().name(), "script" | "foreignObject")
        || node.attributes().any(|attribute| attribute.name().starts_with("on"))
}

/// An SVG as XML.
fn parsed(text: &str, allow_dtd: bool) -> Result<Document<'_>, String> {
    let options = ParsingOptions { nodes_limit: MAX_NODES, allow_dtd, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    match document.root_element().tag_name().name() {
        "svg" => Ok(document),
        other => Err(format!("its root is `{other}`")),
    }
}

/// The title in the SVG, else the other.
fn titled(root: Node<'_, '_>, other: Option<&str>) -> Result<String, String> {
    let own = root.children().find(|child| child.has_tag_name((SVG, "title"))).and_then(|title| title.text());
    let title = [own, other].into_iter().flatten().map(str::trim).find(|title| !title.is_empty());
    let missing = || "it has no title for screen readers\nhint: name the figure in figures/index.json, or give its SVG a `<title>`";
    title.map(str::to_owned).ok_or_else(|| missing().to_owned())
}

const SVG: &str = "http://www.w3.org/2000/svg";

fn write(node: Node<'_, '_>, depth: usize, out: &mut String, tooltips: &mut usize) -> Result<(), String> {
    if node.is_text() {
        out.push_str(&escaped(node.text().unwrap_or_default().trim_matches(['\n', ' '])));
        return Ok(());
    }
    if !node.is_element() {
        return Ok(());
    }
    let name = ELEMENTS.into_iter().find(|name| node.has_tag_name((SVG, *name)));
    let name = name.ok_or_else(|| format!("element `{}` may not stand in a figure", node.tag_name().name()))?;
    if depth == 0 {
        return Err("its elements are nested too deeply".to_owned());
    }
    out.push('<');
    out.push_str(name);
    for attribute in node.attributes() {
        let listed = ATTRIBUTES.contains(&attribute.name()) || attribute.name().starts_with("data-");
        let known = attribute.namespace().is_none() && listed;
        // What is in brackets may be an address; only a transformation has any.
        let plain = attribute.name() == "transform" || !attribute.value().contains('(');
        if !known || !plain {
            return Err(format!("attribute `{}` of `{name}` may not stand in a figure", attribute.name()));
        }
        out.push_str(&format!(" {}=\"{}\"", attribute.name(), escaped(attribute.value())));
    }
    *tooltips += usize::from(name == "title");
    if !node.has_children() {
        out.push_str("/>\n");
        return Ok(());
    }
    out.push('>');
    for child in node.children() {
        write(child, depth - 1, out, tooltips)?;
    }
    out.push_str(&format!("</{name}>"));
    out.push_str(if name == "title" { "" } else { "\n" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(body: &str) -> String {
        format!("<svg xmlns=\"{SVG}\" width=\"9pt\" height=\"9pt\" viewBox=\"0 0 90 90\" role=\"img\">\n{body}</svg>\n")
    }

    fn read(body: &str) -> Result<Drawing, String> {
        Drawing::inline(&sheet(body), None)
    }

    #[test]
    fn a_figure_is_kept_whole() {
        let body = "<title>Figure 3: a &lt; b &amp; \"c\"</title>\n<text x=\"1\" dy=\"0.76em\" fill=\"#1A1A1A\">\n a &lt; b \n</text>\n\
                    <g class=\"tooltips\" fill=\"none\" pointer-events=\"all\"><circle cx=\"1\" cy=\"2\" r=\"3\" data-series=\"x\"><title>x: 1\ny: 2</title></circle></g>";
        let drawing = read(body).expect("a figure");
        assert_eq!((drawing.title.as_str(), drawing.tooltips), ("Figure 3: a < b & \"c\"", 1));
        let expected = "<svg viewBox=\"0 0 90 90\" role=\"img\" aria-label=\"Figure 3: a &lt; b &amp; &quot;c&quot;\">\n\
                        <text x=\"1\" dy=\"0.76em\" fill=\"#1A1A1A\">a &lt; b</text>\n\
                        <g class=\"tooltips\" fill=\"none\" pointer-events=\"all\"><circle cx=\"1\" cy=\"2\" r=\"3\" data-series=\"x\"><title>x: 1\ny: 2</title></circle>\n</g>\n</svg>";
        assert_eq!(drawing.svg, expected);
    }

    #[test]
    fn what_could_run_or_refer_to_something_does_not_stand_in_the_page() {
        for hostile in [
            "<script>alert(1)</script>",
            "<a href=\"https://example.org\"><text>x</text></a>",
            "<image href=\"https://example.org/a.png\"/>",
            "<foreignObject><p xmlns=\"http://www.w3.org/1999/xhtml\">x</p></foreignObject>",
            "<rect onclick=\"alert(1)\"/>",
            "<rect style=\"fill:url(https://example.org)\"/>",
            "<rect fill=\"url(#a)\"/>",
            "<rect id=\"a\"/>",
            "<use xlink:href=\"#a\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"/>",
            "<style>* { color: red }</style>",
            "<rect xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        ] {
            let error = read(&format!("<title>t</title>{hostile}")).expect_err(hostile);
            assert!(error.ends_with(" may not stand in a figure"), "{hostile}: {error}");
            let text = sheet(hostile);
            let Ok(drawing) = Drawing::read(&text, Some("a < b")) else {
                assert!(
                    ["<script", "<foreign", "<rect on"].iter().any(|active| hostile.starts_with(active)),
                    "{hostile}"
                );
                continue;
            };
            let data = drawing.svg.strip_prefix("<img src=\"data:image/svg+xml;base64,").expect("an image");
            let data = data.strip_suffix("\" alt=\"a &lt; b\">").expect("its title");
            assert_eq!((STANDARD.decode(data).expect("base64"), drawing.tooltips), (text.into_bytes(), 0));
        }
    }

    #[test]
    fn what_runs_something_is_refused_also_as_an_image_and_tooltips_are_never_lost() {
        let refused = |body: &str| Drawing::read(&sheet(&format!("<title>t</title>{body}")), None).expect_err(body);
        assert_eq!(refused("<style/><script>alert(1)</script>"), "element `script` may not stand in a figure");
        assert!(refused("<style/><rect onclick=\"alert(1)\"/>").contains("`rect`"));
        assert!(refused("<style/><g class=\"tooltip\"/>").contains("`style`"));
        assert!(
            Drawing::read(&sheet("<title>t</title><style/><rect/>"), None)
                .is_ok_and(|image| image.svg.starts_with("<img "))
        );
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        let deep = format!("<title>t</title>{}{}", "<g>".repeat(40), "</g>".repeat(40));
        assert!(read(&deep).expect_err("deep").contains("too deep"));
        assert!(Drawing::read(&sheet("<rect/>"), None).expect_err("no title").contains("no title"));
        assert!(Drawing::read("<html/>", Some("t")).expect_err("no root").contains("`html`"));
        assert!(Drawing::read("no XML", Some("t")).is_err());
        let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><title>&a;</title></svg>";
        assert!(Drawing::inline(bomb, None).is_err(), "entities are not read");
    }
}
