//! A sheet to draw on, in points, and how it becomes SVG. Shapes are kept in order and handed to plotters at the end, so
//! that drawing cannot fail half-way. Knows no axis and no data.

use std::sync::Arc;

use plotters::prelude::{
    Circle, DrawingArea, EmptyElement, IntoDrawingArea, PathElement, Polygon, RGBAColor, Rectangle, SVGBackend,
    ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform};

use crate::font::{self, Weight};
pub use crate::lettering::{Align, Direction, Type};
use crate::rect::{Place, Rect};
use crate::style::{Colour, WHITE};
use crate::told::{Reach, Told, attribute, escaped, targets};

/// Steps a point: plotters' SVG coordinates are integers, so it draws ten times as large and the root scales it down.
pub const STEPS: f64 = 10.0;

/// Where plotters puts a baseline below the place of a text anchored at its top [em].
const TOP_TO_BASELINE: f64 = 0.76;
/// Plotters divides a font's size by this.
const SIZE_FACTOR: f64 = 1.24;

/// A line's looks.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Its colour.
    pub colour: Colour,
    /// Its width [pt].
    pub width: f64,
}

/// Highest letters above a line's middle, deepest letters below it [em].
const ABOVE: f64 = 0.40;
const BELOW: f64 = 0.58;

#[derive(Clone, Debug)]
enum Drawn {
    Path(Vec<Place>, Stroke),
    Area(Vec<Place>, Colour),
    Box(Place, Place, Colour),
    Disc(Place, f64, Colour),
    Ring(Place, f64, Stroke),
    Text(Place, String, Type),
}

/// A sheet.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Width [pt].
    pub width: f64,
    /// Height [pt].
    pub height: f64,
    /// Follows the title for readers who do not see the sheet.
    pub remark: Option<String>,
    /// False where there is nothing to draw, and the sheet holds one sentence that says why.
    pub drawn: bool,
    shapes: Vec<Shape>,
    told: Vec<Told>,
    /// The network that what is drawn belongs to, by name.
    network: Option<Arc<str>>,
}

/// A shape, and the network it belongs to.
#[derive(Clone, Debug)]
struct Shape {
    network: Option<Arc<str>>,
    drawn: Drawn,
}

