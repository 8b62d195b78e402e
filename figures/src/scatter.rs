//! Labelled points, as marks or as discs whose area is a quantity, in one panel or two side by side, as in
//! Figures 2, 6, 7, 8, 9 and 12. Independent of quantities.

use offprint_plot::axis::Axis;
use offprint_plot::canvas::{Canvas, Stroke, TextStyle};
use offprint_plot::frame::{BELOW, Frame, Labels, left_of};
use offprint_plot::label::{self, Label, Obstacles, arrange};
use offprint_plot::lines::{arrow, polyline};
use offprint_plot::marker;
use offprint_plot::message;
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, FRAME, GREY, SHADE, WHITE, size};
use offprint_plot::tooltip::Region;

use crate::area_legend::AreaLegend;
use crate::figure_data::{FigureData, Network};
use crate::finish::{WIDTH, finish};
use crate::line::{Kind, Line};
use crate::outdated::Shows;
use crate::panel::{DataPoint, Panel};
use crate::style::FAINT;
use crate::wording;

/// Usual height of the frame of a single panel [pt].
pub const SINGLE_HEIGHT: f64 = 205.0;
/// Usual height of the frame of each of two panels [pt].
pub const PAIR_HEIGHT: f64 = 186.0;
/// Between two panels [pt].
const BETWEEN: f64 = 14.0;
/// Between the axes' ends and the frame, so that discs at the ends stay inside [pt].
const MARGIN: f64 = 10.0;

/// The quantities of a network, at the batch of the panel if it has one.
pub type TooltipText = fn(&Network, Option<u32>) -> String;

/// What a figure of points shows.
pub struct Scatter<'a> {
    /// Horizontal axis of all panels.
    pub x: Axis,
    /// Vertical axis of all panels.
    pub y: Axis,
    /// Height of a panel's frame [pt].
    pub height: f64,
    /// The legend of areas; without it, all marks have the same size.
    pub legend: Option<AreaLegend>,
    /// The note that explains the faint points, if there are any.
    pub published_note: &'static str,
    /// One or two.
    pub panels: Vec<Panel<'a>>,
    /// The measured points that it draws or explains.
    pub shows: Shows,
    /// The tooltip of a mark, at the panel's batch.
    pub tooltip: TooltipText,
    /// Notes below the plot.
    pub notes: Vec<String>,
}

/// Draws them.
pub fn draw(data: &FigureData, scatter: Scatter<'_>) -> Canvas {
    let Scatter { x, y, height, legend, published_note, panels, shows, tooltip, mut notes } = scatter;
    let count = panels.len().max(1) as f64;
    let titled = panels.iter().any(|panel| !panel.title.is_empty());
    let top = 6.0 + if titled { 15.0 } else { 0.0 };
    let left = left_of(&y);
    let each = (WIDTH - left - 10.0 - BETWEEN * (count - 1.0)) / count;
    let mut plot = Canvas::new(WIDTH, top + height + BELOW);
    let mut unnamed = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let start = left + (each + BETWEEN) * index as f64;
        let area = Rect { left: start, top, right: start + each, bottom: top + height };
        let frame = Frame::new(area, &x, &y, MARGIN);
        let side = if index == 0 { Labels::Shown } else { Labels::Hidden };
        draw_panel(&mut plot, &frame, side, panel, legend.as_ref(), &mut unnamed);
        add_tooltips(&mut plot, data, &frame, panel, (legend.as_ref(), tooltip));
    }
    if panels.iter().any(|panel| !panel.published.is_empty()) {
        notes.insert(0, published_note.to_owned());
    }
    if !unnamed.is_empty() {
        notes.push(format!("Not labelled for lack of space: {}.", unnamed.join(", ")));
    }
    finish(data, plot, shows, &notes)
}

/// Draws one panel without a legend of areas, and returns the names that found no room.
pub fn one(
    plot: &mut Canvas,
    data: &FigureData,
    (frame, side): (&Frame, Labels),
    panel: &Panel<'_>,
    tooltip: TooltipText,
) -> Vec<String> {
    let mut unnamed = Vec::new();
    draw_panel(plot, frame, side, panel, None, &mut unnamed);
    add_tooltips(plot, data, frame, panel, (None, tooltip));
    unnamed
}

