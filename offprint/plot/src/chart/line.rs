//! A chart of lines through points with error bars.

use super::axes::{Spec, check_size, error_bar, horizontal, overhang, vertical};
use super::legend::Legend;
use super::surroundings::{Surroundings, methods_of_surroundings};
use super::value::{Point, check_covered, check_number, error, position_text};
use crate::axis::{Axis, Scale};
use crate::canvas::{Canvas, Stroke};
use crate::error::Error;
use crate::frame::{BELOW, Frame, Labels, left_of};
use crate::label::Obstacles;
use crate::lines::{Segment, polyline};
use crate::marker;
use crate::notes::Note;
use crate::rect::{Position, Rect};
use crate::style::{MarkerStyle, Shape, cycle};
use crate::tooltip::Region;

/// Gap between the ends of the axes and the frame, so that markers at the ends stay inside (pt).
const MARGIN: f64 = 8.0;
/// Space above the frame, for half of the uppermost tick label, and at its right (pt).
const TOP: f64 = 6.0;
const RIGHT: f64 = 6.0;
/// Minimum width and height of the frame (pt).
const MIN_FRAME: f64 = 40.0;

/// Lines through points, one per series, with error bars; see the [crate documentation](crate).
#[derive(Clone, Debug)]
pub struct Chart {
    surroundings: Surroundings,
    height: f64,
    y: Spec,
    series: Vec<(String, Vec<Point>)>,
}

impl Chart {
    /// A chart of that width, and of that height without its notes (pt). The title is for readers who do not see the
    /// figure; in a paper the caption has it. Axes are linear until [`x`](Self::x) and [`y`](Self::y) choose otherwise.
    pub fn new(title: impl Into<String>, width: f64, height: f64) -> Self {
        Self {
            surroundings: Surroundings::new(title.into(), width),
            height,
            y: Spec::Of(String::new(), Scale::Linear),
            series: Vec::new(),
        }
    }

    /// The horizontal axis, around all values: its quantity with the unit, and its scale.
    pub fn x(mut self, title: impl Into<String>, scale: Scale) -> Self {
        self.surroundings.x = Spec::Of(title.into(), scale);
        self
    }

    /// The vertical axis over all values and intervals: its quantity with the unit, and its scale. A linear one has
    /// zero.
    pub fn y(self, title: impl Into<String>, scale: Scale) -> Self {
        Self { y: Spec::Of(title.into(), scale), ..self }
    }

    /// A vertical axis of your own.
    pub fn y_axis(self, axis: Axis) -> Self {
        Self { y: Spec::Given(axis), ..self }
    }

    /// Adds a series: its name in the legend, and its points in the order of the line. The line has a gap where a point
    /// has no value.
    pub fn series(mut self, name: impl Into<String>, points: impl IntoIterator<Item = Point>) -> Self {
        self.series.push((name.into(), points.into_iter().collect()));
        self
    }

    methods_of_surroundings!();

    /// The chart as a canvas, to examine it or to draw more on it. If no point has a value, it has a sentence instead
    /// of the frame, and [`drawn`](Canvas::drawn) is false.
    ///
    /// # Errors
    /// A number that is not finite, that is not positive on a logarithmic axis or is outside an axis of your own, an
    /// interval that does not contain its value, or a size that leaves no room for the frame.
    pub fn to_canvas(&self) -> Result<Canvas, Error> {
        self.check()?;
        let points = || self.series.iter().flat_map(|(_, points)| points);
        let named = self.series.iter().flat_map(|(name, points)| {
            points.iter().map(|point| (name.as_str(), &point.y, Some(position_text(point.x))))
        });
        self.surroundings.finish(named, || {
            let x = self.surroundings.x.around(points().map(|point| point.x));
            let y = self.y.with_zero(points().flat_map(|point| point.y.extent()));
            self.draw(&x, &y)
        })
    }

    fn check(&self) -> Result<(), Error> {
        check_size("width", self.surroundings.width)?;
        check_size("height", self.height)?;
        for (name, points) in &self.series {
            for (index, point) in points.iter().enumerate() {
                let check = || {
                    check_number("horizontal value", point.x, self.surroundings.x.scale())?;
                    point.y.check(self.y.scale())?;
                    if let Spec::Given(axis) = &self.surroundings.x {
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

    /// Draws the frame and everything in it.
    fn draw(&self, x: &Axis, y: &Axis) -> Result<Canvas, Error> {
        let styles: Vec<MarkerStyle> = cycle(Shape::ALL.into_iter()).take(self.series.len()).collect();
        let (frame, legend_above) = self.frame(x, y, 0.0)?;
        let obstacles = self.obstacles(&frame);
        // One series is named by the axis or the caption.
        let entries = self.series.iter().map(|(name, _)| name.as_str()).zip(styles.iter().copied());
        let legend = (self.series.len() > 1).then(|| Legend::new(entries, legend_above));
        let inside = legend.as_ref().and_then(|legend| legend.find_room(frame.area, &obstacles));
        let above = legend.as_ref().filter(|_| inside.is_none());
        let frame = match above {
            Some(legend) => self.frame(x, y, legend.height_above(legend_above) + 2.0)?.0,
            None => frame,
        };

        let mut canvas = Canvas::new(self.surroundings.width, self.height);
        frame.draw(&mut canvas, Labels::Shown);
        if let Some((legend, room)) = legend.as_ref().zip(inside) {
            legend.draw_inside(&mut canvas, room);
        } else if let Some(legend) = above {
            legend.draw_above(&mut canvas, (frame.area.left, 2.0), legend_above);
        }
        // Bars come last, so that no other series hides them. Over their own marker, they have the same colour.
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

    /// The frame below a space of `above` (pt), and its width.
    fn frame(&self, x: &Axis, y: &Axis, above: f64) -> Result<(Frame, f64), Error> {
        let (top, bottom) = (TOP + above, self.height - BELOW);
        let y = vertical(y.clone(), bottom - top - 2.0 * MARGIN);
        let area = Rect { left: left_of(&y) + 2.0, top, right: self.surroundings.width - RIGHT, bottom };
        let (wide, high) = (MIN_FRAME - area.width(), MIN_FRAME - area.height());
        if wide > 0.0 || high > 0.0 {
            return Err(Error::Size(format!(
                "the chart of {} by {} pt has no room for its frame\nhint: make it at least {:.0} pt wide and {:.0} pt \
                 high",
                self.surroundings.width,
                self.height,
                (self.surroundings.width + wide).ceil(),
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
            let x = format!("{} {}", self.surroundings.x.title(), position_text(point.x));
            let text = point.y.text(&format!("{name}: {}, {}", x.trim(), self.y.title()));
            canvas.add_tooltip(Region::Disc(at, marker::RADIUS), text);
        }
    }
}

/// The position of a point, if it has a value.
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