impl Canvas {
    /// An empty sheet of that size [pt].
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, remark: None, drawn: true, shapes: Vec::new(), told: Vec::new(), network: None }
    }

    /// What `draw` draws belongs to the network of that name: a page can highlight it in all figures.
    pub fn of<T>(&mut self, network: &str, draw: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.network.replace(Arc::from(network));
        let drawn = draw(self);
        self.network = before;
        drawn
    }

    fn push(&mut self, drawn: Drawn) {
        self.shapes.push(Shape { network: self.network.clone(), drawn });
    }

    /// A line through places.
    pub fn path(&mut self, places: impl IntoIterator<Item = Place>, stroke: Stroke) {
        self.push(Drawn::Path(places.into_iter().collect(), stroke));
    }

    /// A broken line from one place to another.
    pub fn dashes(&mut self, from: Place, to: Place, stroke: Stroke) {
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
    pub fn area(&mut self, corners: impl IntoIterator<Item = Place>, colour: Colour) {
        self.push(Drawn::Area(corners.into_iter().collect(), colour));
    }

    /// A filled rectangle between two opposite corners, upper left first.
    pub fn rectangle(&mut self, from: Place, to: Place, colour: Colour) {
        self.push(Drawn::Box(from, to, colour));
    }

    /// A filled circle.
    pub fn disc(&mut self, centre: Place, radius: f64, colour: Colour) {
        self.push(Drawn::Disc(centre, radius, colour));
    }

    /// The line around a circle.
    pub fn ring(&mut self, centre: Place, radius: f64, stroke: Stroke) {
        self.push(Drawn::Ring(centre, radius, stroke));
    }

    /// A line of text whose capitals are centred on the place, across its direction.
    pub fn text(&mut self, place: Place, text: &str, with: Type) {
        self.push(Drawn::Text(place, font::printable(text).into_owned(), with));
    }

    /// All that the other holds, on top of what is here.
    pub fn append(&mut self, other: Self) {
        self.shapes.extend(other.shapes);
        self.told.extend(other.told);
    }

    /// Tells whoever points there; nothing is drawn.
    pub fn tell(&mut self, reach: Reach, words: String) {
        self.told.push(Told { reach, words, network: self.network.clone() });
    }

    /// What is told where, in the order drawn.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// Every text with the box it fills, in the order drawn.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Rect)> {
        self.shapes.iter().filter_map(|shape| match &shape.drawn {
            Drawn::Text(place, text, with) if !text.is_empty() => Some((text.as_str(), text_box(*place, text, *with))),
            _ => None,
        })
    }

    /// The sheet as a self-contained SVG, `title` and remark said to readers who do not see it; what is told lies on top.
    ///
    /// # Errors
    /// What plotters says; drawing into memory it says nothing.
    pub fn to_svg(&self, title: &str) -> Result<String, String> {
        let size = (steps(self.width) as u32, steps(self.height) as u32);
        let background = Drawn::Box((0.0, 0.0), (self.width, self.height), WHITE);
        let (mut body, end) = drawn(size, [&background].into_iter())?;
        for run in self.shapes.chunk_by(|one, other| one.network == other.network) {
            let shapes = drawn(size, run.iter().map(|shape| &shape.drawn))?.0;
            match run.first().and_then(|shape| shape.network.as_deref()) {
                Some(network) => body += &format!("<g class=\"mark\"{}>\n{shapes}</g>\n", attribute(network)),
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
        Ok(root + &body + &targets(&self.told, STEPS) + "</svg>" + &end)
    }
}

/// The elements of some shapes, and what plotters writes after the root's end.
fn drawn<'a>(size: (u32, u32), shapes: impl Iterator<Item = &'a Drawn>) -> Result<(String, String), String> {
    let mut text = String::new();
    {
        let sheet = SVGBackend::with_string(&mut text, size).into_drawing_area();
        for shape in shapes {
            draw(&sheet, shape)?;
        }
        sheet.present().map_err(|error| error.to_string())?;
    }
    let (_, body) = text.split_once('\n').ok_or("the drawing is empty")?;
    let (body, end) = body.rsplit_once("</svg>").ok_or("the drawing has no end")?;
    Ok((body.to_owned(), end.to_owned()))
}

/// The box that a text drawn at `place` fills.
pub fn text_box(place: Place, text: &str, with: Type) -> Rect {
    let width = font::width(text, with.size, with.weight);
    let before = match with.align {
        Align::Start => 0.0,
        Align::Middle => width / 2.0,
        Align::End => width,
    };
    let (above, below) = (ABOVE * with.size, BELOW * with.size);
    let (x, y) = place;
    match with.direction {
        Direction::Across => Rect { left: x - before, top: y - above, right: x - before + width, bottom: y + below },
        Direction::Up => Rect { left: x - above, top: y + before - width, right: x + below, bottom: y + before },
    }
}

/// Points as plotters' integers. What is far outside the sheet stays outside and cannot overflow.
pub fn steps(points: f64) -> i32 {
    (points * STEPS).round().clamp(-1e6, 1e6) as i32
}

