//! The canvas, in points, and its conversion to SVG. Shapes are collected in order and passed to plotters at the end,
//! so that drawing cannot fail half-way.

use std::sync::Arc;

use plotters::prelude::{
    Circle, DrawingArea, EmptyElement, IntoDrawingArea, PathElement, Polygon, RGBAColor, Rectangle, SVGBackend,
    ShapeStyle, Text,
};
use plotters::style::TextStyle as PlottersStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform};

use crate::error::Error;
use crate::font::{self, Weight};
use crate::rect::{Position, Rect};
use crate::style::{Colour, WHITE};
pub use crate::text::{Align, Direction, TextStyle};
use crate::tooltip::{Region, Subject, Tooltip, escaped, targets};

/// Units of the SVG per point. The coordinates of plotters are integers, so it draws ten times as large, and the root
/// element scales that down.
pub const STEPS: f64 = 10.0;

/// Distance of the baseline below the position of a text anchored at its top, in plotters (em).
const TOP_TO_BASELINE: f64 = 0.76;
/// The divisor that plotters applies to font sizes.
const SIZE_FACTOR: f64 = 1.24;

/// The style of a line.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Its colour.
    pub colour: Colour,
    /// Its width (pt).
    pub width: f64,
}

/// Extent of letters above and below the middle of a line (em).
const ABOVE: f64 = 0.40;
const BELOW: f64 = 0.58;

#[derive(Clone, Debug)]
enum Drawn {
    Path(Vec<Position>, Stroke),
    Area(Vec<Position>, Colour),
    Box(Position, Position, Colour),
    Disc(Position, f64, Colour),
    Ring(Position, f64, Stroke),
    Text(Position, String, TextStyle),
}

/// A drawing, as shapes in order.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Width (pt).
    pub width: f64,
    /// Height (pt).
    pub height: f64,
    /// Added to the title for readers who do not see the figure.
    pub remark: Option<String>,
    /// False if there was nothing to draw, and a sentence gives the reason.
    pub drawn: bool,
    shapes: Vec<Shape>,
    tooltips: Vec<Tooltip>,
    /// The present subject.
    subject: Option<Subject>,
}

/// A shape, and its subject.
#[derive(Clone, Debug)]
struct Shape {
    subject: Option<Subject>,
    drawn: Drawn,
}

impl Canvas {
    /// An empty canvas of this size (pt).
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, remark: None, drawn: true, shapes: Vec::new(), tooltips: Vec::new(), subject: None }
    }

    /// Assigns everything that `draw` draws to the subject of this kind and name, for example the `series` `merge`. Its
    /// elements get the attribute `data-KIND="NAME"`, so that a page can highlight it in all figures. `kind` has only
    /// lower-case letters and hyphens.
    pub fn group<T>(&mut self, kind: &'static str, name: &str, draw: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.subject.replace(Subject { kind, name: Arc::from(name) });
        let drawn = draw(self);
        self.subject = before;
        drawn
    }

    fn push(&mut self, drawn: Drawn) {
        self.shapes.push(Shape { subject: self.subject.clone(), drawn });
    }

    /// A line through positions.
    pub fn path(&mut self, positions: impl IntoIterator<Item = Position>, stroke: Stroke) {
        self.push(Drawn::Path(positions.into_iter().collect(), stroke));
    }

    /// A dashed line from one position to another.
    pub fn dashes(&mut self, from: Position, to: Position, stroke: Stroke) {
        const ON: f64 = 4.0;
        const OFF: f64 = 2.5;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt();
        let count = (length / (ON + OFF)).clamp(0.0, 500.0) as usize;
        let at = |distance: f64| {
            let share = if length > 0.0 { (distance / length).min(1.0) } else { 0.0 };
            (from.0 + dx * share, from.1 + dy * share)
        };
        for index in 0..=count {
            let start = index as f64 * (ON + OFF);
            self.path([at(start), at(start + ON)], stroke);
        }
    }

    /// A filled polygon.
    pub fn area(&mut self, corners: impl IntoIterator<Item = Position>, colour: Colour) {
        self.push(Drawn::Area(corners.into_iter().collect(), colour));
    }

    /// A filled rectangle between two opposite corners, upper left first.
    pub fn rectangle(&mut self, from: Position, to: Position, colour: Colour) {
        self.push(Drawn::Box(from, to, colour));
    }

    /// A filled circle.
    pub fn disc(&mut self, centre: Position, radius: f64, colour: Colour) {
        self.push(Drawn::Disc(centre, radius, colour));
    }

    /// The line around a circle.
    pub fn ring(&mut self, centre: Position, radius: f64, stroke: Stroke) {
        self.push(Drawn::Ring(centre, radius, stroke));
    }

    /// A line of text whose capitals are centred on the position, perpendicular to its direction.
    pub fn text(&mut self, position: Position, text: &str, with: TextStyle) {
        self.push(Drawn::Text(position, font::printable(text).into_owned(), with));
    }

    /// Adds everything from another canvas on top.
    pub fn append(&mut self, other: Self) {
        self.shapes.extend(other.shapes);
        self.tooltips.extend(other.tooltips);
    }

    /// Adds a text that a pointer shows in the region. Draws nothing.
    pub fn add_tooltip(&mut self, region: Region, text: String) {
        self.tooltips.push(Tooltip { region, text, subject: self.subject.clone() });
    }

    /// The tooltips, in the order in which they were added.
    pub fn tooltips(&self) -> &[Tooltip] {
        &self.tooltips
    }

    /// Every text and its box, in drawing order.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Rect)> {
        self.shapes.iter().filter_map(|shape| match &shape.drawn {
            Drawn::Text(at, text, with) if !text.is_empty() => Some((text.as_str(), text_box(*at, text, *with))),
            _ => None,
        })
    }

    /// The canvas as a self-contained SVG, with tooltips on top. Its title, for readers who do not see it, is `title`
    /// with the remark.
    ///
    /// # Errors
    /// Those of plotters, which has none when drawing into memory.
    pub fn to_svg(&self, title: &str) -> Result<String, Error> {
        let size = (steps(self.width) as u32, steps(self.height) as u32);
        let background = Drawn::Box((0.0, 0.0), (self.width, self.height), WHITE);
        let (mut body, end) = drawn(size, [&background].into_iter())?;
        for run in self.shapes.chunk_by(|one, other| one.subject == other.subject) {
            let shapes = drawn(size, run.iter().map(|shape| &shape.drawn))?.0;
            match run.first().and_then(|shape| shape.subject.as_ref()) {
                Some(subject) => body += &format!("<g class=\"mark\"{}>\n{shapes}</g>\n", subject.attribute()),
                None => body += &shapes,
            }
        }
        let root = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.1}pt\" height=\"{:.1}pt\" viewBox=\"0 0 {} {}\" \
             role=\"img\">\n<title>{}</title>\n",
            self.width,
            self.height,
            size.0,
            size.1,
            escaped(&self.remark.as_ref().map_or_else(|| title.to_owned(), |remark| format!("{title} ({remark})"))),
        );
        Ok(root + &body + &targets(&self.tooltips, STEPS) + "</svg>" + &end)
    }
}