/// Draws one panel and adds names that found no room.
fn draw_panel(
    plot: &mut Canvas,
    frame: &Frame,
    side: Labels,
    panel: &Panel<'_>,
    legend: Option<&AreaLegend>,
    unnamed: &mut Vec<String>,
) {
    let area = frame.area;
    let mut obstacles = Obstacles::default();
    panel.lines.iter().for_each(|line| band(plot, frame, line));
    frame.draw(plot, side);
    plot.text((area.left, area.top - 8.0), &panel.title, TextStyle::new(size::TEXT, BLACK).bold());
    let mut scales = Vec::new();
    for line in &panel.lines {
        let drawn = draw_line(plot, frame, line);
        if line.kind == Kind::Scale { scales.extend(drawn) } else { obstacles.lines.extend(drawn) }
    }
    let steps: Vec<Position> = panel.steps.iter().map(|&(x, y)| frame.position(x, y)).collect();
    obstacles.lines.extend(polyline(plot, area, &steps, Stroke { colour: GREY, width: 0.9 }));

    let radius = |network: &Network| legend.map_or(marker::RADIUS, |legend| legend.radius(network));
    let (measured, published) = (inside(frame, &panel.measured, radius), inside(frame, &panel.published, radius));
    let unlabelled = inside(frame, &panel.unlabelled, radius);
    for (position, point) in published.iter().chain(&unlabelled).chain(&measured) {
        obstacles.discs.push((*position, legend.map_or(marker::EXTENT, |legend| legend.radius(point.network))));
    }
    for (position, of) in &published {
        plot.group("network", &of.network.name, |plot| {
            draw_point(plot, *position, of.network, panel.batch, legend, Source::Published)
        });
    }
    for (position, of) in unlabelled.iter().chain(&measured) {
        plot.group("network", &of.network.name, |plot| {
            whiskers(plot, frame, of, radius(of.network));
            draw_point(plot, *position, of.network, panel.batch, legend, Source::Measured);
        });
    }
    if legend.is_some() {
        for (position, of) in &measured {
            plot.disc(*position, 0.9, if of.network.style.colour.luma() < 90 { WHITE } else { BLACK });
        }
    }
    for (from, of) in &published {
        let to = measured.iter().find(|(_, measured)| panel.arrows && measured.network.name == of.network.name);
        obstacles.lines.extend(to.and_then(|(to, _)| arrow(plot, *from, *to, Stroke { colour: BLACK, width: 0.8 })));
    }
    if let Some(legend) = legend {
        obstacles.boxes.push(legend.draw(plot, area, &obstacles.discs));
    }
    if let Some(message) = &panel.message {
        obstacles.boxes.extend(message::draw(plot, area, message, &obstacles.discs));
    }
    for line in &panel.lines {
        obstacles.boxes.extend(label_line(plot, frame, line, &obstacles));
    }
    obstacles.lines.extend(scales);
    // A label stands next to the measured point, or next to that of 2016 if there is none.
    let is_measured =
        |point: &DataPoint<'_>| measured.iter().any(|(_, other)| other.network.name == point.network.name);
    let named: Vec<(&(Position, &DataPoint<'_>), bool)> = measured
        .iter()
        .map(|point| (point, true))
        .chain(published.iter().filter(|(_, published)| !is_measured(published)).map(|point| (point, false)))
        .collect();
    let labels: Vec<Label> =
        named.iter().map(|((at, point), _)| Label::new(&point.network.title, *at, radius(point.network))).collect();
    for (placed, (label, ((_, point), measured))) in
        arrange(&labels, area, &obstacles).into_iter().zip(labels.iter().zip(&named))
    {
        match placed {
            Some(placed) => plot.group("network", &point.network.name, |plot| {
                label::draw(plot, &label.text, placed, if *measured { BLACK } else { GREY });
            }),
            None => unnamed.push(label.text.clone()),
        }
    }
}

/// Adds a tooltip with the quantities of each point in the frame.
fn add_tooltips(
    plot: &mut Canvas,
    data: &FigureData,
    frame: &Frame,
    panel: &Panel<'_>,
    (legend, tooltip): (Option<&AreaLegend>, TooltipText),
) {
    let radius = |network: &Network| legend.map_or(marker::RADIUS, |legend| legend.radius(network));
    let [published, unlabelled, measured] = [&panel.published, &panel.unlabelled, &panel.measured];
    for (points, source) in
        [(published, Source::Published), (unlabelled, Source::Measured), (measured, Source::Measured)]
    {
        for (position, DataPoint { network, .. }) in inside(frame, points, radius) {
            let subject = match source {
                Source::Measured => wording::measured_label(data, network, panel.batch),
                Source::Published => wording::published_label(network, panel.batch),
            };
            let text = format!("{subject}: {}", tooltip(network, panel.batch));
            plot.group("network", &network.name, |plot| {
                plot.add_tooltip(Region::Disc(position, radius(network)), text)
            });
        }
    }
}

/// The points in the frame, larger discs first, so that no disc hides behind another.
fn inside<'a, 'b>(
    frame: &Frame,
    points: &'b [DataPoint<'a>],
    radius: impl Fn(&Network) -> f64,
) -> Vec<(Position, &'b DataPoint<'a>)> {
    let mut inside: Vec<(Position, &DataPoint<'_>)> =
        points.iter().filter_map(|point| Some((frame.position_inside(point.x, point.y)?, point))).collect();
    inside.sort_by(|a, b| radius(b.1.network).total_cmp(&radius(a.1.network)));
    inside
}

/// Where a point is from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Measured,
    Published,
}

fn draw_point(
    plot: &mut Canvas,
    position: Position,
    network: &Network,
    batch: Option<u32>,
    legend: Option<&AreaLegend>,
    source: Source,
) {
    let (fill, edge) = match source {
        Source::Measured => (0.78, 1.0),
        Source::Published => (0.13, FAINT),
    };
    match legend {
        Some(legend) => {
            let radius = legend.radius(network);
            plot.disc(position, radius, network.style.colour.at(fill));
            plot.ring(position, radius, Stroke { colour: network.style.colour.for_lines().at(edge), width: 0.6 });
        }
        None => marker::draw(plot, position, network.style_at(batch), marker::RADIUS, edge),
    }
}

/// The 95 % confidence band of a fitted line.
fn band(plot: &mut Canvas, frame: &Frame, line: &Line) {
    if line.kind != Kind::Fitted {
        return;
    }
    let edges = line.band.iter().map(|&(x, low, high)| {
        let inside = |y: f64| {
            let position = frame.position(x, y);
            (position.0, position.1.clamp(frame.area.top, frame.area.bottom))
        };
        (inside(low), inside(high))
    });
    let (below, above): (Vec<Position>, Vec<Position>) = edges.unzip();
    plot.area(below.into_iter().chain(above.into_iter().rev()), SHADE);
}

/// Bars over the intervals of a point that reach beyond its mark.
fn whiskers(plot: &mut Canvas, frame: &Frame, point: &DataPoint<'_>, radius: f64) {
    let at = frame.position(point.x, point.y);
    let colour = point.network.style.colour.for_lines();
    let (left, right) = (frame.position(point.ranges[0].0, point.y).0, frame.position(point.ranges[0].1, point.y).0);
    let (low, high) = (frame.position(point.x, point.ranges[1].0).1, frame.position(point.x, point.ranges[1].1).1);
    let area = frame.area;
    let bars = [
        ((left.clamp(area.left, area.right), at.1), (right.clamp(area.left, area.right), at.1), right - left),
        ((at.0, low.clamp(area.top, area.bottom)), (at.0, high.clamp(area.top, area.bottom)), low - high),
    ];
    for (from, to, length) in bars {
        if length > 2.0 * radius {
            plot.path([from, to], Stroke { colour, width: 0.8 });
        }
    }
}

fn draw_line(plot: &mut Canvas, frame: &Frame, line: &Line) -> Vec<(Position, Position)> {
    let positions: Vec<Position> = line.points.iter().map(|&(x, y)| frame.position(x, y)).collect();
    match line.kind {
        Kind::Fitted => polyline(plot, frame.area, &positions, Stroke { colour: GREY, width: 0.9 }),
        Kind::Frontier => polyline(plot, frame.area, &positions, Stroke { colour: BLACK, width: 1.1 }),
        Kind::Scale => polyline(plot, frame.area, &positions, Stroke { colour: FRAME.at(0.7), width: 0.5 }),
        Kind::FaintFitted => {
            // Every second piece.
            let pieces = positions.windows(2).step_by(2).filter_map(|pair| frame.area.clip(pair[0], pair[1]));
            let pieces: Vec<_> = pieces.collect();
            let stroke = Stroke { colour: GREY.at(0.6), width: 0.9 };
            pieces.iter().for_each(|(from, to)| plot.path([*from, *to], stroke));
            pieces
        }
    }
}

/// Writes a line's label on the line where there is space, and returns its box.
fn label_line(plot: &mut Canvas, frame: &Frame, line: &Line, obstacles: &Obstacles) -> Option<Rect> {
    let (first, last) = (line.points.first()?, line.points.last()?);
    let ends = (frame.position(first.0, first.1), frame.position(last.0, last.1));
    label::on_line(plot, frame.area, ends, &line.label, obstacles)
}