fn at(place: Place) -> (i32, i32) {
    (steps(place.0), steps(place.1))
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

fn draw(sheet: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>, shape: &Drawn) -> Result<(), String> {
    match shape {
        Drawn::Path(places, stroke) => {
            let places: Vec<_> = places.iter().copied().map(at).collect();
            sheet.draw(&PathElement::new(places, lined(*stroke)))
        }
        Drawn::Area(corners, colour) => {
            let corners: Vec<_> = corners.iter().copied().map(at).collect();
            sheet.draw(&Polygon::new(corners, filled(*colour)))
        }
        Drawn::Box(from, to, colour) => sheet.draw(&Rectangle::new([at(*from), at(*to)], filled(*colour))),
        Drawn::Disc(centre, radius, colour) => sheet.draw(&Circle::new(at(*centre), steps(*radius), filled(*colour))),
        Drawn::Ring(centre, radius, stroke) => sheet.draw(&Circle::new(at(*centre), steps(*radius), lined(*stroke))),
        Drawn::Text(_, text, _) if text.is_empty() => sheet.draw(&EmptyElement::at((0, 0))),
        Drawn::Text(place, text, with) => {
            // Always anchored at the top: its offset is in em, which every renderer agrees on, and the others' in ex.
            let shift = (font::HALF_CAPITAL - TOP_TO_BASELINE) * with.size;
            let place = match with.direction {
                Direction::Across => (place.0, place.1 + shift),
                Direction::Up => (place.0 + shift, place.1),
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
            let style = TextStyle {
                font: FontDesc::new(FontFamily::Name(font::FAMILY), size, weight).transform(transform),
                color: plotters::prelude::Color::to_backend_color(&rgba(with.colour)),
                pos: Pos::new(horizontal, VPos::Top),
            };
            sheet.draw(&Text::new(text.as_str(), at(place), style))
        }
    }
    .map_err(|error| error.to_string())
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
    fn a_text_tells_its_box() {
        let mut canvas = Canvas::new(100.0, 100.0);
        canvas.text((50.0, 50.0), "VGG", Type::new(10.0, BLACK).align(Align::End));
        canvas.text((50.0, 50.0), "VGG", Type::new(10.0, BLACK).up());
        let boxes: Vec<Rect> = canvas.texts().map(|(_, rect)| rect).collect();
        assert!(boxes[0].right == 50.0 && boxes[0].width() > boxes[0].height());
        assert!(boxes[1].bottom == 50.0 && boxes[1].width() < boxes[1].height());
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.text((1.0, 1.0), "</text><script>\u{0}", Type::new(8.0, BLACK));
        let svg = canvas.to_svg("t").expect("an SVG");
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && svg.contains("U+0000"));
    }

    #[test]
    fn what_is_told_lies_on_top_and_draws_nothing() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.tell(Reach::Disc((1.0, 1.0), 5.0), "one".to_owned());
        let mut sheet = Canvas::new(10.0, 10.0);
        sheet.append(canvas);
        sheet.disc((1.0, 1.0), 5.0, BLACK);
        assert_eq!(sheet.told().len(), 1);
        let told = sheet.to_svg("t").expect("an SVG");
        let plain = Canvas { told: Vec::new(), ..sheet }.to_svg("t").expect("an SVG");
        let targets = "<g class=\"told\" fill=\"none\" pointer-events=\"all\">\n\
                       <circle cx=\"10\" cy=\"10\" r=\"50\"><title>one</title></circle>\n</g>\n</svg>";
        assert_eq!(told, plain.replace("</svg>", targets));
    }

    #[test]
    fn what_belongs_to_a_network_is_grouped_under_its_name() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.of("vgg-16", |canvas| {
            canvas.disc((1.0, 1.0), 1.0, BLACK);
            canvas.tell(Reach::Disc((1.0, 1.0), 5.0), "one".to_owned());
        });
        canvas.disc((2.0, 2.0), 1.0, BLACK);
        let svg = canvas.to_svg("t").expect("an SVG");
        let (marks, rest) = svg.split_once("</g>").expect("a group");
        assert!(marks.contains("<g class=\"mark\" data-network=\"vgg-16\">\n<circle cx=\"10\""), "{svg}");
        assert!(rest.trim_start().starts_with("<circle cx=\"20\""), "{svg}");
        assert!(rest.contains("r=\"50\" data-network=\"vgg-16\"><title>one</title>"), "{svg}");
    }

    #[test]
    fn places_beyond_all_bounds_do_not_overflow() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.path([(1e300, -1e300), (f64::INFINITY, 0.0)], Stroke { colour: BLACK, width: 1.0 });
        canvas.dashes((0.0, 0.0), (1e300, 0.0), Stroke { colour: BLACK, width: 1.0 });
        assert!(canvas.to_svg("t").is_ok());
    }
}