/// The elements of some shapes, and the text that plotters writes after the root element.
fn drawn<'a>(size: (u32, u32), shapes: impl Iterator<Item = &'a Drawn>) -> Result<(String, String), Error> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        for shape in shapes {
            draw(&area, shape)?;
        }
        area.present().map_err(Error::drawing)?;
    }
    let (_, body) = text.split_once('\n').ok_or_else(|| Error::drawing("the SVG is empty"))?;
    let (body, end) = body.rsplit_once("</svg>").ok_or_else(|| Error::drawing("the SVG has no end"))?;
    Ok((body.to_owned(), end.to_owned()))
}

/// The box of a text drawn at `position`.
pub fn text_box(position: Position, text: &str, with: TextStyle) -> Rect {
    let width = font::width(text, with.size, with.weight);
    let before = match with.align {
        Align::Start => 0.0,
        Align::Middle => width / 2.0,
        Align::End => width,
    };
    let (above, below) = (ABOVE * with.size, BELOW * with.size);
    let (x, y) = position;
    match with.direction {
        Direction::Across => Rect { left: x - before, top: y - above, right: x - before + width, bottom: y + below },
        Direction::Up => Rect { left: x - above, top: y + before - width, right: x + below, bottom: y + before },
    }
}

/// Converts points to the integers of plotters. Positions far outside the canvas stay outside and cannot overflow.
pub fn steps(points: f64) -> i32 {
    (points * STEPS).round().clamp(-1e6, 1e6) as i32
}

fn at(position: Position) -> (i32, i32) {
    (steps(position.0), steps(position.1))
}

fn rgba(colour: Colour) -> RGBAColor {
    let (red, green, blue) = colour.rgb;
    RGBAColor(red, green, blue, colour.opacity)
}

fn lined(stroke: Stroke) -> ShapeStyle {
    ShapeStyle { color: rgba(stroke.colour), filled: false, stroke_width: steps(stroke.width).max(1) as u32 }
}

fn filled(colour: Colour) -> ShapeStyle {
    ShapeStyle { color: rgba(colour), filled: true, stroke_width: 0 }
}

