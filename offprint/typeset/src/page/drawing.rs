//! A figure's SVG as a part of a page: read as XML and written anew with known elements and attributes alone, so that nothing in it can
//! run, refer to anything, or share a name with another figure. Knows no figure.

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

/// A figure, ready to stand in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Its title, as text.
    pub title: String,
    /// The element `svg`: it scales with the page, and screen readers read its title.
    pub svg: String,
    /// How many of its marks have a tooltip.
    pub tooltips: usize,
}

impl Drawing {
    /// The figure of an SVG's text, or what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if root.tag_name().name() != "svg" {
            return Err(format!("its root is `{}`", root.tag_name().name()));
        }
        let view = root.attribute("viewBox").ok_or("its root has no `viewBox`")?;
        let title = root.children().find(|child| child.has_tag_name((SVG, "title")));
        let title = title.and_then(|title| title.text()).unwrap_or_default().trim().to_owned();
        if title.is_empty() {
            return Err("it has no `<title>`, which screen readers read".to_owned());
        }
        let mut svg = format!("<svg viewBox=\"{}\" role=\"img\" aria-label=\"{}\">\n", escaped(view), escaped(&title));
        let mut tooltips = 0;
        for child in root.children().filter(|child| !child.has_tag_name((SVG, "title"))) {
            write(child, MAX_DEPTH, &mut svg, &mut tooltips)?;
        }
        svg.push_str("</svg>");
        Ok(Self { title, svg, tooltips })
    }
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

    fn read(body: &str) -> Result<Drawing, String> {
        Drawing::read(&format!(
            "<svg xmlns=\"{SVG}\" width=\"9pt\" height=\"9pt\" viewBox=\"0 0 90 90\" role=\"img\">\n{body}</svg>\n"
        ))
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
    fn what_could_run_or_refer_to_something_is_refused() {
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
        }
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        let deep = format!("<title>t</title>{}{}", "<g>".repeat(40), "</g>".repeat(40));
        assert!(read(&deep).expect_err("deep").contains("too deep"));
        assert!(read("<rect/>").expect_err("no title").contains("no `<title>`"));
        assert!(Drawing::read("<html/>").expect_err("no root").contains("`html`"));
        assert!(Drawing::read("no XML").is_err());
        let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><title>&a;</title></svg>";
        assert!(Drawing::read(bomb).is_err(), "entities are not read");
    }
}
