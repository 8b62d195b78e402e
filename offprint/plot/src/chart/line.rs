//! A chart of lines through points with error bars.

use super::axes::{Spec, check_size, error_bar, horizontal, overhang, vertical};
use super::legend::Legend;
use super::missing;
use super::value::{Point, check_covered, check_number, error, position_text};
use crate::axis::{Axis, Scale};
use crate::canvas::{Canvas, Stroke};
use crate::error::Error;
use crate::frame::{BELOW, Frame, Labels, left_of};
use crate::label::Obstacles;
use crate::lines::{Segment, polyline};
use crate::marker;
use crate::notes::{Note, with_notes};
use crate::rect::{Position, Rect};
use crate::style::{MarkerStyle, Shape, cycle};
use crate::tooltip::Region;

/// Between the ends of the axes and the frame, so that markers at the ends stay inside (pt).
const MARGIN: f64 = 8.0;
/// Above the frame: half of the uppermost tick label; at its right: a little air (pt).
const TOP: f64 = 6.0;
const RIGHT: f64 = 6.0;
/// No frame is smaller than this in either direction (pt).
const MIN_FRAME: f64 = 40.0;

/// Lines through points, a series each, with error bars; see the [crate documentation](crate).
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    width: f64,
    height: f64,
    x: Spec,
    y: Spec,
    series: Vec<(String, Vec<Point>)>,
    notes: Vec<Note>,
    watermark: Option<String>,
}

impl Chart {
    /// A chart of that width, and of that height without its notes (pt). The title is for readers who do not see the
    /// figure; in a paper the caption has it. Axes are linear until [`x`](Self::x) and [`y`](Self::y) choose otherwise.
    pub fn new(title: impl Into<String>, width: f64, height: f64) -> Self {
        Self {
            title: title.into(),
            width,
            height,
            x: Spec::Of(String::new(), Scale::Linear),
            y: Spec::Of(String::new(), Scale::Linear),
            series: Vec::new(),
            notes: Vec::new(),
            watermark: None,
        }
    }

    /// The horizontal axis, around all values: its quantity with the unit, and its scale.
    pub fn x(self, title: impl Into<String>, scale: Scale) -> Self {
        Self { x: Spec::Of(title.into(), scale), ..self }
    }

    /// The vertical axis over all values and intervals: its quantity with the unit, and its scale. A linear one has
    /// zero.
    pub fn y(self, title: impl Into<String>, scale: Scale) -> Self {
        Self { y: Spec::Of(title.into(), scale), ..self }
    }

    /// A horizontal axis of your own, for example with powers of two as ticks.
    pub fn x_axis(self, axis: Axis) -> Self {
        Self { x: Spec::Given(axis), ..self }
    }

    /// A vertical axis of your own.
    pub fn y_axis(self, axis: Axis) -> Self {
        Self { y: Spec::Given(axis), ..self }
    }

    /// One more series: its name in the legend, and its points in the order in which the line joins them. The line has
    /// a gap where a point has no value.
    pub fn series(mut self, name: impl Into<String>, points: impl IntoIterator<Item = Point>) -> Self {
        self.series.push((name.into(), points.into_iter().collect()));
        self
    }