fn draw(area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>, shape: &Drawn) -> Result<(), Error> {
    match shape {
        Drawn::Path(positions, stroke) => {
            let positions: Vec<_> = positions.iter().copied().map(at).collect();
            area.draw(&PathElement::new(positions, lined(*stroke)))
        }
        Drawn::Area(corners, colour) => {
            let corners: Vec<_> = corners.iter().copied().map(at).collect();
            area.draw(&Polygon::new(corners, filled(*colour)))
        }
        Drawn::Box(from, to, colour) => area.draw(&Rectangle::new([at(*from), at(*to)], filled(*colour))),
        Drawn::Disc(centre, radius, colour) => area.draw(&Circle::new(at(*centre), steps(*radius), filled(*colour))),
        Drawn::Ring(centre, radius, stroke) => area.draw(&Circle::new(at(*centre), steps(*radius), lined(*stroke))),
        Drawn::Text(_, text, _) if text.is_empty() => area.draw(&EmptyElement::at((0, 0))),
        Drawn::Text(position, text, with) => {
            // Always anchored at the top: its offset is in em, which all renderers agree on, unlike ex, used for other
            // anchors.
            let shift = (font::HALF_CAPITAL - TOP_TO_BASELINE) * with.size;
            let position = match with.direction {
                Direction::Across => (position.0, position.1 + shift),
                Direction::Up => (position.0 + shift, position.1),
            };
            let transform = match with.direction {
                Direction::Across => FontTransform::None,
                Direction::Up => FontTransform::Rotate270,
            };
            let weight = match with.weight {
                Weight::Regular => FontStyle::Normal,
                Weight::Bold => FontStyle::Bold,
            };
            let horizontal = match with.align {
                Align::Start => HPos::Left,
                Align::Middle => HPos::Center,
                Align::End => HPos::Right,
            };
            let size = with.size * STEPS * SIZE_FACTOR;
            let style = PlottersStyle {
                font: FontDesc::new(FontFamily::Name(font::FAMILY), size, weight).transform(transform),
                color: plotters::prelude::Color::to_backend_color(&rgba(with.colour)),
                pos: Pos::new(horizontal, VPos::Top),
            };
            area.draw(&Text::new(text.as_str(), at(position), style))
        }
    }
    .map_err(Error::drawing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::BLACK;

    #[test]
    fn the_root_gives_the_size_in_points_and_the_scale() {
        let svg = Canvas::new(100.0, 50.0).to_svg("a < b").expect("an SVG");
        assert!(svg.starts_with(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100.0pt\" height=\"50.0pt\" viewBox=\"0 0 1000 500\""
        ));
        assert!(svg.contains("<title>a &lt; b</title>") && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn a_text_has_a_box_along_its_direction() {
        let mut canvas = Canvas::new(100.0, 100.0);
        canvas.text((50.0, 50.0), "Text", TextStyle::new(10.0, BLACK).align(Align::End));
        canvas.text((50.0, 50.0), "Text", TextStyle::new(10.0, BLACK).up());
        let boxes: Vec<Rect> = canvas.texts().map(|(_, rect)| rect).collect();
        assert!(boxes[0].right == 50.0 && boxes[0].width() > boxes[0].height());
        assert!(boxes[1].bottom == 50.0 && boxes[1].width() < boxes[1].height());
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.text((1.0, 1.0), "</text><script>\u{0}", TextStyle::new(8.0, BLACK));
        let svg = canvas.to_svg("t").expect("an SVG");
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && svg.contains("U+0000"));
    }

    #[test]
    fn tooltips_are_on_top_and_draw_nothing() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.add_tooltip(Region::Disc((1.0, 1.0), 5.0), "one".to_owned());
        let mut page = Canvas::new(10.0, 10.0);
        page.append(canvas);
        page.disc((1.0, 1.0), 5.0, BLACK);
        assert_eq!(page.tooltips().len(), 1);
        let with = page.to_svg("t").expect("an SVG");
        let plain = Canvas { tooltips: Vec::new(), ..page }.to_svg("t").expect("an SVG");
        let targets = "<g class=\"tooltip\" fill=\"none\" pointer-events=\"all\">\n\
                       <circle cx=\"10\" cy=\"10\" r=\"50\"><title>one</title></circle>\n</g>\n</svg>";
        assert_eq!(with, plain.replace("</svg>", targets));
    }

    #[test]
    fn the_elements_of_a_subject_are_grouped_under_its_name() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.group("series", "merge", |canvas| {
            canvas.disc((1.0, 1.0), 1.0, BLACK);
            canvas.add_tooltip(Region::Disc((1.0, 1.0), 5.0), "one".to_owned());
        });
        canvas.disc((2.0, 2.0), 1.0, BLACK);
        let svg = canvas.to_svg("t").expect("an SVG");
        let (group, rest) = svg.split_once("</g>").expect("a group");
        assert!(group.contains("<g class=\"mark\" data-series=\"merge\">\n<circle cx=\"10\""), "{svg}");
        assert!(rest.trim_start().starts_with("<circle cx=\"20\""), "{svg}");
        assert!(rest.contains("r=\"50\" data-series=\"merge\"><title>one</title>"), "{svg}");
    }

    #[test]
    fn positions_beyond_all_bounds_do_not_overflow() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.path([(1e300, -1e300), (f64::INFINITY, 0.0)], Stroke { colour: BLACK, width: 1.0 });
        canvas.dashes((0.0, 0.0), (1e300, 0.0), Stroke { colour: BLACK, width: 1.0 });
        assert!(canvas.to_svg("t").is_ok());
    }
}