    /// A sentence below the chart, for example what the error bars are.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note::Plain(text.into()));
        self
    }

    /// A sentence below the chart that must not be overlooked.
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note::Warning(text.into()));
        self
    }

    /// A text across the whole figure, for example `SIMULATED`.
    pub fn watermark(self, text: impl Into<String>) -> Self {
        Self { watermark: Some(text.into()), ..self }
    }

    /// The chart as a self-contained SVG: the same bytes for the same values.
    ///
    /// # Errors
    /// Those of [`to_canvas`](Self::to_canvas).
    pub fn to_svg(&self) -> Result<String, Error> {
        self.to_canvas()?.to_svg(&self.title)
    }

    /// The chart as a canvas, to look at it or to draw more on it. Where no point has a value, it has a sentence in
    /// place of the frame, and [`drawn`](Canvas::drawn) is false.
    ///
    /// # Errors
    /// A number that is not finite, that is not positive on a logarithmic axis or lies outside an axis of your own, an
    /// interval that does not contain its value, or a size that leaves no room for the frame.
    pub fn to_canvas(&self) -> Result<Canvas, Error> {
        self.check()?;
        let points = || self.series.iter().flat_map(|(_, points)| points);
        let missing = self.series.iter().flat_map(|(name, points)| {
            points.iter().filter_map(|point| Some((name.as_str(), point.y.reason()?, Some(position_text(point.x)))))
        });
        let mut notes = self.notes.clone();
        notes.extend(missing::note(missing).map(Note::Plain));
        let watermark = self.watermark.as_deref();
        if points().all(|point| point.y.known().is_none()) {
            return Ok(missing::nothing(self.width, points().next().is_some(), notes, watermark));
        }
        let x = self.x.around(points().map(|point| point.x));
        let y = self.y.with_zero(points().flat_map(|point| point.y.extent()));
        Ok(with_notes(self.draw(&x, &y)?, &notes, watermark))
    }

    fn check(&self) -> Result<(), Error> {
        check_size("width", self.width)?;
        check_size("height", self.height)?;
        for (name, points) in &self.series {
            for (index, point) in points.iter().enumerate() {
                let check = || {
                    check_number("horizontal value", point.x, self.x.scale())?;
                    point.y.check(self.y.scale())?;
                    if let Spec::Given(axis) = &self.x {
                        check_covered("horizontal value", point.x, axis)?;
                    }
                    match (&self.y, point.y.known()) {
                        (Spec::Given(axis), Some(value)) => check_covered("value", value, axis),
                        _ => Ok(()),
                    }
                };
                check().map_err(|problem| error(name, index, problem))?;
            }
        }
        Ok(())
    }

    /// The frame with everything in it.
    fn draw(&self, x: &Axis, y: &Axis) -> Result<Canvas, Error> {
        let styles: Vec<MarkerStyle> = cycle(Shape::ALL.into_iter()).take(self.series.len()).collect();
        let (frame, legend_above) = self.frame(x, y, 0.0)?;
        let obstacles = self.obstacles(&frame);
        // One series is named by the axis or the caption.
        let entries = self.series.iter().map(|(name, _)| name.as_str()).zip(styles.iter().copied());
        let legend = (self.series.len() > 1).then(|| Legend::new(entries, legend_above));
        let inside = legend.as_ref().and_then(|legend| legend.place(frame.area, &obstacles));
        let above = legend.as_ref().filter(|_| inside.is_none());
        let frame = match above {
            Some(legend) => self.frame(x, y, legend.height_above(legend_above) + 2.0)?.0,
            None => frame,
        };

        let mut canvas = Canvas::new(self.width, self.height);
        frame.draw(&mut canvas, Labels::Shown);
        if let Some((legend, room)) = legend.as_ref().zip(inside) {
            legend.draw_inside(&mut canvas, room);
        } else if let Some(legend) = above {
            legend.draw_above(&mut canvas, (frame.area.left, 2.0), legend_above);
        }
        // Bars come last: over a marker of their own colour they do not show, and no other series hides them.
        for draw in [draw_lines, draw_markers, draw_bars] {
            for ((name, points), style) in self.series.iter().zip(&styles) {
                canvas.group("series", name, |canvas| draw(canvas, &frame, points, *style));
            }
        }
        for (name, points) in &self.series {
            canvas.group("series", name, |canvas| self.add_tooltips(canvas, &frame, name, points));
        }
        Ok(canvas)
    }

    /// The frame with so much above it (pt), and its width.
    fn frame(&self, x: &Axis, y: &Axis, above: f64) -> Result<(Frame, f64), Error> {
        let (top, bottom) = (TOP + above, self.height - BELOW);
        let y = vertical(y.clone(), bottom - top - 2.0 * MARGIN);
        let area = Rect { left: left_of(&y) + 2.0, top, right: self.width - RIGHT, bottom };
        let (wide, high) = (MIN_FRAME - area.width(), MIN_FRAME - area.height());
        if wide > 0.0 || high > 0.0 {
            return Err(Error::Size(format!(
                "the chart of {} by {} pt has no room for its frame\nhint: make it at least {:.0} pt wide and {:.0} pt high",
                self.width,
                self.height,
                (self.width + wide).ceil(),
                (self.height + high).ceil()
            )));
        }
        let x = horizontal(x.clone(), area.width() - 2.0 * MARGIN);
        let area = Rect { right: area.right - (overhang(&x, area, MARGIN) - RIGHT + 1.0).max(0.0), ..area };
        Ok((Frame::new(area, &x, &y, MARGIN), area.width()))
    }

    /// What the legend must not cover: markers, error bars and lines.
    fn obstacles(&self, frame: &Frame) -> Obstacles {
        let mut obstacles = Obstacles::default();
        for (_, points) in &self.series {
            let at = |point: &Point| position(frame, point);
            obstacles.discs.extend(points.iter().filter_map(at).map(|at| (at, marker::EXTENT + 1.0)));
            obstacles.lines.extend(points.iter().filter_map(|point| bar(frame, point)));
            obstacles.lines.extend(points.windows(2).filter_map(|pair| Some((at(&pair[0])?, at(&pair[1])?))));
        }
        obstacles
    }

    fn add_tooltips(&self, canvas: &mut Canvas, frame: &Frame, name: &str, points: &[Point]) {
        for point in points {
            let Some(at) = position(frame, point) else { continue };
            let x = format!("{} {}", self.x.title(), position_text(point.x));
            let text = point.y.text(&format!("{name}: {}, {}", x.trim(), self.y.title()));
            canvas.add_tooltip(Region::Disc(at, marker::RADIUS), text);
        }
    }
}

/// Where a point lies, if it has a value.
fn position(frame: &Frame, point: &Point) -> Option<Position> {
    Some(frame.position(point.x, point.y.known()?))
}

fn draw_lines(canvas: &mut Canvas, frame: &Frame, points: &[Point], style: MarkerStyle) {
    for piece in points.chunk_by(|one, other| one.y.known().is_some() && other.y.known().is_some()) {
        let positions: Vec<Position> = piece.iter().filter_map(|point| position(frame, point)).collect();
        polyline(canvas, frame.area, &positions, Stroke { colour: style.colour.for_lines(), width: 1.0 });
    }
}

fn draw_markers(canvas: &mut Canvas, frame: &Frame, points: &[Point], style: MarkerStyle) {
    for at in points.iter().filter_map(|point| position(frame, point)) {
        marker::draw(canvas, at, style, marker::RADIUS, 1.0);
    }
}

fn draw_bars(canvas: &mut Canvas, frame: &Frame, points: &[Point], style: MarkerStyle) {
    let stroke = Stroke { colour: style.colour.for_lines(), width: 0.8 };
    for (at, ends) in points.iter().filter_map(|point| Some((position(frame, point)?, bar(frame, point)?))) {
        error_bar(canvas, at, ends, marker::RADIUS, stroke);
    }
}

/// The ends of a point's error bar, inside the frame.
fn bar(frame: &Frame, point: &Point) -> Option<Segment> {
    point.y.known()?;
    let (low, high) = point.y.ends()?;
    let end = |value: f64| {
        let (x, y) = frame.position(point.x, value);
        (x, y.clamp(frame.area.top, frame.area.bottom))
    };
    Some((end(low), end(high)))
}
